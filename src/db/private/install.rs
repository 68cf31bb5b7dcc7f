//! Finds the PostgreSQL programs of this machine and picks the version.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that Plenary works with.
const OLDEST: u32 = 15;

/// Where distributions put the programs; `*` stands for a part of one name.
const PLACES: [&str; 12] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/lib64/pgsql/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// One version of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Install {
    /// Major and minor number.
    pub version: (u32, u32),
    /// The folder that holds `postgres` and `initdb`.
    pub bin: PathBuf,
}

/// Finds the version for a folder: the one that made it, or the newest for a new folder.
///
/// `bin` is the one place to look at, where there is one.
///
/// # Errors
/// One line that says what to install.
pub fn find(folder: &Path, made_by: Option<u32>, bin: Option<&Path>) -> Result<Install, String> {
    choose(installed(bin), folder, made_by)
}

fn choose(mut found: Vec<Install>, folder: &Path, made_by: Option<u32>) -> Result<Install, String> {
    found.sort();
    let newest = found.last().cloned();
    let Some(made_by) = made_by else {
        return match newest {
            Some(install) if install.version.0 >= OLDEST => Ok(install),
            Some(install) => Err(format!(
                "PostgreSQL {} is too old: install PostgreSQL {OLDEST} or newer, or set DATABASE_URL.",
                install.version.0
            )),
            None => Err(format!(
                "PostgreSQL is not installed. Install version {OLDEST} or newer (Debian and Ubuntu: \
                 apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: \
                 brew install postgresql), or set DATABASE_URL to a server that runs elsewhere."
            )),
        };
    };
    if let Some(same) = found.into_iter().rev().find(|install| install.version.0 == made_by) {
        return Ok(same);
    }
    let here =
        newest.map_or("no version is".into(), |newest| format!("only version {} is", newest.version.0));
    Err(format!(
        "The data in {} needs PostgreSQL {made_by}, but {here} installed. Install PostgreSQL {made_by} \
         (Debian and Ubuntu: apt-get install postgresql-{made_by}), or move the data with pg_upgrade.",
        folder.display()
    ))
}

fn installed(bin: Option<&Path>) -> Vec<Install> {
    let mut folders: Vec<PathBuf> = match bin {
        Some(bin) => vec![bin.to_owned()],
        None => PLACES.iter().flat_map(|place| matching(place)).chain(in_path()).collect(),
    };
    folders.sort();
    folders.dedup();
    folders
        .into_iter()
        .filter(|bin| bin.join("initdb").is_file())
        .filter_map(|bin| Some(Install { version: version(&bin.join("postgres"))?, bin }))
        .collect()
}

/// The folder of the `postgres` that a shell would run.
fn in_path() -> Option<PathBuf> {
    let found = Command::new("sh").args(["-c", "command -v postgres"]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim());
    Some(path.canonicalize().ok()?.parent()?.to_owned())
}

/// Asks a `postgres` for its version: "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)".
pub fn version(postgres: &Path) -> Option<(u32, u32)> {
    if !postgres.is_file() {
        return None;
    }
    let answer = Command::new(postgres).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&answer.stdout))
}

fn parse_version(answer: &str) -> Option<(u32, u32)> {
    let numbers = answer.split_whitespace().nth(2)?;
    let mut parts = numbers.split(|sign: char| !sign.is_ascii_digit()).filter(|part| !part.is_empty());
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
}

/// The folders that match a pattern with at most one `*` in one of its names.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(names) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    names
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| PathBuf::from(format!("{}{after}", entry.path().display())))
        .filter(|folder| folder.is_dir())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(major: u32, minor: u32) -> Install {
        Install { version: (major, minor), bin: PathBuf::from(format!("/pg/{major}.{minor}")) }
    }

    fn pick(found: &[Install], made_by: Option<u32>) -> Result<Install, String> {
        choose(found.to_vec(), Path::new("/data/postgres"), made_by)
    }

    #[test]
    fn a_new_folder_gets_the_newest_version() {
        let found = [install(17, 2), install(9, 6), install(18, 0), install(15, 13)];
        assert_eq!(pick(&found, None), Ok(install(18, 0)));
    }

    #[test]
    fn a_folder_gets_the_version_that_made_it() {
        let found = [install(15, 9), install(17, 2), install(15, 13)];
        assert_eq!(pick(&found, Some(15)), Ok(install(15, 13)));
    }

    #[test]
    fn what_is_missing_is_named_in_one_line() {
        for (found, made_by, words) in [
            (vec![], None, "PostgreSQL is not installed. Install version 15"),
            (vec![install(13, 1)], None, "PostgreSQL 13 is too old"),
            (vec![install(15, 1)], Some(18), "needs PostgreSQL 18, but only version 15 is installed"),
            (vec![install(17, 1)], Some(15), "apt-get install postgresql-15"),
            (vec![], Some(16), "needs PostgreSQL 16, but no version is installed"),
        ] {
            let line = pick(&found, made_by).unwrap_err();
            assert!(line.contains(words), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some((15, 13)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta2\n"), Some((19, 2)));
        assert_eq!(parse_version("something else"), None);
    }
}
