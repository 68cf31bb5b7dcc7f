//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use plenary::config::{Config, DataConfig, LogConfig, LogFormat};
use plenary::{app, cli};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Plenary: a server for social dialogue. Threads, live workshop rooms and agreed texts.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    log: LogConfig,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server, with a private PostgreSQL unless DATABASE_URL names one.
    Serve(Config),
    /// Bring the database schema up to date, then exit. `serve` does it by itself.
    Migrate(DataConfig),
    /// Load the demo workshop into an empty database, then exit. `serve` with PLENARY_DEMO=on does it
    /// by itself.
    Seed(DataConfig),
    /// Check every room's record: no number is missing, nothing was changed. Exit code 1 if it was.
    Verify(DataConfig),
    /// Members: create, list, set a password, invite.
    #[command(subcommand)]
    User(cli::UserCommand),
    /// Print the OpenAPI document of this server. The types of the web UI are made from it.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging(&cli.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("The runtime cannot start: {error}")),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(config) => app::serve(config).await,
            Command::Migrate(data) => app::migrate(&data).await,
            Command::Seed(data) => cli::seed(&data).await,
            Command::Verify(data) => cli::verify(&data).await,
            Command::User(command) => cli::user(command).await,
            Command::Openapi => cli::openapi(),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => failed(&line),
    }
}

fn failed(line: &str) -> ExitCode {
    eprintln!("plenary: {line}");
    ExitCode::FAILURE
}

/// What never writes into the log, whatever the filter says: these write the texts of members, or what
/// the database is given, byte by byte.
const SILENT: [&str; 7] =
    ["html5ever", "xml5ever", "markup5ever", "ammonia", "selectors", "cssparser", "tokio_postgres::query"];

fn is_silent(target: &str) -> bool {
    let mut silent = SILENT.iter().filter_map(|name| target.strip_prefix(name));
    silent.any(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn start_logging(config: &LogConfig) {
    // The NATS client tells of every attempt to connect; we say once when it came or went. The
    // HTTP server calls every mistake of a client an error.
    let quiet = "async_nats=off,actix_http::h1::dispatcher=off";
    let filter = EnvFilter::try_new(format!("{quiet},{}", config.filter));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{quiet},info")));
    let silent = filter_fn(|metadata| !is_silent(metadata.target()));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter).with(silent);
    match config.format {
        LogFormat::Pretty => registry.with(lines.with_target(false)).init(),
        LogFormat::Json => registry.with(lines.json()).init(),
    }
}
