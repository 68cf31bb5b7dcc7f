//! Questions of sessions, who supports them, and what became of them.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::features::questions::rules::{QuestionState, Support};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::models::members::speaks_for_constituency;
use crate::kernel::models::{Db, Maybe};
use crate::schema::{members, question_history, question_supports, questions, sessions, threads};

/// A question as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = questions)]
pub struct Question {
    pub id: Uuid,
    pub room_id: Uuid,
    pub session_id: Uuid,
    pub seq: i64,
    pub author_id: Uuid,
    pub on_behalf: bool,
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
    pub state: QuestionState,
    pub state_at: DateTime<Utc>,
    pub support: Value,
    pub merged_into: Option<Uuid>,
    pub hidden_at: Option<DateTime<Utc>>,
    pub hidden_reason: Option<String>,
    pub hidden_note: Option<String>,
    pub hidden_by: Option<Uuid>,
}

/// What the order of a session's questions follows from.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = questions)]
pub struct Place {
    pub id: Uuid,
    pub session_id: Uuid,
    pub seq: i64,
    pub state: QuestionState,
    pub support: Value,
    pub merged_into: Option<Uuid>,
    pub hidden_at: Option<DateTime<Utc>>,
}

/// A step in the history of a question.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = question_history)]
pub struct Step {
    pub question_id: Uuid,
    pub seq: i64,
    pub kind: EntryKind,
    pub reason: String,
    pub other_id: Option<Uuid>,
    pub at: DateTime<Utc>,
}

/// Counts by constituency as they are stored.
pub fn as_json(support: &Support) -> Value {
    support
        .iter()
        .map(|(name, count)| (name.clone(), Value::from(*count)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Counts by constituency as they were stored.
pub fn as_support(value: &Value) -> Support {
    let counts = value.as_object().into_iter().flatten();
    counts.filter_map(|(name, count)| Some((name.clone(), u32::try_from(count.as_u64()?).ok()?))).collect()
}

/// # Errors
/// From the database; `questions_author_id_client_id_key` on a repeat,
/// `questions_constituency_fkey` when there is no such constituency.
pub async fn insert(db: &mut Db, question: &Question) -> QueryResult<()> {
    diesel::insert_into(questions::table).values(question).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Question>> {
    questions::table.find(id).select(Question::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Question>> {
    questions::table.filter(questions::id.eq_any(ids)).select(Question::as_select()).load(db).await
}

/// What the author already asked under this client id.
///
/// # Errors
/// From the database.
pub async fn by_client_id(db: &mut Db, author: Uuid, client_id: Uuid) -> QueryResult<Option<Question>> {
    questions::table
        .filter(questions::author_id.eq(author).and(questions::client_id.eq(client_id)))
        .select(Question::as_select())
        .first(db)
        .await
        .maybe()
}

/// All questions of a session, in the order in which they were asked.
///
/// # Errors
/// From the database.
pub async fn of_session(db: &mut Db, session: Uuid) -> QueryResult<Vec<Question>> {
    questions::table
        .filter(questions::session_id.eq(session))
        .order(questions::seq)
        .select(Question::as_select())
        .load(db)
        .await
}

/// Where the questions of some sessions stand, without their texts.
///
/// # Errors
/// From the database.
pub async fn places(db: &mut Db, sessions: &[Uuid]) -> QueryResult<Vec<Place>> {
    questions::table
        .filter(questions::session_id.eq_any(sessions))
        .order(questions::seq)
        .select(Place::as_select())
        .load(db)
        .await
}

/// How many questions a session has, and how many of a member's own wait there.
///
/// # Errors
/// From the database.
pub async fn counts(db: &mut Db, session: Uuid, member: Uuid) -> QueryResult<(i64, i64)> {
    let of_session = questions::table.filter(questions::session_id.eq(session));
    let all = of_session.select(count_star()).get_result(db).await?;
    let own = of_session
        .filter(questions::author_id.eq(member).and(questions::on_behalf.eq(false)))
        .filter(questions::state.eq(QuestionState::Waiting))
        .filter(questions::merged_into.is_null().and(questions::hidden_at.is_null()))
        .select(count_star())
        .get_result(db)
        .await?;
    Ok((all, own))
}

/// True when anything was asked in a session.
///
/// # Errors
/// From the database.
pub async fn any(db: &mut Db, session: Uuid) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(questions::table.filter(questions::session_id.eq(session))))
        .get_result(db)
        .await
}

/// # Errors
/// From the database.
pub async fn set_state(db: &mut Db, id: Uuid, state: QuestionState, at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(questions::table.find(id))
        .set((questions::state.eq(state), questions::state_at.eq(at)))
        .execute(db)
        .await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn set_merged(db: &mut Db, id: Uuid, into: Option<Uuid>) -> QueryResult<()> {
    diesel::update(questions::table.find(id)).set(questions::merged_into.eq(into)).execute(db).await?;
    Ok(())
}

/// Notes how many support a question.
///
/// # Errors
/// From the database.
pub async fn set_support(db: &mut Db, id: Uuid, support: &Support) -> QueryResult<()> {
    diesel::update(questions::table.find(id))
        .set(questions::support.eq(as_json(support)))
        .execute(db)
        .await?;
    Ok(())
}

/// Hides or restores a question: (reason, note, who), or None to restore.
///
/// # Errors
/// From the database.
pub async fn set_hidden(
    db: &mut Db,
    id: Uuid,
    hidden: Option<(&str, &str, Uuid)>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(questions::table.find(id))
        .set((
            questions::hidden_at.eq(hidden.map(|_| at)),
            questions::hidden_reason.eq(hidden.map(|h| h.0)),
            questions::hidden_note.eq(hidden.map(|h| h.1)),
            questions::hidden_by.eq(hidden.map(|h| h.2)),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// Notes a member's support. True when there was none.
///
/// # Errors
/// From the database.
pub async fn add_support(
    db: &mut Db,
    question: Uuid,
    member: Uuid,
    constituency: &str,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let added = diesel::insert_into(question_supports::table)
        .values((
            question_supports::question_id.eq(question),
            question_supports::member_id.eq(member),
            question_supports::constituency.eq(constituency),
            question_supports::at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(db)
        .await?;
    Ok(added > 0)
}

/// Takes a member's support of these questions back. True when there was some.
///
/// # Errors
/// From the database.
pub async fn remove_support(db: &mut Db, ids: &[Uuid], member: Uuid) -> QueryResult<bool> {
    let target = question_supports::table
        .filter(question_supports::question_id.eq_any(ids).and(question_supports::member_id.eq(member)));
    Ok(diesel::delete(target).execute(db).await? > 0)
}

/// Who supports these questions and speaks for a constituency, in the order in which they did. The support of
/// others is kept, and counts from when they are confirmed.
///
/// # Errors
/// From the database.
pub async fn supporters(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    question_supports::table
        .inner_join(members::table)
        .filter(question_supports::question_id.eq_any(ids).and(speaks_for_constituency()))
        .order((question_supports::at, question_supports::question_id))
        .select((question_supports::member_id, question_supports::constituency))
        .load(db)
        .await
}

/// True when a member supports one of these questions.
///
/// # Errors
/// From the database.
pub async fn is_supporter(db: &mut Db, ids: &[Uuid], member: Uuid) -> QueryResult<bool> {
    let own = question_supports::table
        .filter(question_supports::question_id.eq_any(ids).and(question_supports::member_id.eq(member)));
    diesel::select(diesel::dsl::exists(own)).get_result(db).await
}

/// The questions of some sessions that some members asked: (session, member, question), in order.
///
/// # Errors
/// From the database.
pub async fn asked_in(
    db: &mut Db,
    sessions: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, Uuid)>> {
    questions::table
        .filter(questions::session_id.eq_any(sessions).and(questions::author_id.eq_any(members)))
        .filter(questions::on_behalf.eq(false))
        .order(questions::seq)
        .select((questions::session_id, questions::author_id, questions::id))
        .load(db)
        .await
}

/// The questions of some sessions that some members support: (session, member, question), in order.
///
/// # Errors
/// From the database.
pub async fn supported_in(
    db: &mut Db,
    sessions: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, Uuid)>> {
    questions::table
        .inner_join(question_supports::table)
        .filter(questions::session_id.eq_any(sessions).and(question_supports::member_id.eq_any(members)))
        .order(questions::seq)
        .select((questions::session_id, question_supports::member_id, questions::id))
        .load(db)
        .await
}

/// The members present that the order of each session divides by.
///
/// # Errors
/// From the database.
pub async fn present(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Support)>> {
    let rows: Vec<(Uuid, Value)> = sessions::table
        .filter(sessions::id.eq_any(ids))
        .select((sessions::id, sessions::present))
        .load(db)
        .await?;
    Ok(rows.iter().map(|(id, present)| (*id, as_support(present))).collect())
}

/// Notes the members present.
///
/// # Errors
/// From the database.
pub async fn set_present(db: &mut Db, session: Uuid, present: &Support) -> QueryResult<()> {
    diesel::update(sessions::table.find(session))
        .set(sessions::present.eq(as_json(present)))
        .execute(db)
        .await?;
    Ok(())
}

/// The threads in which questions continue: question → thread.
///
/// # Errors
/// From the database.
pub async fn continued(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let rows: Vec<(Option<Uuid>, Uuid)> = threads::table
        .filter(threads::question_id.eq_any(ids))
        .select((threads::question_id, threads::id))
        .load(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(question, thread)| Some((question?, thread))).collect())
}

/// # Errors
/// From the database.
pub async fn add_step(db: &mut Db, step: &Step) -> QueryResult<()> {
    diesel::insert_into(question_history::table).values(step).execute(db).await?;
    Ok(())
}

/// What became of these questions, in order.
///
/// # Errors
/// From the database.
pub async fn history(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Step>> {
    question_history::table
        .filter(question_history::question_id.eq_any(ids))
        .order(question_history::seq)
        .select(Step::as_select())
        .load(db)
        .await
}
