//! Making the folder, and folders that cannot be used.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use plenary::db::private::{PrivatePostgres, Role};

use super::other::Other;
use super::{answers, eventually, gone, made, noted_pid, refused, socket_folder, sql, start};
use crate::support::folder::Folder;

#[tokio::test]
async fn the_first_start_makes_a_sound_database_and_later_ones_keep_it() {
    let folder = Folder::new();
    let data = folder.path().join("not/there/yet");
    let postgres = PrivatePostgres::start(&data, Role::Server).await.unwrap();
    assert!(postgres.started_here());
    let assertions = "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7); DO $$ BEGIN
        ASSERT current_setting('listen_addresses') = '';
        ASSERT current_setting('fsync') = 'on';
        ASSERT current_setting('full_page_writes') = 'on';
        ASSERT current_setting('synchronous_commit') = 'on';
        ASSERT current_setting('data_checksums') = 'on';
        ASSERT current_setting('server_encoding') = 'UTF8';
        ASSERT current_setting('wal_compression') <> 'off';
        ASSERT current_setting('jit') = 'off';
        ASSERT current_setting('max_connections') = '100';
        ASSERT lower('ÅÄÖ') = 'åäö';
        ASSERT current_setting('is_superuser') = 'off';
        ASSERT current_database() = 'plenary' AND current_user = 'plenary';
        ASSERT (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'plenary') = 'plenary';
        END $$";
    sql(postgres.url(), assertions).await;
    sql(postgres.admin_url(), "DO $$ BEGIN ASSERT current_setting('is_superuser') = 'on'; END $$").await;
    // Only its owner enters the folder of the socket.
    assert_eq!(fs::metadata(socket_folder(postgres.url())).unwrap().mode() & 0o777, 0o700);
    let pid = postgres.pid();
    postgres.stop().await;
    gone(pid);
    assert_eq!(noted_pid(&data), None, "it ended in an orderly way");

    let postgres = PrivatePostgres::start(&data, Role::Server).await.unwrap();
    sql(postgres.url(), "DO $$ BEGIN ASSERT (SELECT id FROM kept) = 7; END $$").await;
    // Dropping is stopping too, as on an error's way out.
    let pid = postgres.pid();
    drop(postgres);
    gone(pid);
}

#[tokio::test]
async fn a_first_start_that_was_killed_half_way_is_made_anew() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let other = Other::start(&data, Role::Server, None);
    let unfinished = || -> Vec<PathBuf> {
        let entries = fs::read_dir(&data).into_iter().flatten().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_string_lossy().contains("postgres.new")).collect()
    };
    eventually("initdb is at work", || unfinished().iter().any(|path| path.join("base").exists()));
    other.kill();
    // initdb itself may run on: whatever it still writes must not matter.
    let postgres = start(&data, Role::Server).await.unwrap();
    assert!(postgres.started_here());
    assert!(answers(postgres.url()).await);
    postgres.stop().await;
    start(&data, Role::Server).await.unwrap().stop().await;
    assert_eq!(unfinished(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_folder_it_cannot_use_is_explained_in_one_line() {
    let folder = Folder::new();
    let data = made(&folder);
    fs::write(data.join("postgres/PG_VERSION"), "99\n").unwrap();
    let line = refused(&data, Role::Server).await;
    assert!(line.contains("needs PostgreSQL 99") && line.contains("apt-get install postgresql-99"), "{line}");

    let foreign = folder.path().join("foreign");
    fs::create_dir_all(foreign.join("postgres/holiday-pictures")).unwrap();
    let line = refused(&foreign, Role::Server).await;
    assert!(line.contains("is not a PostgreSQL folder"), "{line}");

    let second = Folder::new();
    let broken = made(&second);
    File::options()
        .append(true)
        .open(broken.join("postgres/postgresql.conf"))
        .unwrap()
        .write_all(b"shared_buffers = some\n")
        .unwrap();
    let line = refused(&broken, Role::Server).await;
    assert!(line.contains("PostgreSQL does not start:") && line.contains("postgres.log"), "{line}");

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let line = refused(&file.join("data"), Role::Server).await;
    assert!(line.contains("cannot be made"), "{line}");
}
