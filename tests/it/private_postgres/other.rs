//! Another process on the same folder.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use plenary::db::private::Role;
use tokio::signal::unix::{SignalKind, signal};

use super::start;

/// What [`Other`] runs, and no test of its own: a test binary has no other way to give another
/// process this code. Among the tests, without the variables, it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_process() {
    let (Ok(data), Ok(role)) = (std::env::var("OTHER_DATA"), std::env::var("OTHER_ROLE")) else {
        return;
    };
    // What a shell runs in the background is told to ignore it, and hands that on.
    let mut interrupts = signal(SignalKind::interrupt()).unwrap();
    tokio::spawn(async move {
        interrupts.recv().await;
        std::process::exit(130);
    });
    let role = if role == "server" { Role::Server } else { Role::Tool };
    match start(Path::new(&data), role).await {
        Ok(postgres) => {
            println!("\n@ready {} {}", postgres.pid(), postgres.started_here());
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
            postgres.stop().await;
            println!("\n@stopped");
        }
        Err(line) => println!("\n@refused {line}"),
    }
}

/// A process of its own that runs [`other_process`].
pub struct Other {
    pub process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Other {
    pub fn start(data: &Path, role: Role, uid: Option<u32>) -> Self {
        let (_, module) = module_path!().split_once("::").unwrap();
        let test = format!("{module}::other_process");
        // Not by its path, which another user need not be able to reach.
        let mut command = Command::new("/proc/self/exe");
        command
            .args(["--exact", &test, "--nocapture"])
            .env("OTHER_DATA", data)
            .env("OTHER_ROLE", if role == Role::Server { "server" } else { "tool" })
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        let mut process = command.spawn().unwrap();
        let (input, output) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, input, output }
    }

    /// What it says next.
    pub fn says(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the other process said nothing");
            if let Some(said) = line.strip_prefix('@') {
                return said.trim().into();
            }
        }
    }

    /// Waits until it is ready: the number of PostgreSQL, and whether it had to start it.
    pub fn ready(&mut self) -> (u32, bool) {
        let said = self.says();
        let words: Vec<&str> = said.split(' ').collect();
        assert_eq!(words[0], "ready", "{said}");
        (words[1].parse().unwrap(), words[2] == "true")
    }

    pub fn stop(mut self) {
        drop(self.input.take());
        assert_eq!(self.says(), "stopped");
        self.process.wait().unwrap();
    }

    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
