//! README.md and docs/ARCHITECTURE.md say what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::house::{Source, house, root};

/// Settings of `plenary serve --help`: variable → default.
fn settings_of_help(help: &str) -> BTreeMap<String, Option<String>> {
    let mut settings = BTreeMap::new();
    let mut default = None;
    // From the end, since the default stands below its variable.
    for line in help.lines().rev() {
        let bracketed = |name: &str| line.trim().strip_prefix(name)?.strip_suffix(']').map(str::to_owned);
        if let Some(value) = bracketed("[default: ") {
            default = Some(value);
        } else if let Some(variable) = bracketed("[env: ") {
            let variable = variable.split('=').next().unwrap().to_owned();
            settings.insert(variable, default.take());
        }
    }
    settings
}

/// Settings of the README's table: variable → default, where the default is one word of code.
fn settings_of_readme(readme: &str) -> BTreeMap<String, Option<String>> {
    let section = readme.split("\n## ").find(|section| section.starts_with("Settings")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let code = |cell: &str| {
            let word = cell.strip_prefix('`')?.strip_suffix('`')?;
            (!word.contains('`')).then(|| word.to_owned())
        };
        (code(cells[1]).unwrap(), code(cells[2]))
    })
    .collect()
}

#[test]
fn the_readme_names_every_setting_with_its_default() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_plenary")).args(["serve", "--help"]).env_clear().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let help = String::from_utf8(output.stdout).unwrap();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (help, readme) = (settings_of_help(&help), settings_of_readme(&readme));
    assert!(help.len() >= 12 && help["PLENARY_LISTEN"].as_deref() == Some("127.0.0.1:8080"), "{help:?}");
    assert_eq!(readme, help, "left: README.md, right: plenary serve --help");
}

#[test]
fn the_architecture_page_names_every_module_and_no_other() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let named: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split(','))
        .map(|name| name.trim().trim_matches('`').trim_end_matches(".rs").trim_end_matches('/').to_owned())
        .collect();
    let mut there: BTreeSet<String> = house().iter().filter_map(Source::module).collect();
    // Generated.
    there.remove("schema");
    assert_eq!(named, there, "left: docs/ARCHITECTURE.md, right: src");
}
