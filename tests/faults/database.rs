//! The posts as the database holds them, read past the server.

use std::path::Path;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use plenary::db::private::{PrivatePostgres, Role};

use crate::history::Row;

#[derive(QueryableByName)]
struct Post {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Text)]
    client_id: String,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The posts of a room.
pub async fn posts(data: &Path, room: &str) -> Result<Vec<Row>, String> {
    let postgres = PrivatePostgres::start(data, Role::Tool).await?;
    let rows = read(postgres.url(), room).await.map_err(|error| format!("The database: {error}"));
    postgres.stop().await;
    rows
}

async fn read(url: &str, room: &str) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let mut database = AsyncPgConnection::establish(url).await?;
    let posts: Vec<Post> = sql_query(
        "SELECT id::text, seq, author_id::text AS author, client_id::text, body_md AS body \
         FROM posts WHERE room_id = $1::uuid ORDER BY seq",
    )
    .bind::<Text, _>(room)
    .load(&mut database)
    .await?;
    let rows = posts.into_iter().map(|post| Row {
        id: post.id,
        seq: post.seq.unsigned_abs(),
        author: post.author,
        client_id: post.client_id,
        body: post.body,
    });
    Ok(rows.collect())
}
