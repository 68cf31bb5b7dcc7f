//! Notices that the program on disk is another than the one that runs: its package was updated.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::install;
use super::{Cluster, Running};

/// A file of a program as it was when it was started, or as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    dev: u64,
    ino: u64,
}

impl Identity {
    /// What is at a path.
    pub fn at(path: &Path) -> Option<Self> {
        let there = fs::metadata(path).ok()?;
        Some(Self { dev: there.dev(), ino: there.ino() })
    }
}

/// The program that a PostgreSQL runs.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    identity: Identity,
}

impl Program {
    /// What was just started.
    pub fn started(path: &Path) -> Option<Self> {
        Some(Self { identity: Identity::at(path)?, path: path.canonicalize().ok()? })
    }

    /// What a running process was started from, where the system tells it.
    pub fn of(pid: u32) -> Option<Self> {
        let link = PathBuf::from(format!("/proc/{pid}/exe"));
        // The file itself, even when another has its name by now.
        let identity = Identity::at(&link)?;
        let path = fs::read_link(&link).ok()?;
        let path = path.to_str()?.trim_end_matches(" (deleted)").into();
        Some(Self { path, identity })
    }

    /// The identity of the file that has the name now, where it is another one.
    fn replaced_by(&self) -> Option<Identity> {
        Identity::at(&self.path).filter(|now| *now != self.identity)
    }
}

impl Cluster {
    /// The program on disk, where it is another than the one that runs, of the same major version, and
    /// works: a package may be in the middle of being unpacked.
    pub fn updated(&self, running: &Running) -> Option<Identity> {
        let program = running.program.as_ref()?;
        let now = program.replaced_by()?;
        let made_by = fs::read_to_string(self.folder.join("PG_VERSION")).ok()?;
        let (major, _) = install::version(&program.path)?;
        (made_by.trim() == major.to_string()).then_some(now)
    }
}
