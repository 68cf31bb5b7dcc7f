//! The load driver: `cargo bench --bench load -- <scenario>`.
//!
//! It starts a release server of its own in a temporary folder, or takes one that runs (`--url`). A scenario
//! fails where something is lost, doubled or out of order, or where the server answers 5xx; never for being slow.

mod client;
mod doors;
mod fanout;
mod fill;
mod fixed;
mod growth;
mod lanes;
mod page;
mod peer;
mod posting;
mod reading;
mod report;
mod scene;
mod server;
mod socket;
mod storm;
mod swarm;
mod visit;
mod workshop;

use std::io::Read;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use client::Client;
use report::Report;
use server::Server;

#[derive(Parser)]
#[command(name = "load", about = "The load driver of Plenary", arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    scenario: Scenario,
}

/// Which server, and how to show the outcome.
#[derive(Args, Clone)]
struct Common {
    /// The program to start.
    #[arg(long, global = true, default_value = env!("CARGO_BIN_EXE_plenary"), value_name = "FILE")]
    binary: PathBuf,
    /// Take this server, such as http://127.0.0.1:8080, and start none.
    #[arg(long, global = true, value_name = "URL")]
    url: Option<String>,
    /// Steward of the server of --url.
    #[arg(long, global = true, default_value = "steward@example.org", value_name = "EMAIL")]
    email: String,
    /// Password of that steward.
    #[arg(long, global = true, env = "PLENARY_LOAD_PASSWORD", default_value = "", hide_env_values = true)]
    password: String,
    /// Worker threads of the servers that are started.
    #[arg(long, global = true, default_value_t = 2, value_name = "N")]
    workers: usize,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Scenario {
    /// Members open the live page of a session at the same instant, on a server that has just started.
    Doors(doors::Options),
    /// Signed-in members read while one writes; beside it, a bare actix-web answers the same bytes.
    Reading(reading::Options),
    /// The same reads with few posts in the database and with very many.
    Growth(growth::Options),
    /// Members post into one room, then into many.
    Posting(posting::Options),
    /// Many sockets follow one room while members post; with --peer, a broadcast server of npm's ws beside it.
    Fanout(fanout::Options),
    /// All sockets lose the server at once and come back.
    Storm(storm::Options),
    /// Two servers or two programs, round by round in turn.
    Compare {
        /// A program, or the URL of a running server.
        #[arg(long)]
        a: String,
        /// The other one.
        #[arg(long)]
        b: String,
        #[command(subcommand)]
        what: Compared,
    },
    #[command(hide = true)]
    FixedServer,
}

#[derive(Subcommand)]
enum Compared {
    Reading(reading::Options),
    Posting(posting::Options),
}

/// The server under load: one of ours, or another.
pub enum Host {
    Own(Box<Server>),
    Other { at: SocketAddr, email: String, password: String },
}

impl Host {
    async fn open(common: &Common) -> Result<Self, String> {
        let Some(url) = &common.url else {
            return Ok(Self::Own(Box::new(Server::start(&common.binary, common.workers).await?)));
        };
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let mut addresses = host.to_socket_addrs().map_err(|error| format!("{url}: {error}"))?;
        let at = addresses.next().ok_or_else(|| format!("{url} has no address"))?;
        Ok(Self::Other { at, email: common.email.clone(), password: common.password.clone() })
    }

    fn at(&self) -> SocketAddr {
        match self {
            Self::Own(server) => server.at(),
            Self::Other { at, .. } => *at,
        }
    }

    async fn steward(&self) -> Result<Client, String> {
        match self {
            Self::Own(server) => server.steward().await,
            Self::Other { at, email, password } => {
                let mut client = Client::new(*at);
                client.sign_in(email, password).await.map_err(|error| format!("The steward: {error}"))?;
                Ok(client)
            }
        }
    }

    /// Processor seconds of server and PostgreSQL, where they are ours.
    fn cpu(&self) -> (f64, f64) {
        match self {
            Self::Own(server) => server.cpu(),
            Self::Other { .. } => (0.0, 0.0),
        }
    }
}

/// Processor time over a stretch of work.
pub struct Meter<'a> {
    /// Seconds used so far by the server and by its PostgreSQL.
    cpu: &'a dyn Fn() -> (f64, f64),
    start: (f64, f64),
    own: f64,
}

impl<'a> Meter<'a> {
    fn start(cpu: &'a dyn Fn() -> (f64, f64)) -> Self {
        Self { cpu, start: cpu(), own: server::own_cpu() }
    }

    /// Processor seconds since the start: server, PostgreSQL, driver.
    fn read(&self) -> [f64; 3] {
        let (server, postgres) = (self.cpu)();
        [server - self.start.0, postgres - self.start.1, server::own_cpu() - self.own]
    }
}

fn main() -> ExitCode {
    // `cargo bench` adds --bench.
    let cli = Cli::parse_from(std::env::args().filter(|argument| argument != "--bench"));
    if matches!(cli.scenario, Scenario::FixedServer) {
        return fixed::serve();
    }
    server::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run(&cli)));
    match outcome {
        Ok(report) => {
            if cli.common.json {
                println!("{:#}", report.json());
            } else {
                println!("{report}");
            }
            if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(line) => {
            eprintln!("load: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<Report, String> {
    let common = &cli.common;
    match &cli.scenario {
        Scenario::Doors(options) => doors::run(Host::open(common).await?, options).await,
        Scenario::Growth(options) => growth::run(common, options).await,
        Scenario::Reading(options) => reading::run(Host::open(common).await?, options, common.workers).await,
        Scenario::Posting(options) => posting::run(Host::open(common).await?, options).await,
        Scenario::Fanout(options) => fanout::run(Host::open(common).await?, options).await,
        Scenario::Storm(options) => storm::run(Host::open(common).await?, options).await,
        Scenario::Compare { a, b, what } => {
            let hosts = [Host::open(&side(common, a)).await?, Host::open(&side(common, b)).await?];
            match what {
                Compared::Reading(options) => reading::compare(hosts, options).await,
                Compared::Posting(options) => posting::compare(hosts, options).await,
            }
        }
        Scenario::FixedServer => unreachable!("done in main"),
    }
}

fn side(common: &Common, name: &str) -> Common {
    if name.starts_with("http://") {
        Common { url: Some(name.to_owned()), ..common.clone() }
    } else {
        Common { url: None, binary: PathBuf::from(name), ..common.clone() }
    }
}

/// All of standard input.
fn standard_input() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
