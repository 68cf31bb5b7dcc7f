//! A real PostgreSQL for the tests: one for the whole run, and a database of its own for each
//! test, cloned from a template that is migrated once. Nothing needs to be running beforehand.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use plenary::db;
use plenary::db::private::{Durability, PrivatePostgres, Role};
use tokio::runtime::Builder;

use super::folder::Folder;

/// A database of one test. It is dropped with this value.
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// A database with today's schema and nothing in it.
    pub async fn new() -> Self {
        Self::from("plenary").await
    }

    /// A database without a schema.
    pub async fn empty() -> Self {
        Self::from("template1").await
    }

    /// One of another PostgreSQL, which the test looks after by itself.
    pub fn at(url: &str) -> Self {
        Self { name: String::new(), url: url.to_owned() }
    }

    async fn from(template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let cluster = cluster();
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER plenary");
        admin(cluster.postgres.admin_url(), &statement).await;
        let url = cluster.postgres.url().replace("@/plenary?", &format!("@/{name}?"));
        Self { name, url }
    }

    /// Where to connect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where to connect as PostgreSQL's superuser.
    pub fn superuser_url(&self) -> String {
        cluster().postgres.admin_url().replace("@/postgres?", &format!("@/{}?", self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.name.is_empty() {
            return;
        }
        // Nobody waits for it, and at the end of the run nobody needs it.
        let _ = cluster().dropped.send(self.name.clone());
    }
}

struct Cluster {
    postgres: PrivatePostgres,
    dropped: Sender<String>,
    /// Statics are not dropped: the folder's reaper ends PostgreSQL when this process ends.
    _folder: Folder,
}

/// The PostgreSQL of this run. `PLENARY_TEST_DURABLE=1` makes it sync every commit to the disk.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    // In a thread of its own, since the tests that come first may hold runtimes already.
    CLUSTER.get_or_init(|| thread::spawn(start).join().expect("PostgreSQL starts for the tests"))
}

fn start() -> Cluster {
    let durable = std::env::var("PLENARY_TEST_DURABLE").is_ok_and(|value| value == "1");
    let durability = if durable { Durability::Full } else { Durability::None };
    let folder = Folder::new();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let postgres = runtime
        .block_on(PrivatePostgres::start_with(&folder.path().join("data"), Role::Tool, durability))
        .unwrap();
    runtime.block_on(db::migrate(postgres.url())).unwrap();

    let (dropped, names) = channel::<String>();
    let url = postgres.admin_url().to_owned();
    thread::spawn(move || {
        for name in names {
            runtime.block_on(admin(&url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        }
    });
    Cluster { postgres, dropped, _folder: folder }
}

async fn admin(url: &str, statement: &str) {
    let mut connection = AsyncPgConnection::establish(url).await.unwrap();
    connection.batch_execute(statement).await.unwrap();
}
