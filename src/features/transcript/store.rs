//! The transcript of a session.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::kernel::domain::kinds::Lang;
use crate::kernel::models::{Db, Maybe};
use crate::schema::transcript_lines;

/// A line as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = transcript_lines)]
pub struct Line {
    pub id: Uuid,
    pub room_id: Uuid,
    pub session_id: Uuid,
    pub seq: i64,
    pub author_id: Uuid,
    pub lang: Lang,
    pub original_lang: Lang,
    pub body: String,
    pub salt: Vec<u8>,
    pub client_id: Uuid,
    pub request_hash: Vec<u8>,
    pub at: DateTime<Utc>,
}

/// # Errors
/// From the database; `transcript_lines_author_id_client_id_key` on a repeat.
pub async fn insert(db: &mut Db, line: &Line) -> QueryResult<()> {
    diesel::insert_into(transcript_lines::table).values(line).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Line>> {
    transcript_lines::table.find(id).select(Line::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Line>> {
    transcript_lines::table.filter(transcript_lines::id.eq_any(ids)).select(Line::as_select()).load(db).await
}

/// What the author already wrote under this client id.
///
/// # Errors
/// From the database.
pub async fn by_client_id(db: &mut Db, author: Uuid, client_id: Uuid) -> QueryResult<Option<Line>> {
    transcript_lines::table
        .filter(transcript_lines::author_id.eq(author).and(transcript_lines::client_id.eq(client_id)))
        .select(Line::as_select())
        .first(db)
        .await
        .maybe()
}

/// How many lines a session has.
///
/// # Errors
/// From the database.
pub async fn count(db: &mut Db, session: Uuid) -> QueryResult<i64> {
    transcript_lines::table.filter(transcript_lines::session_id.eq(session)).count().get_result(db).await
}

/// The newest lines of a session below a number, newest first; in one language when it is named.
///
/// # Errors
/// From the database.
pub async fn page(
    db: &mut Db,
    session: Uuid,
    lang: Option<Lang>,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let mut query = transcript_lines::table
        .filter(transcript_lines::session_id.eq(session))
        .select(Line::as_select())
        .into_boxed();
    if let Some(lang) = lang {
        query = query.filter(transcript_lines::lang.eq(lang));
    }
    if let Some(before) = before {
        query = query.filter(transcript_lines::seq.lt(before));
    }
    query.order(transcript_lines::seq.desc()).limit(limit).load(db).await
}

/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<()> {
    diesel::delete(transcript_lines::table.find(id)).execute(db).await?;
    Ok(())
}
