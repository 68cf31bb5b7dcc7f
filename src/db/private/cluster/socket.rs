//! Where the socket is: in the folder, or in a short private one where that path is too long.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::Path;
use std::path::PathBuf;
use std::sync::PoisonError;

use super::Cluster;

/// The socket's name, which PostgreSQL makes from its port.
pub const SOCKET: &str = ".s.PGSQL.5432";
/// The longest path to a socket that a kernel takes (macOS: 103, Linux: 107).
const LONGEST_SOCKET_PATH: usize = 103;

impl Cluster {
    /// False when somebody removed the socket, as cleaners of /tmp do.
    pub fn socket_exists(&self) -> bool {
        fs::symlink_metadata(self.socket_folder().join(SOCKET)).is_ok()
    }

    pub(super) fn socket_folder(&self) -> PathBuf {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_socket_folder(&self, folder: PathBuf) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = folder;
    }

    /// Where the socket goes, as PostgreSQL is told. The folder itself, unless no client could
    /// write that as an address.
    pub(super) fn choose_socket(&self) -> Result<PathBuf, String> {
        let awkward = self.folder.join(SOCKET).as_os_str().len() > LONGEST_SOCKET_PATH
            || self.folder.to_str().is_none_or(|path| path.contains(','));
        if !awkward {
            self.set_socket_folder(self.folder.clone());
            return Ok(PathBuf::from("."));
        }
        let before = self.socket_folder();
        let mut hasher = DefaultHasher::new();
        self.folder.hash(&mut hasher);
        let names = (0..16_u64).map(|turn| {
            // A stranger may have taken the first name, hardly one that depends on the process.
            let salt = turn * u64::from(std::process::id());
            PathBuf::from(format!("/tmp/plenary-{:016x}", hasher.finish().wrapping_add(salt)))
        });
        let candidates =
            Some(before).filter(|before| !before.as_os_str().is_empty()).into_iter().chain(names);
        for folder in candidates {
            if self.claim(&folder).is_ok() {
                let _ = fs::remove_file(folder.join(format!("{SOCKET}.lock")));
                self.set_socket_folder(folder.clone());
                return Ok(folder);
            }
        }
        Err(format!(
            "The path {} is too long for a socket, and no private folder can be made in /tmp. \
             Set PLENARY_DATA to a folder with a shorter path.",
            self.folder.display()
        ))
    }

    /// Makes a folder that only PostgreSQL's account can enter, or sees that it is one.
    fn claim(&self, folder: &Path) -> io::Result<()> {
        let made = DirBuilder::new().mode(0o700).create(folder);
        if made.as_ref().is_err_and(|error| error.kind() != ErrorKind::AlreadyExists) {
            return made;
        }
        let there = fs::symlink_metadata(folder)?;
        // SAFETY: reads a number of this process.
        let us = unsafe { libc::geteuid() };
        let owner = self.account.map_or(us, |account| account.uid);
        if !there.is_dir() || there.mode() & 0o077 != 0 || (there.uid() != owner && there.uid() != us) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        match self.account {
            Some(account) => lchown(folder, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        }
    }
}
