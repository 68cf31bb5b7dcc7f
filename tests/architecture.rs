//! The house is built as docs/ARCHITECTURE.md says: arrows point one way, and each thing has its one place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Top-level module → the others that it may name. What is missing here may name nothing of ours.
const IMPORTS: [(&str, &[&str]); 15] = [
    ("main", &["app", "cli", "config"]),
    ("app", &["access", "actions", "config", "db", "demo", "http", "live", "models", "state"]),
    (
        "cli",
        &["access", "actions", "app", "config", "db", "demo", "domain", "error", "http", "log", "models"],
    ),
    ("demo", &["access", "actions", "domain", "error", "models"]),
    ("state", &["access", "actions", "config", "db", "http", "live"]),
    ("http", &["access", "actions", "domain", "error", "live", "log", "models", "state", "views"]),
    ("live", &["access", "db", "domain", "error", "log", "models", "views"]),
    ("actions", &["access", "config", "db", "domain", "error", "log", "models"]),
    ("views", &["config", "domain", "error", "log", "models"]),
    ("access", &["db", "domain", "error", "models"]),
    ("log", &["domain", "error", "models"]),
    ("models", &["domain", "schema"]),
    ("db", &["config", "error"]),
    ("domain", &[]),
    ("config", &[]),
];
/// Arrows of the table that would close a circle were they not kept narrow: only these files have them.
const NARROW: [(&str, &str, &[&str]); 3] = [
    ("state", "http", &["state.rs"]),
    ("views", "config", &["views/members.rs"]),
    ("actions", "config", &["actions/accounts.rs"]),
];
/// Where actix may be named.
const ACTIX: [&str; 4] = ["http", "live", "app", "error"];
/// Where diesel may be named: for queries, for words as columns, for errors, for transactions.
const DIESEL: [&str; 6] = ["models", "schema", "db", "domain", "error", "actions"];
/// What makes a query.
const QUERIES: [&str; 11] = [
    "RunQueryDsl",
    "QueryDsl",
    "QueryableByName",
    "ExpressionMethods",
    "diesel::prelude",
    "diesel::insert_into",
    "diesel::update",
    "diesel::delete",
    "diesel::select",
    "sql_query",
    "batch_execute",
];

/// A source file: its path under `src`, its top-level module, and its lines without comments.
struct Source {
    path: String,
    module: String,
    lines: Vec<String>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let module = path.split(['/', '.']).next().unwrap().to_owned();
        let lines = text.lines().map(|line| match line.find("//") {
            // Not the slashes of an address in a text.
            Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
            _ => line.to_owned(),
        });
        Self { path: path.to_owned(), module, lines: lines.collect() }
    }

    /// The top-level modules that it names, each with the line.
    fn named(&self) -> Vec<(usize, String)> {
        let mut named = Vec::new();
        let text = self.lines.join("\n");
        let own = if self.module == "main" { "plenary::" } else { "crate::" };
        for (at, _) in text.match_indices(own) {
            // Not the end of another word.
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let line = text[..at].matches('\n').count() + 1;
            let rest = &text[at + own.len()..];
            match rest.strip_prefix('{') {
                Some(group) => named.extend(group_of(group).into_iter().map(|word| (line, word))),
                None => named.push((line, word(rest))),
            }
        }
        named
    }
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// The first words of the members of `{a::b, c::{d, e}}`, from behind the brace.
fn group_of(group: &str) -> Vec<String> {
    let (mut words, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && depth == 0 && !c.is_whitespace() => {
                words.push(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    words
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn house() -> Vec<Source> {
    let src = root().join("src");
    let mut paths = Vec::new();
    files(&src, "rs", &mut paths);
    paths.sort();
    let sources: Vec<Source> = paths
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
            Source::new(name, &std::fs::read_to_string(path).unwrap())
        })
        .filter(|source| source.path != "lib.rs")
        .collect();
    assert!(sources.len() > 50, "the house is somewhere else");
    sources
}

/// Everything that is wrong with the imports of a file.
fn forbidden_imports(source: &Source) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = IMPORTS.into_iter().collect();
    let allowed = allowed.get(source.module.as_str()).copied().unwrap_or(&[]);
    let mut wrong: Vec<String> = source
        .named()
        .into_iter()
        .filter(|(_, name)| *name != source.module)
        .filter(|(_, name)| {
            let narrow = NARROW.iter().find(|(from, to, _)| *from == source.module && to == name);
            !allowed.contains(&name.as_str())
                || narrow.is_some_and(|(_, _, files)| !files.contains(&source.path.as_str()))
        })
        .map(|(line, name)| format!("src/{}:{line} names {name}", source.path))
        .collect();
    // The way up ends at the module's own door.
    let depth = source.path.matches('/').count();
    let up = "super::".repeat(depth + 1);
    for (at, line) in source.lines.iter().enumerate().filter(|(_, line)| line.contains(&up)) {
        // A test module is one floor deeper.
        if !line.starts_with("    ") {
            wrong.push(format!("src/{}:{} leaves by super: {}", source.path, at + 1, line.trim()));
        }
    }
    wrong
}

/// Lines that hold a word where it may not be.
fn out_of_place(source: &Source, words: &[&str], modules: &[&str]) -> Vec<String> {
    if modules.contains(&source.module.as_str()) {
        return Vec::new();
    }
    let lines = source.lines.iter().enumerate();
    let found = lines.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    found.map(|(at, line)| format!("src/{}:{}: {}", source.path, at + 1, line.trim())).collect()
}

fn none_in(what: &str, check: impl Fn(&Source) -> Vec<String>) {
    let wrong: Vec<String> = house().iter().flat_map(check).collect();
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_point_one_way() {
    none_in("forbidden imports", forbidden_imports);
    let unknown: Vec<String> = house()
        .into_iter()
        .filter(|source| !["error", "schema"].contains(&source.module.as_str()))
        .filter(|source| !IMPORTS.iter().any(|(module, _)| *module == source.module))
        .map(|source| source.path)
        .collect();
    assert!(unknown.is_empty(), "no row in the table for {unknown:?}");
}

#[test]
fn actix_is_for_the_outer_rooms() {
    none_in("actix out of place", |source| out_of_place(source, &["actix"], &ACTIX));
    let naming: Vec<String> = house()
        .iter()
        .filter(|source| source.lines.iter().any(|line| line.contains("actix_web_actors")))
        .map(|source| source.path.clone())
        .collect();
    assert_eq!(naming, ["live/socket.rs"], "one file names actix-web-actors");
}

#[test]
fn queries_are_in_models() {
    none_in("diesel out of place", |source| out_of_place(source, &["diesel"], &DIESEL));
    none_in("a query out of place", |source| out_of_place(source, &QUERIES, &["models", "schema", "db"]));
}

#[test]
fn only_the_configuration_reads_the_environment() {
    let words = ["std::env", "env::var", "env::args", "option_env!", "use std::{env"];
    none_in("the environment is read", |source| out_of_place(source, &words, &["config"]));
}

#[test]
fn what_is_forbidden_is_found() {
    let wrong = |path: &str, text: &str| forbidden_imports(&Source::new(path, text));
    assert_eq!(wrong("models/posts.rs", "use crate::access::Actor;"), ["src/models/posts.rs:1 names access"]);
    assert_eq!(
        wrong("domain/text.rs", "\nfn f() { crate::models::x() }"),
        ["src/domain/text.rs:2 names models"]
    );
    assert_eq!(wrong("log/chain.rs", "use crate::{error::Error, live::{hub, room}};").len(), 1);
    assert_eq!(wrong("log/chain.rs", "use crate::{\n    error::Error,\n    http,\n};").len(), 1);
    assert_eq!(wrong("http/posts.rs", "use crate::db::Pool;").len(), 1);
    assert_eq!(wrong("http/posts.rs", "use super::super::db::Pool;").len(), 1);
    assert_eq!(wrong("main.rs", "use plenary::models::rooms;").len(), 1);
    assert_eq!(wrong("views/posts.rs", "use crate::config::Registration;").len(), 1);
    assert_eq!(wrong("newcomer.rs", "use crate::error::Error;").len(), 1);
    for fine in ["// use crate::http::x;", "use crate::error::Error;", "use super::Db;", "a_crate::http::x()"]
    {
        assert_eq!(wrong("log/append.rs", fine), [] as [String; 0], "{fine}");
    }
    let misplaced =
        |path: &str, text: &str, words: &[&str]| out_of_place(&Source::new(path, text), words, &ACTIX);
    assert_eq!(misplaced("actions/posts.rs", "use actix_web::web;", &["actix"]).len(), 1);
    assert_eq!(misplaced("http/posts.rs", "use actix_web::web;", &["actix"]).len(), 0);
}

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
    let mut there: BTreeSet<String> = house().into_iter().map(|source| source.module).collect();
    // Generated.
    there.remove("schema");
    assert_eq!(named, there, "left: docs/ARCHITECTURE.md, right: src");
}
