//! The state of the data folder: whether PostgreSQL runs on it, and how.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Cluster;
use super::socket::SOCKET;

/// What a look at the folder shows.
pub enum State {
    /// Nothing runs on it.
    Gone,
    /// It takes connections.
    Ready(u32),
    /// It is starting, recovering or stopping.
    Busy,
    /// It is alive, but nothing answers on its socket.
    Deaf(u32),
}

impl Cluster {
    pub(super) fn look(&self) -> State {
        let Some(noted) = PidFile::read(&self.folder) else {
            return State::Gone;
        };
        let alive = self.is_ours(noted.pid);
        let answers = match UnixStream::connect(self.folder.join(&noted.socket).join(SOCKET)) {
            Ok(_) => true,
            // A full queue is an answer too.
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        match (noted.status.as_str(), answers, alive) {
            ("ready", true, true) => {
                // `.` stands for the folder itself.
                let socket = if noted.socket == Path::new(".") {
                    self.folder.clone()
                } else {
                    self.folder.join(&noted.socket)
                };
                self.set_socket_folder(socket);
                State::Ready(noted.pid)
            }
            ("ready", false, true) => State::Deaf(noted.pid),
            // A child of a killed PostgreSQL may hold its socket for a moment after it.
            (_, true, _) | (_, _, true) => State::Busy,
            (_, false, false) => State::Gone,
        }
    }

    /// True when a process is the PostgreSQL of this folder, not a stranger with a reused number.
    pub(super) fn is_ours(&self, pid: u32) -> bool {
        let process = PathBuf::from(format!("/proc/{pid}"));
        if !Path::new("/proc/self").exists() {
            // No /proc, as on macOS.
            let name = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
            return name.is_ok_and(|name| String::from_utf8_lossy(&name.stdout).contains("postgres"));
        }
        let Ok(folder) = fs::metadata(&self.folder) else {
            return false;
        };
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        if !name.starts_with("postgres") && !name.starts_with("postmaster") {
            return false;
        }
        match fs::metadata(process.join("cwd")) {
            Ok(cwd) => (cwd.dev(), cwd.ino()) == (folder.dev(), folder.ino()),
            // Root without CAP_SYS_PTRACE, as in a container.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                fs::metadata(&process).is_ok_and(|process| process.uid() == folder.uid())
            }
            Err(_) => false,
        }
    }
}

/// What PostgreSQL notes about itself in its folder.
struct PidFile {
    pid: u32,
    socket: PathBuf,
    status: String,
}

impl PidFile {
    fn read(folder: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(folder.join("postmaster.pid")).ok()?)
    }

    /// Line 1 is the process, 5 the folder of the socket, 8 the state. A single-user run has a
    /// negative number.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let pid: i64 = lines.first()?.trim().parse().ok()?;
        let line = |index: usize| lines.get(index).map_or("", |line| line.trim());
        Some(Self {
            pid: u32::try_from(pid.unsigned_abs()).ok()?,
            socket: PathBuf::from(lines.get(4).unwrap_or(&"")),
            status: line(7).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_at_every_stage() {
        let full = "4711\n/data/postgres\n1764000000\n5432\n.\n\n  5432001    131072\nready   \n";
        let read = PidFile::parse(full).unwrap();
        assert_eq!((read.pid, read.socket.as_path(), read.status.as_str()), (4711, Path::new("."), "ready"));
        let early = PidFile::parse("4711\n/data/postgres\n1764000000\n5432\n\n").unwrap();
        assert_eq!((early.pid, early.status.as_str()), (4711, ""));
        assert_eq!(PidFile::parse("-4711\n/data\n").unwrap().pid, 4711);
        assert!(PidFile::parse("").is_none());
        assert!(PidFile::parse("no number\n").is_none());
    }
}
