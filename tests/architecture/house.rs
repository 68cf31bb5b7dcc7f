//! The source files, where each stands, and what it names.

use std::path::{Path, PathBuf};

use crate::tables::{FLOORS, KERNEL};

/// Where something stands in the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The layer; empty for what belongs to none.
    pub layer: String,
    pub feature: Option<String>,
    /// How many names lead to the layer's own door: `app`, `kernel::http`, `features::polls::http`.
    pub door: usize,
}

impl Place {
    /// By the names that lead there: `["features", "polls", "store", "by_id"]`.
    pub fn of(names: &[impl AsRef<str>]) -> Self {
        let name = |at: usize| names.get(at).map_or("", |name| name.as_ref());
        let (layer, feature, door) = match name(0) {
            "kernel" => (KERNEL.into_iter().find(|layer| *layer == name(1)), None, 2),
            "features" => {
                let floor = FLOORS.into_iter().find(|(file, _)| *file == name(2));
                let layer = match name(2) {
                    // `FEATURE` says what the feature takes part in, `FEATURES` holds all of them.
                    "" | "FEATURE" => Some("hooks"),
                    _ => floor.map(|(_, layer)| layer),
                };
                let feature = Some(name(1)).filter(|name| !["", "FEATURES"].contains(name));
                (layer, feature.map(str::to_owned), 3)
            }
            other => (Some(other), None, 1),
        };
        Self { layer: layer.unwrap_or_default().to_owned(), feature, door }
    }
}

/// A source file: its path under `src`, the names that lead to it, its place, and its lines without comments.
pub struct Source {
    pub path: String,
    pub names: Vec<String>,
    pub place: Place,
    pub lines: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let mut names: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        names.pop_if(|last| last == "mod");
        let lines = text.lines().map(|line| match line.find("//") {
            // Not the slashes of an address in a text.
            Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
            _ => line.to_owned(),
        });
        let place = Place::of(&names);
        Self { path: path.to_owned(), names, place, lines: lines.collect() }
    }

    /// The paths of ours that it names, each with the line.
    pub fn named(&self) -> Vec<(usize, Vec<String>)> {
        let mut named = Vec::new();
        let text = self.lines.join("\n");
        let own = if self.path == "main.rs" { "plenary::" } else { "crate::" };
        for (at, _) in text.match_indices(own) {
            // Not the end of another word.
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let line = text[..at].matches('\n').count() + 1;
            named.extend(paths_of(&text[at + own.len()..]).into_iter().map(|path| (line, path)));
        }
        named
    }

    /// The folder as docs/ARCHITECTURE.md names it; None for the lists of modules.
    pub fn module(&self) -> Option<String> {
        match (self.names[0].as_str(), self.names.get(1)) {
            ("kernel", None) => None,
            ("kernel", Some(folder)) => Some(format!("kernel/{folder}")),
            (top, _) => Some(top.to_owned()),
        }
    }

    /// The files that it names, by `crate::` and by `super::`, of those that there are.
    pub fn files<'a>(&self, house: &'a [Source]) -> Vec<&'a str> {
        // Tests may look at anything.
        let tests = self.lines.iter().position(|line| line == "mod tests {").unwrap_or(usize::MAX);
        let named = self.named().into_iter().filter(|(line, _)| *line <= tests);
        let mut paths: Vec<Vec<String>> = named.map(|(_, path)| path).collect();
        for line in self.lines.iter().filter(|line| line.trim_start().starts_with("use super::")) {
            let rest = line.trim_start().trim_start_matches("use ");
            let ups = rest.matches("super::").count();
            // A test module inside the file is one floor deeper.
            if line.starts_with(' ') || ups > self.names.len() {
                continue;
            }
            let from = &self.names[..self.names.len() - ups];
            let rest = rest.trim_start_matches("super::");
            paths.extend(paths_of(rest).into_iter().map(|path| [from, &path[..]].concat()));
        }
        let file = |path: Vec<String>| {
            let holds = |source: &&Source| path.starts_with(&source.names);
            let found = house.iter().filter(holds).max_by_key(|source| source.names.len())?;
            // A folder's list of modules passes names on; it is not what is named.
            Some(found.path.as_str()).filter(|path| *path != self.path && !path.ends_with("mod.rs"))
        };
        paths.into_iter().filter_map(file).collect()
    }
}

/// The names of every path in `a::{b::c, d::{e, f}}`, from its first name on, with what follows left alone.
fn paths_of(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    let Some(group) = text.strip_prefix('{') else {
        let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let rest = &text[word.len()..];
        let mut paths = rest.strip_prefix("::").map_or_else(|| vec![Vec::new()], paths_of);
        paths.iter_mut().for_each(|path| path.insert(0, word.clone()));
        return paths;
    };
    let (mut paths, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && depth == 0 && !c.is_whitespace() => {
                paths.extend(paths_of(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    paths
}

pub fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn house() -> Vec<Source> {
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
