//! The documents: what they link to is there, and what they say to type exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that hold what was made or fetched.
const NOT_OURS: [&str; 5] = [".git", "data", "dist", "node_modules", "target"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !NOT_OURS.contains(&name) {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn all() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    documents(root(), &mut paths);
    assert!(paths.len() > 10, "{paths:?}");
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// The lines outside of ``` blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Where the links of a text lead, addresses elsewhere left out.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

/// The anchors that headings make, as GitHub does it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// What is wrong with a link of a document.
fn fault(document: &Path, text: &str, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { document.to_owned() } else { document.parent()?.join(path) };
    if !target.exists() {
        return Some(format!("{}: {link} leads nowhere", document.display()));
    }
    let there = if path.is_empty() { anchors(text) } else { BTreeSet::new() };
    let there = if anchor.is_empty() || path.is_empty() { there } else { anchors(&read(&target)) };
    let missing = !anchor.is_empty() && !there.contains(anchor);
    missing.then(|| format!("{}: {link} has no such heading", document.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = all();
    let (mut checked, mut faults) = (0, Vec::new());
    for (path, text) in &documents {
        for link in links(text) {
            checked += 1;
            faults.extend(fault(path, text, &link));
        }
    }
    assert!(checked > 100, "{checked} links: they are not found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let readme = root().join("README.md");
    let text = "# Some words, here\n[a](docs/NOWHERE.md) [b](#some-words-here) [c](#other) [d](https://example.org/x)\n\
        ```\n[e](in/a/block)\n```\n[f](docs/ARCHITECTURE.md#many-nodes) [g](docs/ARCHITECTURE.md#no-nodes)";
    let found: Vec<String> = links(text);
    assert_eq!(
        found,
        ["docs/NOWHERE.md", "#some-words-here", "#other"]
            .into_iter()
            .chain(["docs/ARCHITECTURE.md#many-nodes", "docs/ARCHITECTURE.md#no-nodes"])
            .collect::<Vec<_>>()
    );
    let wrong = found.iter().map(|link| fault(&readme, text, link).is_some());
    assert_eq!(wrong.collect::<Vec<_>>(), [true, false, true, false, true]);
}

/// The targets of `make` that a text says to run, each at the beginning of code or of a line.
fn make_targets(text: &str) -> BTreeSet<String> {
    let code = text.split('`').flat_map(str::lines);
    code.filter_map(|line| line.strip_prefix("make "))
        .filter_map(|rest| rest.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_the_documents_say_to_make_can_be_made() {
    let makefile = read(&root().join("Makefile"));
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| Some(line.split_once(": ")?.0))
        .filter(|t| !t.contains('$'))
        .collect();
    let mut said = BTreeSet::new();
    for (path, text) in all() {
        for target in make_targets(&text) {
            assert!(targets.contains(target.as_str()), "{}: make {target}", path.display());
            said.insert(target);
        }
    }
    for target in ["dev", "check", "test-rust", "test-web", "test-browser", "migration", "api"] {
        assert!(said.contains(target), "no document says what `make {target}` is for");
    }
}
