//! Making the folder, with the database in it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, lchown};
use std::path::Path;
use std::sync::atomic::Ordering;

use super::super::{Durability, install};
use super::Cluster;
use super::account::WHOSE;
use super::program::run;

/// What a folder is called while it is being made.
const UNFINISHED: &str = "postgres.new-";

/// Appended to `postgresql.conf` of a new folder, where an operator may change it.
const CONF: &str = "
# ---- Plenary's defaults for a private PostgreSQL. Change them here; a restart applies them.
max_connections = 100
shared_buffers = 192MB
wal_compression = on
checkpoint_timeout = 15min
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# No row of a member in the log.
log_error_verbosity = terse
log_min_error_statement = panic
";

const HBA: &str = "# The socket's folder is open to the owner alone, and there is no TCP.\n\
                   local all all trust\n";

impl Cluster {
    /// Makes the folder and the database in it, unless they exist. A folder that is half made
    /// never carries the final name.
    pub(super) fn make(&self) -> Result<(), String> {
        self.sweep();
        if self.folder.join("PG_VERSION").exists() {
            return Ok(());
        }
        if self.folder.exists() && fs::remove_dir(&self.folder).is_err() {
            return Err(format!(
                "{} is not a PostgreSQL folder: move it away, or set PLENARY_DATA to another folder.",
                self.folder.display()
            ));
        }
        let install = install::find(&self.folder, None, self.bin.as_deref())?;
        // Never the name of an earlier try, whose initdb may still be at work on it.
        let try_number = self.tries.fetch_add(1, Ordering::Relaxed);
        let new = self.data.join(format!("{UNFINISHED}{}-{try_number}", std::process::id()));
        let cannot = |error: io::Error| format!("{} cannot be made: {error}. {WHOSE}", new.display());
        DirBuilder::new().mode(0o700).create(&new).map_err(cannot)?;
        if let Some(account) = self.account {
            lchown(&new, Some(account.uid), Some(account.gid)).map_err(cannot)?;
        }
        tracing::info!(folder = %self.folder.display(), version = install.version.0, "making a private PostgreSQL");

        let (inside, at) = self.reach(&new)?;
        // The second is for systems that do not know the first.
        let mut outcome = Ok(());
        for locale in ["C.UTF-8", "C"] {
            outcome = self.init(&install, &inside, &at, locale);
            if !outcome.as_ref().is_err_and(|line| line.contains("locale")) {
                break;
            }
        }
        outcome?;
        self.configure(&new).map_err(cannot)?;
        // The owner of the database is not a superuser: no statement of the server, not even
        // one that somebody slipped in, reads files or starts programs.
        self.single_user(
            &install,
            &inside,
            &at,
            "CREATE ROLE plenary LOGIN\nCREATE DATABASE plenary OWNER plenary\n",
        )?;
        fs::rename(&new, &self.folder).and_then(|()| File::open(&self.data)?.sync_all()).map_err(cannot)
    }

    /// Removes what first starts left that were interrupted.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.data) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!(folder = %entry.path().display(), %error, "cannot be removed yet");
            }
        }
    }

    fn init(&self, install: &install::Install, inside: &File, at: &Path, locale: &str) -> Result<(), String> {
        let mut init = self.command(&install.bin.join("initdb"), inside, false);
        init.arg("-D").arg(at).args(["--username=postgres", "--encoding=UTF8", "--data-checksums"]);
        init.args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"]);
        init.arg(format!("--locale={locale}"));
        if self.durability == Durability::None {
            init.arg("--no-sync");
        }
        run(&mut init, "", "initdb")
    }

    fn configure(&self, folder: &Path) -> io::Result<()> {
        let open = |name| File::options().append(true).custom_flags(libc::O_NOFOLLOW).open(folder.join(name));
        let mut conf = open("postgresql.conf")?;
        conf.write_all(CONF.as_bytes())?;
        conf.sync_all()?;
        let mut hba = open("pg_hba.conf")?;
        hba.set_len(0)?;
        hba.write_all(HBA.as_bytes())?;
        hba.sync_all()
    }

    fn single_user(
        &self,
        install: &install::Install,
        inside: &File,
        at: &Path,
        statements: &str,
    ) -> Result<(), String> {
        let mut single = self.command(&install.bin.join("postgres"), inside, false);
        single.arg("--single").arg("-D").arg(at).args(["-c", "exit_on_error=on", "postgres"]);
        run(&mut single, statements, "The first start of PostgreSQL")
    }
}
