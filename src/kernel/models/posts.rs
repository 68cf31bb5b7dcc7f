//! Posts, their earlier versions and reactions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{Attribution, Lang, ReactionName};
use crate::kernel::domain::tree::Node;
use crate::schema::{post_revisions, posts, reactions};

/// A post as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = posts)]
pub struct Post {
    pub id: Uuid,
    pub room_id: Uuid,
    pub thread_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub depth: i32,
    pub seq: i64,
    pub author_id: Uuid,
    pub attribution: Attribution,
    pub author_name: String,
    pub author_organisation: String,
    pub constituency: String,
    pub author_confirmed: bool,
    pub lang: Lang,
    pub body_md: String,
    pub body_html: String,
    pub salt: Vec<u8>,
    pub client_id: Uuid,
    pub request_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub revision: i32,
    pub hidden_at: Option<DateTime<Utc>>,
    pub hidden_reason: Option<String>,
    pub hidden_note: Option<String>,
    pub hidden_by: Option<Uuid>,
    /// Its number in the thread, from 1.
    pub number: i32,
}

/// An earlier or the current version of a post.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = post_revisions)]
pub struct Revision {
    pub post_id: Uuid,
    pub revision: i32,
    pub body_md: String,
    pub at: DateTime<Utc>,
}

/// How many members of a constituency reacted in one way.
#[derive(Debug, Clone, QueryableByName)]
pub struct ReactionCount {
    #[diesel(sql_type = SqlUuid)]
    pub post_id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: ReactionName,
    #[diesel(sql_type = Text)]
    pub constituency: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Which part of a thread, in order of number.
#[derive(Debug, Clone, Copy)]
pub enum Span {
    /// The first posts above a number.
    After(i64),
    /// The last posts below a number.
    Before(i64),
}

/// # Errors
/// From the database; `posts_author_id_client_id_key` on a repeat.
pub async fn insert(db: &mut Db, post: &Post) -> QueryResult<()> {
    diesel::insert_into(posts::table).values(post).execute(db).await?;
    Ok(())
}

/// Inserts many posts with one statement.
///
/// # Errors
/// From the database; `posts_author_id_client_id_key` when one of them is a repeat.
pub async fn insert_many(db: &mut Db, posts: &[&Post]) -> QueryResult<()> {
    macro_rules! column {
        ($field:ident) => {
            posts.iter().map(|post| &post.$field).collect::<Vec<_>>()
        };
    }
    diesel::sql_query(
        "INSERT INTO posts (id, room_id, thread_id, parent_id, depth, seq, author_id, attribution, author_name, \
           author_organisation, constituency, author_confirmed, lang, body_md, body_html, salt, client_id, \
           request_hash, created_at, number) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::bigint[], $7::uuid[], \
           $8::text[], $9::text[], $10::text[], $11::text[], $12::bool[], $13::text[], $14::text[], $15::text[], \
           $16::bytea[], $17::uuid[], $18::bytea[], $19::timestamptz[], $20::int[])",
    )
    .bind::<Array<SqlUuid>, _>(column!(id))
    .bind::<Array<SqlUuid>, _>(column!(room_id))
    .bind::<Array<SqlUuid>, _>(column!(thread_id))
    .bind::<Array<Nullable<SqlUuid>>, _>(column!(parent_id))
    .bind::<Array<Integer>, _>(column!(depth))
    .bind::<Array<BigInt>, _>(column!(seq))
    .bind::<Array<SqlUuid>, _>(column!(author_id))
    .bind::<Array<Text>, _>(column!(attribution))
    .bind::<Array<Text>, _>(column!(author_name))
    .bind::<Array<Text>, _>(column!(author_organisation))
    .bind::<Array<Text>, _>(column!(constituency))
    .bind::<Array<Bool>, _>(column!(author_confirmed))
    .bind::<Array<Text>, _>(column!(lang))
    .bind::<Array<Text>, _>(column!(body_md))
    .bind::<Array<Text>, _>(column!(body_html))
    .bind::<Array<Bytea>, _>(column!(salt))
    .bind::<Array<SqlUuid>, _>(column!(client_id))
    .bind::<Array<Bytea>, _>(column!(request_hash))
    .bind::<Array<Timestamptz>, _>(column!(created_at))
    .bind::<Array<Integer>, _>(column!(number))
    .execute(db)
    .await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Post>> {
    posts::table.find(id).select(Post::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Post>> {
    posts::table.filter(posts::id.eq_any(ids)).select(Post::as_select()).load(db).await
}

/// What the authors already made under these client ids.
///
/// # Errors
/// From the database.
pub async fn by_client_ids(db: &mut Db, keys: &[(Uuid, Uuid)]) -> QueryResult<Vec<Post>> {
    let authors: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let clients: Vec<Uuid> = keys.iter().map(|key| key.1).collect();
    let wanted = diesel::dsl::sql::<Bool>("(author_id, client_id) IN (SELECT * FROM unnest(")
        .bind::<Array<SqlUuid>, _>(authors)
        .sql("::uuid[], ")
        .bind::<Array<SqlUuid>, _>(clients)
        .sql("::uuid[]))");
    posts::table.filter(wanted).select(Post::as_select()).load(db).await
}

/// (id, thread, depth) of posts that are being replied to.
///
/// # Errors
/// From the database.
pub async fn parents(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid, i32)>> {
    posts::table
        .filter(posts::id.eq_any(ids))
        .select((posts::id, posts::thread_id, posts::depth))
        .load(db)
        .await
}

/// When these members last posted in these rooms: (room, author, time).
///
/// # Errors
/// From the database.
pub async fn last_times(db: &mut Db, keys: &[(Uuid, Uuid)]) -> QueryResult<Vec<(Uuid, Uuid, DateTime<Utc>)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        room_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        author_id: Uuid,
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
    }
    let rooms: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let authors: Vec<Uuid> = keys.iter().map(|key| key.1).collect();
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT k.room_id, k.author_id, p.created_at AS at FROM unnest($1::uuid[], $2::uuid[]) k(room_id, author_id) \
         CROSS JOIN LATERAL (SELECT created_at FROM posts WHERE room_id = k.room_id AND author_id = k.author_id \
           ORDER BY seq DESC LIMIT 1) p",
    )
    .bind::<Array<SqlUuid>, _>(rooms)
    .bind::<Array<SqlUuid>, _>(authors)
    .load(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.room_id, row.author_id, row.at)).collect())
}

/// A page of a thread, always by ascending number.
///
/// # Errors
/// From the database.
pub async fn page(db: &mut Db, thread: Uuid, span: Span, limit: i64) -> QueryResult<Vec<Post>> {
    let of_thread = posts::table.filter(posts::thread_id.eq(thread)).select(Post::as_select());
    match span {
        Span::After(seq) => {
            of_thread.filter(posts::seq.gt(seq)).order(posts::seq).limit(limit).load(db).await
        }
        Span::Before(seq) => {
            let mut page =
                of_thread.filter(posts::seq.lt(seq)).order(posts::seq.desc()).limit(limit).load(db).await?;
            page.reverse();
            Ok(page)
        }
    }
}

/// The reply tree of a thread, by ascending number.
///
/// # Errors
/// From the database.
pub async fn tree(db: &mut Db, thread: Uuid) -> QueryResult<Vec<Node>> {
    let rows: Vec<(Uuid, Option<Uuid>, i64)> = posts::table
        .filter(posts::thread_id.eq(thread))
        .order(posts::seq)
        .select((posts::id, posts::parent_id, posts::seq))
        .load(db)
        .await?;
    Ok(rows.into_iter().map(|(id, parent, seq)| Node { id, parent, seq }).collect())
}

/// Replaces the text and keeps the version before it.
///
/// # Errors
/// From the database.
pub async fn edit(
    db: &mut Db,
    post: &Post,
    body_md: &str,
    body_html: &str,
    salt: &[u8],
    at: DateTime<Utc>,
) -> QueryResult<Post> {
    let before = Revision {
        post_id: post.id,
        revision: post.revision,
        body_md: post.body_md.clone(),
        at: post.edited_at.unwrap_or(post.created_at),
    };
    diesel::insert_into(post_revisions::table).values(&before).execute(db).await?;
    diesel::update(posts::table.find(post.id))
        .set((
            posts::body_md.eq(body_md),
            posts::body_html.eq(body_html),
            posts::salt.eq(salt),
            posts::edited_at.eq(at),
            posts::revision.eq(post.revision + 1),
        ))
        .returning(Post::as_returning())
        .get_result(db)
        .await
}

/// Hides or restores a post: (reason, note, who), or None to restore.
///
/// # Errors
/// From the database.
pub async fn set_hidden(
    db: &mut Db,
    id: Uuid,
    hidden: Option<(&str, &str, Uuid)>,
    at: DateTime<Utc>,
) -> QueryResult<Post> {
    diesel::update(posts::table.find(id))
        .set((
            posts::hidden_at.eq(hidden.map(|_| at)),
            posts::hidden_reason.eq(hidden.map(|h| h.0)),
            posts::hidden_note.eq(hidden.map(|h| h.1)),
            posts::hidden_by.eq(hidden.map(|h| h.2)),
        ))
        .returning(Post::as_returning())
        .get_result(db)
        .await
}

/// Earlier versions of a post, oldest first.
///
/// # Errors
/// From the database.
pub async fn revisions(db: &mut Db, post: Uuid) -> QueryResult<Vec<Revision>> {
    post_revisions::table
        .filter(post_revisions::post_id.eq(post))
        .order(post_revisions::revision)
        .select(Revision::as_select())
        .load(db)
        .await
}

/// Counts of reactions to these posts.
///
/// # Errors
/// From the database.
pub async fn reaction_counts(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<ReactionCount>> {
    diesel::sql_query(
        "SELECT post_id, name, constituency, count(*) AS count FROM reactions WHERE post_id = ANY($1) \
         GROUP BY post_id, name, constituency",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(db)
    .await
}

/// Which of these posts some members wrote: (post, member).
///
/// # Errors
/// From the database.
pub async fn written_by(db: &mut Db, members: &[Uuid], ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    posts::table
        .filter(posts::author_id.eq_any(members).and(posts::id.eq_any(ids)))
        .select((posts::id, posts::author_id))
        .load(db)
        .await
}

/// The reactions of some members to these posts: (member, post, name).
///
/// # Errors
/// From the database.
pub async fn reactions_of(
    db: &mut Db,
    members: &[Uuid],
    ids: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, ReactionName)>> {
    reactions::table
        .filter(reactions::member_id.eq_any(members).and(reactions::post_id.eq_any(ids)))
        .order((reactions::post_id, reactions::name))
        .select((reactions::member_id, reactions::post_id, reactions::name))
        .load(db)
        .await
}

/// Sets a reaction; a stance takes the place of another. True when something changed.
///
/// # Errors
/// From the database.
pub async fn add_reaction(
    db: &mut Db,
    post: Uuid,
    member: Uuid,
    constituency: &str,
    name: ReactionName,
) -> QueryResult<bool> {
    if name.is_stance() {
        diesel::delete(
            reactions::table
                .filter(reactions::post_id.eq(post).and(reactions::member_id.eq(member)))
                .filter(reactions::name.ne(name).and(reactions::name.ne(ReactionName::Thanks))),
        )
        .execute(db)
        .await?;
    }
    let added = diesel::insert_into(reactions::table)
        .values((
            reactions::post_id.eq(post),
            reactions::member_id.eq(member),
            reactions::name.eq(name),
            reactions::constituency.eq(constituency),
        ))
        .on_conflict_do_nothing()
        .execute(db)
        .await?;
    Ok(added > 0)
}

/// Takes a reaction back. True when there was one.
///
/// # Errors
/// From the database.
pub async fn remove_reaction(db: &mut Db, post: Uuid, member: Uuid, name: ReactionName) -> QueryResult<bool> {
    let target = reactions::table.find((post, member, name));
    Ok(diesel::delete(target).execute(db).await? > 0)
}
