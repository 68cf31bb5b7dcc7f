//! The system account that PostgreSQL runs as and that owns its files.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;
use std::process::Command;

use super::Cluster;

/// What to do about a folder that belongs to somebody else.
pub const WHOSE: &str = "Run Plenary as the user who owns the data folder, or as root.";

/// Whom PostgreSQL runs as, when that is not ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// True when this process is root.
pub fn is_root() -> bool {
    // SAFETY: reads a number of this process.
    unsafe { libc::geteuid() == 0 }
}

/// Gives what root made in somebody's folder to the owner of that folder.
pub fn like_parent(path: &Path) {
    if !is_root() {
        return;
    }
    if let Some(parent) = path.parent().and_then(|parent| fs::metadata(parent).ok()) {
        let _ = lchown(path, Some(parent.uid()), Some(parent.gid()));
    }
}

/// The account for root's PostgreSQL: whom the folder belongs to, else `postgres`, else `nobody`.
pub fn account_for(data: &Path, folder: &Path) -> Result<Account, String> {
    for owned in [folder, data] {
        if let Ok(there) = fs::metadata(owned)
            && there.uid() != 0
        {
            return Ok(Account { uid: there.uid(), gid: there.gid() });
        }
    }
    ["postgres", "nobody"].into_iter().find_map(account_named).ok_or_else(|| {
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody. \
         Make one: useradd --system postgres."
            .into()
    })
}

fn account_named(name: &str) -> Option<Account> {
    let ask = |what: &str| -> Option<u32> {
        let answer = Command::new("id").args([what, name]).output().ok()?;
        String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
    };
    Some(Account { uid: ask("-u")?, gid: ask("-g")? })
}

impl Cluster {
    /// A folder that root copied or restored goes back to PostgreSQL's account.
    pub(super) fn take_ownership(&self) -> Result<(), String> {
        let Some(account) = self.account else {
            return Ok(());
        };
        let cannot = |error: io::Error| {
            format!("{} cannot be given to uid {}: {error}.", self.folder.display(), account.uid)
        };
        if fs::metadata(&self.folder).map_err(cannot)?.uid() == account.uid {
            return Ok(());
        }
        // From the inside out, so that an interruption leaves the folder as root's and starts over.
        give(&self.folder, account).map_err(cannot)
    }
}

fn give(path: &Path, account: Account) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), account)?;
        }
    }
    lchown(path, Some(account.uid), Some(account.gid))
}
