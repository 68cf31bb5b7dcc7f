//! A real NATS server of a test, which can be killed, paused and started again.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use uuid::Uuid;

/// Says the server's process id, waits until its input ends, which is when the test process does or
/// lets go, and ends the server then.
const KEEPER: &str = r#"
"$1" --addr 127.0.0.1 --port "$2" --user plenary --pass "$3" >/dev/null 2>&1 &
echo $!
cat >/dev/null
kill -9 $! 2>/dev/null
"#;
/// Not a secret; with a character that an address has to escape.
const PASSWORD: &str = "four/amber";
const PATIENCE: Duration = Duration::from_secs(10);

/// A NATS server on a port of its own.
pub struct Nats {
    port: u16,
    keeper: Option<(Child, Pid)>,
}

fn program() -> &'static str {
    let places = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
    places.into_iter().find(|place| Path::new(place).exists()).unwrap_or("nats-server")
}

fn answers(port: u16) -> bool {
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(mut stream) = TcpStream::connect_timeout(&at, Duration::from_secs(1)) else { return false };
    let mut begin = [0; 4];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    stream.read_exact(&mut begin).is_ok() && &begin == b"INFO"
}

impl Nats {
    /// A server that is ready.
    pub fn start() -> Self {
        let mut nats = Self::at_rest();
        nats.run();
        nats
    }

    /// The place of a server that does not run yet.
    pub fn at_rest() -> Self {
        // Below the ephemeral ports: nobody takes it while the server is down.
        let start = Uuid::new_v4().as_u128() as u16 % 10_000;
        let mut ports = (0..10_000).map(|step| 10_000 + (start + step) % 10_000);
        let port = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port");
        Self { port, keeper: None }
    }

    /// Where to connect, with user and password.
    pub fn url(&self) -> String {
        format!("nats://plenary:{}@127.0.0.1:{}", PASSWORD.replace('/', "%2F"), self.port)
    }

    /// Starts the server, also after it was killed; waits until it answers.
    pub fn run(&mut self) {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper", program(), &self.port.to_string(), PASSWORD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pid = line.trim().parse().ok().and_then(Pid::from_raw).expect("a process");
        self.keeper = Some((keeper, pid));
        let start = Instant::now();
        while !answers(self.port) {
            assert!(
                start.elapsed() < PATIENCE,
                "nats-server does not start. Is it installed? sh scripts/setup.sh test"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: Signal) {
        let (_, pid) = self.keeper.as_ref().expect("NATS runs");
        kill_process(*pid, signal).unwrap();
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        if let Some((mut keeper, pid)) = self.keeper.take() {
            let _ = kill_process(pid, Signal::KILL);
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }

    /// It keeps its connections and does nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}
