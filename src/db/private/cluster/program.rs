//! Running the programs of PostgreSQL: as its account, with its folder opened.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Cluster;
use super::account::WHOSE;

impl Cluster {
    /// Opens a folder for a program to inherit, and gives the path by which the program's
    /// account reaches it.
    pub(super) fn reach(&self, folder: &Path) -> Result<(File, PathBuf), String> {
        let cannot = |error: io::Error| format!("{} cannot be opened: {error}. {WHOSE}", folder.display());
        let inside = File::open(folder).map_err(cannot)?;
        let Some(account) = self.account else {
            return Ok((inside, folder.to_owned()));
        };
        let mut probe = Command::new("/bin/sh");
        probe.args(["-c", "test -x \"$0\" && cd \"$0\""]).arg(folder).uid(account.uid).gid(account.gid);
        probe.current_dir("/").stdin(Stdio::null()).stderr(Stdio::null());
        if probe.status().is_ok_and(|status| status.success()) {
            return Ok((inside, folder.to_owned()));
        }
        if Path::new("/proc/self/fd").exists() {
            let opened = PathBuf::from(format!("/proc/self/fd/{}", inside.as_raw_fd()));
            return Ok((inside, opened));
        }
        Err(format!(
            "{} cannot be reached by uid {}, which PostgreSQL runs as. Make its parent folders \
             passable (chmod a+x), or set PLENARY_DATA to another folder such as /var/lib/plenary.",
            folder.display(),
            account.uid
        ))
    }

    /// A program of PostgreSQL: as its account, with nothing of our environment, and with its
    /// folder opened. It does not run inside: PostgreSQL 15 must be able to return to where it
    /// was started.
    pub(super) fn command(&self, program: &Path, inside: &File, own_session: bool) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        let folder = inside.as_raw_fd();
        // SAFETY: both calls are async-signal-safe, and `inside` is open until the spawn, which
        // happens while the caller still holds it.
        unsafe {
            command.pre_exec(move || {
                // Kept over the exec.
                if libc::fcntl(folder, libc::F_SETFD, 0) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // Ctrl+C in the terminal is for Plenary alone.
                if own_session {
                    libc::setsid();
                }
                Ok(())
            });
        }
        command
    }
}

/// Runs a program to its end for what it prints.
pub fn read(command: &mut Command, name: &str) -> Result<String, String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name} cannot run: {error}."))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}.", said.lines().last().unwrap_or("it said nothing").trim()))
}

/// Runs a program to its end. The error is its last line.
pub fn run(command: &mut Command, input: &str, name: &str) -> Result<(), String> {
    let outcome = (|| {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        child.wait_with_output()
    })();
    let output = outcome.map_err(|error| format!("{name} cannot run: {error}."))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let telling = |line: &&str| line.contains("error:") || line.contains("FATAL:");
    let line = said.lines().find(telling).or_else(|| said.lines().last()).unwrap_or("it said nothing");
    Err(format!("{name} failed: {}.", line.trim()))
}
