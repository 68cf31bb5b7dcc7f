//! Folders of tests that leave nothing behind.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use uuid::Uuid;

/// Waits until its input ends, which is when the test process does or lets go, however it ends.
/// Then ends every PostgreSQL whose folder is under `$1`, removes the folder of its socket when
/// that is one of those in /tmp, and removes `$1`.
const REAPER: &str = r#"
cat >/dev/null
for round in 1 2 3 4 5; do
    find "$1" -name postmaster.pid 2>/dev/null | while IFS= read -r file; do
        pid=$(head -n 1 "$file" 2>/dev/null)
        socket=$(sed -n 5p "$file" 2>/dev/null)
        [ "$(readlink "/proc/$pid/cwd")" = "$(dirname "$file")" ] && kill -QUIT "$pid" && sleep 0.2
        case $socket in /tmp/plenary-*) rmdir "$socket" 2>/dev/null ;; esac
    done
    rm -rf -- "$1" 2>/dev/null && exit
    sleep 0.5
done
"#;

/// A folder that goes, with every PostgreSQL in it, when this value does, or when the test
/// process ends in whatever way.
pub struct Folder {
    path: PathBuf,
    reaper: Child,
}

impl Folder {
    /// An empty folder under the system's folder for such.
    pub fn new() -> Self {
        Self::at(std::env::temp_dir().join(format!("plenary-test-{}", Uuid::new_v4().simple())))
    }

    fn at(path: PathBuf) -> Self {
        fs::create_dir(&path).unwrap();
        // PostgreSQL runs as another user where the tests run as root.
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let reaper = Command::new("sh")
            .args(["-c", REAPER, "reaper"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { path, reaper }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        let _ = self.reaper.wait();
    }
}
