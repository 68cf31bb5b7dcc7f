//! PostgreSQL whose package is updated while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use plenary::db;
use plenary::db::private::{Durability, Options, PrivatePostgres, Role};
use serde_json::json;
use uuid::Uuid;

use super::{copy, eventually, sql, start};
use crate::support::Server;
use crate::support::folder::Folder;
use crate::support::postgres::Database;
use crate::support::rooms::Stage;

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    setting: String,
}

/// The programs of PostgreSQL as a package would put them, in a folder of ours.
struct Package {
    bin: PathBuf,
    libraries: PathBuf,
}

impl Package {
    async fn copied(to: &Path) -> Self {
        let other = Folder::new();
        let postgres = start(&other.path().join("data"), Role::Tool).await.unwrap();
        let mut db = AsyncPgConnection::establish(postgres.admin_url()).await.unwrap();
        let mut places = Vec::new();
        for name in ["BINDIR", "PKGLIBDIR", "SHAREDIR"] {
            let query = diesel::sql_query("SELECT setting FROM pg_config() WHERE name = $1");
            let found = query.bind::<Text, _>(name).get_result::<Setting>(&mut db).await.unwrap();
            places.push(PathBuf::from(found.setting));
        }
        drop(db);
        postgres.stop().await;
        // The programs find the rest by where they are themselves.
        let here = |place: &Path| to.join(place.strip_prefix("/").unwrap());
        let (bin, libraries, share) = (here(&places[0]), here(&places[1]), here(&places[2]));
        for folder in [&bin, &libraries, share.parent().unwrap()] {
            fs::create_dir_all(folder).unwrap();
        }
        for program in ["postgres", "initdb"] {
            fs::copy(places[0].join(program), bin.join(program)).unwrap();
        }
        for library in fs::read_dir(&places[1]).unwrap().map(Result::unwrap) {
            let name = library.file_name().into_string().unwrap();
            // Large, and not used.
            if name.ends_with(".so") && !name.starts_with("llvmjit") {
                fs::copy(library.path(), libraries.join(name)).unwrap();
            }
        }
        std::os::unix::fs::symlink(&places[2], &share).unwrap();
        Self { bin, libraries }
    }

    /// As a package manager replaces a program that runs.
    fn update(&self) {
        let (program, new) = (self.bin.join("postgres"), self.bin.join("postgres.new"));
        copy(&program, &new);
        fs::rename(new, program).unwrap();
    }

    fn options(&self) -> Options {
        let housekeeping = Duration::from_millis(200);
        Options { durability: Durability::None, bin: Some(self.bin.clone()), housekeeping }
    }
}

const FUNCTION: &str = "DO $$ BEGIN PERFORM 1; END $$";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_work_while_the_package_is_updated_and_a_restart_waits_for_calm() {
    let folder = Folder::new();
    let package = Package::copied(folder.path()).await;
    let data = folder.path().join("data");
    let postgres = PrivatePostgres::start_from(&data, Role::Server, package.options()).await.unwrap();
    let pid = postgres.pid();
    // Another library in its place, as of another version.
    let (library, old) = (package.libraries.join("plpgsql.so"), package.libraries.join("plpgsql.old"));
    fs::rename(&library, &old).unwrap();
    fs::write(&library, "of another version").unwrap();
    sql(postgres.url(), FUNCTION).await;
    fs::rename(&old, &library).unwrap();

    let calm = postgres.calm();
    let working = calm.enter(Duration::ZERO).await;
    package.update();
    let mut connection = AsyncPgConnection::establish(postgres.url()).await.unwrap();
    for _ in 0..8 {
        // Not a wait for luck: it may be restarted at no time.
        let slept = diesel::sql_query("SELECT 'slept' AS setting FROM pg_sleep(0.1)");
        slept.get_result::<Setting>(&mut connection).await.unwrap();
        assert_eq!(postgres.pid(), pid);
    }
    drop(working);
    eventually("it is started again", || postgres.pid() != pid);
    sql(postgres.url(), FUNCTION).await;
    // And that was it.
    let pid = postgres.pid();
    sql(postgres.url(), "SELECT pg_sleep(1)").await;
    assert_eq!(postgres.pid(), pid);
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_who_post_do_not_notice_the_restart() {
    let folder = Folder::new();
    let package = Package::copied(folder.path()).await;
    let data = folder.path().join("data");
    let postgres = PrivatePostgres::start_from(&data, Role::Server, package.options()).await.unwrap();
    db::migrate(postgres.url()).await.unwrap();
    let database = Arc::new(Database::at(postgres.url()));
    let server = Server::on_calm(database, postgres.calm(), |config| {
        config.waits.restart = Duration::from_secs(60);
        config.waits.request = Duration::from_secs(60);
    })
    .await;
    let stage = Stage::on(server, json!({})).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for name in ["Ana", "Ben"] {
        let person = stage.server.person(name, "workers").await;
        let (thread, over) = (stage.thread(&person).await, over.clone());
        writers.push(tokio::spawn(async move {
            let mut posted = Vec::new();
            while !AtomicBool::load(&over, Ordering::Relaxed) {
                let id = Uuid::now_v7();
                let post = json!({ "body": "Mine", "client_id": id });
                let answer = person.call("POST", &format!("/threads/{thread}/posts"), post).await;
                assert_eq!(answer.status, 201, "{answer:?}");
                posted.push(id);
                // People pause; so there are calm moments.
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            posted
        }));
    }
    let pid = postgres.pid();
    package.update();
    eventually("it is started again", || postgres.pid() != pid);
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        for id in writer.await.unwrap() {
            assert_eq!(stage.server.count(&format!("posts WHERE client_id = '{id}'")).await, 1);
        }
    }
    stage.server.stop().await;
    postgres.stop().await;
}
