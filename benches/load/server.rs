//! A Plenary server of our own in a temporary folder, with its private PostgreSQL. Whatever becomes of us,
//! nothing stays behind: a reaper waits for the end of this process and ends what is left then.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use uuid::Uuid;

use crate::client::{Client, Failure};

/// How long a server may take to become ready, first start included.
const START: Duration = Duration::from_secs(90);
/// How long a graceful stop may take.
const STOP: Duration = Duration::from_secs(40);

const STEWARD: &str = "steward@example.org";
const PASSWORD: &str = "a long enough phrase for the steward";

/// Waits until its input ends, which is when we end, then ends what runs in the folder `$1` and removes it.
const REAPER: &str = r#"
cat >/dev/null
for file in "$1"/server.pid $(find "$1" -maxdepth 3 -name postmaster.pid 2>/dev/null); do
    pid=$(head -n 1 "$file" 2>/dev/null) || continue
    [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$1" && kill -9 "$pid"
done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
"#;

/// A server that we started.
pub struct Server {
    binary: PathBuf,
    folder: PathBuf,
    workers: usize,
    /// Settings beyond the usual ones.
    settings: Vec<(&'static str, String)>,
    at: SocketAddr,
    child: Option<Child>,
    reaper: Child,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub async fn start(binary: &Path, workers: usize) -> Result<Self, String> {
        Self::start_with(binary, workers, Vec::new()).await
    }

    /// The same with settings of its own, such as a database that others use too.
    pub async fn start_with(
        binary: &Path,
        workers: usize,
        settings: Vec<(&'static str, String)>,
    ) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("plenary-{}", Uuid::new_v4().simple()));
        Self::start_in(binary, workers, settings, folder)
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))?
            .when_ready()
            .await
    }

    async fn when_ready(mut self) -> Result<Self, String> {
        self.ready().await?;
        Ok(self)
    }

    fn start_in(
        binary: &Path,
        workers: usize,
        settings: Vec<(&'static str, String)>,
        folder: PathBuf,
    ) -> io::Result<Self> {
        fs::create_dir(&folder)?;
        // The private PostgreSQL runs as another user where we are root.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let reaper = Command::new("sh")
            .args(["-c", REAPER, "reaper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let at = free_address()?;
        let mut server =
            Self { binary: binary.to_owned(), folder, workers, settings, at, child: None, reaper };
        server.spawn()?;
        Ok(server)
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the program again, on the same data and the same port.
    pub fn spawn(&mut self) -> io::Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.join("server.log"))?;
        let child = Command::new(&self.binary)
            .args(["serve", "--listen", &self.at.to_string(), "--workers", &self.workers.to_string()])
            .arg("--data")
            .arg(self.data())
            .args(["--registration", "open", "--rate-limits", "off", "--log-filter", "warn"])
            .envs(std::env::var_os("PLENARY_DB_CONNECTIONS").map(|size| ("PLENARY_DB_CONNECTIONS", size)))
            .env_remove("DATABASE_URL")
            .env_remove("PLENARY_URL")
            .env_remove("PLENARY_DEMO")
            .env_remove("NATS_URL")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        fs::write(self.folder.join("server.pid"), child.id().to_string())?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until the server says that it is ready.
    pub async fn ready(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < START {
            if let Some(child) = &mut self.child
                && let Ok(Some(status)) = child.try_wait()
            {
                return Err(format!("The server ended ({status}):\n{}", self.log_tail()));
            }
            if let Ok(answer) = Client::new(self.at).call_raw("GET", "/health/ready", None).await
                && answer.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("The server is not ready after {START:?}:\n{}", self.log_tail()))
    }

    /// Ends the server as a crash does.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks the server to stop; `ended` says when it has.
    pub fn terminate(&self) {
        if let Some(child) = &self.child {
            signal(child.id(), Signal::TERM);
        }
    }

    /// How the server ended: well or not; nothing while it runs.
    pub fn ended(&mut self) -> Option<bool> {
        let Some(child) = &mut self.child else { return Some(true) };
        let status = child.try_wait().ok()??;
        self.child = None;
        Some(status.success())
    }

    /// Asks the server to stop and waits until it has; true where it did so by itself and without an error.
    pub fn stop(&mut self) -> bool {
        self.terminate();
        let start = Instant::now();
        while start.elapsed() < STOP {
            if let Some(well) = self.ended() {
                return well;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.kill();
        false
    }

    /// Stops the server and its PostgreSQL and starts both again: nothing is in memory any more.
    pub async fn restart(&mut self) -> Result<(), String> {
        if !self.stop() {
            return Err(format!("The server did not stop well:\n{}", self.log_tail()));
        }
        self.spawn().map_err(|error| format!("The server cannot be started again: {error}"))?;
        self.ready().await
    }

    /// The process of the private PostgreSQL.
    pub fn postmaster(&self) -> Option<u32> {
        find(&self.folder, "postmaster.pid", 3).and_then(|file| {
            let pid = fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()?;
            Path::new(&format!("/proc/{pid}")).exists().then_some(pid)
        })
    }

    /// Ends the private PostgreSQL as a crash does; gives its process.
    pub fn kill_postmaster(&self) -> Option<u32> {
        let pid = self.postmaster()?;
        signal(pid, Signal::KILL);
        Some(pid)
    }

    /// The folder of the Unix socket of the private PostgreSQL.
    pub fn socket_folder(&self) -> Option<PathBuf> {
        // Line 5 of the file names the folder of the socket; it may be relative to that of the file.
        let pid = find(&self.folder, "postmaster.pid", 3)?;
        let socket = PathBuf::from(fs::read_to_string(&pid).ok()?.lines().nth(4)?);
        Some(pid.parent()?.join(socket))
    }

    /// Processor time used so far, in seconds: of the server, and of its PostgreSQL.
    pub fn cpu(&self) -> (f64, f64) {
        let server = self.child.as_ref().map_or(0.0, |child| times(child.id()).0);
        let postgres = self.postmaster().map_or(0.0, |pid| {
            let own = times(pid);
            own.0 + own.1 + children(pid).iter().map(|child| times(*child).0).sum::<f64>()
        });
        (server, postgres)
    }

    /// Resident memory of the server process in bytes, without PostgreSQL.
    pub fn memory(&self) -> u64 {
        let Some(child) = &self.child else { return 0 };
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
    }

    /// What the server wrote, all of it.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Makes a steward with the command line and signs in.
    pub async fn steward(&self) -> Result<Client, String> {
        let failed = |error: &dyn std::fmt::Display| format!("The steward cannot be made: {error}");
        let mut child = Command::new(&self.binary)
            .args(["user", "create", "--email", STEWARD, "--name", "Load Steward", "--constituency", "un"])
            .args(["--organisation", "Load agency", "--role", "steward"])
            .arg("--data")
            .arg(self.data())
            .env_remove("DATABASE_URL")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let mut stdin = child.stdin.take().ok_or("no standard input")?;
        writeln!(stdin, "{PASSWORD}").map_err(|error| failed(&error))?;
        drop(stdin);
        let output = child.wait_with_output().map_err(|error| failed(&error))?;
        if !output.status.success() {
            return Err(failed(&String::from_utf8_lossy(&output.stderr)));
        }
        let mut client = Client::new(self.at);
        client.sign_in(STEWARD, PASSWORD).await.map_err(|error| failed(&error))?;
        Ok(client)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.stop() {
            eprintln!("The server did not stop well:\n{}", self.log_tail());
        }
        drop(self.reaper.stdin.take());
        let _ = self.reaper.wait();
    }
}

/// Registers `count` members, several at once.
pub async fn members(at: SocketAddr, count: usize) -> Result<Vec<Client>, String> {
    let lanes = (0..count.min(8)).map(async |lane| {
        let mut members = Vec::new();
        for number in (lane..count).step_by(8) {
            let mut client = Client::new(at);
            client.register(number).await?;
            members.push(client);
        }
        Ok::<_, Failure>(members)
    });
    let lanes = futures_util::future::try_join_all(lanes).await;
    let lanes = lanes.map_err(|error| format!("A member cannot register: {error}"))?;
    Ok(lanes.into_iter().flatten().collect())
}

/// Lets this process, and what it starts, open as many files as the machine allows.
pub fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many files this process may open.
pub fn open_files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Processor time of this process in seconds.
pub fn own_cpu() -> f64 {
    times(std::process::id()).0
}

/// A port below the ephemeral ones: nobody takes it while the server is down.
fn free_address() -> io::Result<SocketAddr> {
    let start = Uuid::new_v4().as_u128() as u16 % 10_000;
    let mut ports = (0..10_000).map(|step| 20_000 + (start + step) % 10_000);
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    Ok(SocketAddr::from(([127, 0, 0, 1], free.ok_or(io::ErrorKind::AddrInUse)?)))
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

fn find(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let file = folder.join(name);
    if file.exists() {
        return Some(file);
    }
    let below = depth.checked_sub(1)?;
    let folders = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    folders.filter(|path| path.is_dir()).find_map(|path| find(&path, name, below))
}

fn stat(pid: u32) -> Option<Vec<u64>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which may hold anything: the state, then numbers. Field 4, the parent, comes first here.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
    Some(fields.map(|field| field.parse().unwrap_or(0)).collect())
}

/// Processor seconds of a process, and of the children it has waited for.
pub fn times(pid: u32) -> (f64, f64) {
    const TICKS: f64 = 100.0;
    let fields = stat(pid).unwrap_or_default();
    let sum = |from: usize| fields.iter().skip(from).take(2).sum::<u64>() as f64 / TICKS;
    (sum(10), sum(12))
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|fields| fields.first() == Some(&u64::from(parent))))
        .collect()
}
