//! Puts the server together, runs it and stops it.

mod descriptors;
mod listening;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App as ActixApp, HttpServer, web};
use socket2::SockRef;
use uuid::Uuid;

use crate::config::{Config, DataConfig};
use crate::db::private::{Calm, PrivatePostgres, Role};
use crate::db::{self, Pool};
use crate::demo;
use crate::error::Error;
use crate::features::FEATURES;
use crate::features::screens::live::{ScreenPublisher, Screens};
use crate::kernel::access::Access;
use crate::kernel::actions::invitations;
use crate::kernel::actions::passwords::Passwords;
use crate::kernel::actions::posting::Posting;
use crate::kernel::actions::{Accounts, Ctx, Revocation, Revoker};
use crate::kernel::domain::seal::Key;
use crate::kernel::hooks;
use crate::kernel::http::api::{document, name_words};
use crate::kernel::http::audit_lines::Audit;
use crate::kernel::http::connections::{Connections, SPARE};
use crate::kernel::http::extract::BODY_MAX;
use crate::kernel::http::limits::Limits;
use crate::kernel::http::methods::Methods;
use crate::kernel::http::tries::Tries;
use crate::kernel::http::writes::Writes;
use crate::kernel::http::{audit, body, deadline, guard, methods, routes};
use crate::kernel::live::bus::{Bus, BusEnds};
use crate::kernel::live::hub::{Hub, HubPublisher};
use crate::kernel::models::{installation, moderation, organisations};
use crate::kernel::reads::{Reads, SessionParts};
use crate::state::State;

/// How long requests may take to finish when the server stops, in seconds.
const FINISH_S: u64 = 20;

/// A server that is listening and can be run.
pub struct App {
    server: Server,
    pub state: Arc<State>,
    pub address: SocketAddr,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl App {
    /// Builds a server on a migrated database. Port 0 takes a free one; `address` says which.
    ///
    /// # Errors
    /// One line for the operator.
    pub async fn build(config: Config, database_url: &str) -> Result<Self, String> {
        Self::build_on(config, database_url, Arc::default()).await
    }

    /// As [`build`](Self::build), on a private PostgreSQL, which is started again when it is `calm`.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub async fn build_on(config: Config, database_url: &str, calm: Arc<Calm>) -> Result<Self, String> {
        config.check()?;
        let listener = listening::listen(config.listen)
            .map_err(|error| format!("{} cannot be listened on: {error}", config.listen))?;
        let address = listener.local_addr().map_err(|error| format!("No address: {error}"))?;
        let pool = db::pool(database_url, usize::from(config.db_connections));
        let Installation { epoch, identity, secret, words } = installation(database_url).await?;
        let (bus, ends) = match &config.nats_url {
            Some(urls) => Bus::connect(urls, &identity, Key::new(&secret, "bus"))
                .await
                .map(|(bus, ends)| (bus, Some(ends)))?,
            None => (Bus::none(), None),
        };
        let workers = match config.workers {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            workers => workers,
        };
        let connections = descriptors::connections(&config, workers);
        let max_connections = connections.max() + SPARE;
        let state =
            Arc::new(state(config, (address, pool, epoch, bus), (calm, connections), (&secret, words)));
        // From now on no change of rights is missed.
        state.hub.sweep_rights().await;
        if state.config.demo.is_on() {
            demo::load(&state.ctx, &state.accounts).await?;
        }
        let (waits, doors) = (state.config.waits.clone(), state.connections.clone());
        let shared = web::Data::from(state.clone());
        let silence = state.hub.silence();
        let server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(BODY_MAX))
                .wrap(from_fn(deadline::keep))
                .wrap(from_fn(guard::same_origin))
                .wrap(from_fn(guard::own_name))
                .wrap(from_fn(methods::head_as_get))
                .wrap(Compress::default())
                .wrap(from_fn(body::read))
                .wrap(from_fn(audit::record))
                .wrap(from_fn(guard::headers))
                .configure(|config| routes::all(config, hooks::routes(&FEATURES)))
        })
        // A small frame must not wait until the client has acknowledged the one before it.
        .tcp_nodelay(true)
        .on_connect(move |connection, data| {
            // A peer that takes nothing, or has lost its network, would hold its connection for ever.
            if let Some(stream) = connection.downcast_ref::<TcpStream>() {
                let _ = SockRef::from(stream).set_tcp_user_timeout(Some(silence));
                if let Some(entered) = doors.enter(stream) {
                    data.insert(entered);
                }
            }
        })
        .workers(workers)
        .max_connections(max_connections)
        .client_request_timeout(waits.head)
        .keep_alive(waits.keep_alive)
        .shutdown_timeout(FINISH_S)
        .disable_signals()
        .listen(listener)
        .map_err(|error| format!("{address} cannot be listened on: {error}"))?
        .run();
        let mut tasks = vec![
            tokio::spawn(tasks::sweep(state.clone())),
            tokio::spawn(tasks::sweep_rights(state.clone())),
            tokio::spawn(tasks::tidy(state.clone())),
            tokio::spawn(tasks::end_idle(state.clone())),
            tokio::spawn(state.hub.clone().keep_presence()),
        ];
        if let Some(BusEnds { incoming, outgoing }) = ends {
            tasks.push(tokio::spawn(outgoing.run()));
            tasks.push(tokio::spawn(state.hub.clone().listen(incoming)));
        }
        Ok(Self { server, state, address, tasks })
    }

    /// Stops the server from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper { state: self.state.clone(), handle: self.server.handle() }
    }

    /// Runs until stopped.
    ///
    /// # Errors
    /// One line for the operator.
    pub async fn run(self) -> Result<(), String> {
        let outcome = self.server.await.map_err(|error| format!("The server failed: {error}"));
        self.state.hub.bus.finish().await;
        for task in self.tasks {
            task.abort();
        }
        outcome
    }
}

/// Stops a server gracefully.
#[derive(Clone)]
pub struct Stopper {
    state: Arc<State>,
    handle: ServerHandle,
}

impl Stopper {
    /// Not ready → sockets closed with a random wait → requests finish → the server ends.
    pub async fn stop(&self) {
        self.state.ready.store(false, Ordering::Release);
        self.state.hub.shut_down();
        self.state.screens.shut_down();
        self.handle.stop(true).await;
    }
}

/// What is fixed for the whole installation.
struct Installation {
    epoch: Uuid,
    /// Which database it is.
    identity: String,
    secret: Vec<u8>,
    /// Name of a schema → the words that it stands for here.
    words: [(&'static str, Vec<String>); 2],
}

async fn installation(database_url: &str) -> Result<Installation, String> {
    let mut db = db::connect(database_url).await?;
    let read = async {
        let constituencies = organisations::constituencies(&mut db).await?;
        let reasons = moderation::reasons(&mut db).await?;
        let words = [
            ("ConstituencyId", constituencies.into_iter().map(|one| one.id).collect()),
            ("ReasonId", reasons.into_iter().map(|one| one.id).collect()),
        ];
        Ok::<_, Error>(Installation {
            epoch: installation::epoch(&mut db).await?,
            identity: installation::identity(&mut db).await?,
            secret: installation::secret(&mut db).await?,
            words,
        })
    };
    read.await.map_err(|error| format!("The database cannot be read: {}", error.one_line()))
}

fn state(
    config: Config,
    (address, pool, epoch, bus): (SocketAddr, Pool, Uuid, Bus),
    (calm, connections): (Arc<Calm>, Arc<Connections>),
    (secret, words): (&[u8], [(&str, Vec<String>); 2]),
) -> State {
    let mut document =
        document(hooks::routes(&FEATURES), &hooks::events(&FEATURES), &hooks::parts(&FEATURES));
    for (schema, words) in words {
        name_words(&mut document, schema, &words);
    }
    let access = Arc::new(Access::new(pool.clone()));
    let hub = Hub::new(pool.clone(), access.clone(), hooks::events(&FEATURES), epoch, config.heartbeat, bus);
    let origins = listening::origins(&config, address);
    let site = origins.first().cloned().unwrap_or_default();
    let screens = Screens::new(pool.clone(), hub.clone(), site);
    let actions = Ctx {
        db: pool.clone(),
        access: access.clone(),
        publisher: Arc::new(ScreenPublisher { rooms: HubPublisher(hub.clone()), screens: screens.clone() }),
        posting: Posting::default(),
        hooks: hooks::changes(&FEATURES),
    };
    actions.start_posting();
    let accounts = Accounts {
        db: pool.clone(),
        access: access.clone(),
        passwords: Arc::new(Passwords::default()),
        revoker: Arc::new(HubRevoker(hub.clone())),
        hooks: actions.hooks.clone(),
        demo: config.demo.is_on(),
    };
    State {
        accounts,
        epoch,
        origins,
        limits: Limits::new(config.rate_limits.is_on()),
        tries: Tries::new(config.rate_limits.is_on()),
        audit: Audit::default(),
        device_key: Key::new(secret, "device"),
        methods: Methods::of(&document),
        document,
        session_parts: SessionParts::new(&hooks::parts(&FEATURES), &pool, &access),
        reads: Reads::new(pool.clone(), access.clone()),
        db: pool,
        access,
        ctx: actions,
        hub,
        screens,
        connections,
        writes: Writes::default(),
        calm,
        ready: AtomicBool::new(true),
        config,
    }
}

/// Joins the actions on accounts to the live sockets.
struct HubRevoker(Arc<Hub>);

impl Revoker for HubRevoker {
    fn revoke(&self, what: Revocation) {
        match what {
            Revocation::SignedOut(sign_in) => self.0.signed_out(sign_in),
            Revocation::Banned(member) => self.0.banned(member),
            Revocation::Changed(member) => self.0.member_changed(member),
        }
    }
}

/// The database of a command: the one that is named, or the private one.
pub struct Database {
    pub url: String,
    private: Option<PrivatePostgres>,
}

impl Database {
    /// Finds or starts the database and brings its schema up to date.
    ///
    /// # Errors
    /// One line for the operator.
    pub async fn open(data: &DataConfig, role: Role) -> Result<Self, String> {
        let private = match &data.database_url {
            Some(_) => None,
            None => Some(PrivatePostgres::start(&data.data, role).await?),
        };
        let url = match (&data.database_url, &private) {
            (Some(url), _) => url.clone(),
            (None, Some(private)) => private.url().to_owned(),
            (None, None) => return Err("There is no database.".into()),
        };
        let database = Self { url, private };
        match db::migrate(&database.url).await {
            Ok(_) => Ok(database),
            Err(line) => {
                database.close().await;
                Err(line)
            }
        }
    }

    /// By which the private database is started again at a calm moment.
    pub fn calm(&self) -> Arc<Calm> {
        self.private.as_ref().map(PrivatePostgres::calm).unwrap_or_default()
    }

    /// Stops the private database, if this process is the one that runs it.
    pub async fn close(self) {
        if let Some(private) = self.private {
            private.stop().await;
        }
    }
}

/// `plenary serve`.
///
/// # Errors
/// One line for the operator.
pub async fn serve(config: Config) -> Result<(), String> {
    config.check()?;
    let database = Database::open(&config.data, Role::Server).await?;
    let outcome = serve_on(config, &database).await;
    database.close().await;
    outcome
}

async fn serve_on(config: Config, database: &Database) -> Result<(), String> {
    let app = App::build_on(config, &database.url, database.calm()).await?;
    log_first_steps(&app.state).await;
    println!("Plenary is ready: {}", app.state.url());
    let stopper = app.stopper();
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping");
        stopper.stop().await;
    });
    app.run().await
}

async fn log_first_steps(state: &State) {
    if state.config.demo.is_on() {
        println!(
            "This is the demo: anybody can sign in as any of its people. Never use it for real dialogue."
        );
        return;
    }
    if let Ok(Some(token)) = invitations::first_admin_link(&state.accounts).await {
        println!("Make the first admin (once, within 7 days): {}", state.invitation_link(&token));
    }
    if let Ok(mut db) = state.db.get().await
        && let Ok(Some(_)) = installation::demo_loaded_at(&mut db).await
    {
        println!("This database holds the demo, whose people can sign in only with PLENARY_DEMO=on.");
    }
}

/// SIGTERM or Ctrl+C.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        _ => tracing::error!("signals cannot be heard; stop the server with kill"),
    }
}

/// `plenary migrate`.
///
/// # Errors
/// One line for the operator.
pub async fn migrate(data: &DataConfig) -> Result<(), String> {
    let database = Database::open(data, Role::Tool).await?;
    println!("The schema is up to date.");
    database.close().await;
    Ok(())
}
