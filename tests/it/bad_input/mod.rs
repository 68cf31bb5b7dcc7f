//! What nobody should send: always refused with a code, never a fault of the server, and nothing
//! half made.

mod bodies;
mod paths;
mod texts;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::support::{Answer, Server};

/// Every code that an error may carry.
const CODES: [&str; 56] = [
    "agenda_full",
    "already_asked",
    "already_decided",
    "already_voted",
    "another_session_live",
    "author_may_not_post",
    "banned",
    "body_timeout",
    "cannot_hold_role",
    "claimed",
    "client_id_reused",
    "conflict",
    "email_taken",
    "floor_changed",
    "floor_closed",
    "floor_empty",
    "floor_full",
    "forbidden_origin",
    "invalid",
    "invitation_invalid",
    "language_missing",
    "last_chair",
    "malformed",
    "many_disconnected",
    "method_not_allowed",
    "muted",
    "nobody_eligible",
    "not_a_workshop",
    "not_eligible",
    "not_found",
    "not_permitted",
    "not_possible_now",
    "not_signed_in",
    "own_account",
    "pending",
    "poll_not_draft",
    "poll_not_open",
    "post_hidden",
    "question_hidden",
    "question_merged",
    "questions_full",
    "rate_limited",
    "review_first",
    "room_closed",
    "session_in_use",
    "session_not_open",
    "slug_taken",
    "thread_locked",
    "too_large",
    "too_many_held",
    "too_many_polls",
    "too_many_questions",
    "transcript_full",
    "translation_outdated",
    "too_many_screens",
    "wrong_credentials",
];

/// Checks that an answer is no fault of the server's, and that a refusal has the shape of all errors.
fn check(what: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{what}: {answer:?}");
    if status < 400 {
        return;
    }
    assert_eq!(answer.headers["content-type"], "application/json", "{what}: {answer:?}");
    let error = answer.body["error"].as_object().unwrap_or_else(|| panic!("{what}: {answer:?}"));
    let (_, code) = answer.code();
    assert!(CODES.contains(&code), "{what}: {answer:?}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {answer:?}");
    let fields = error.get("fields").and_then(serde_json::Value::as_object);
    assert_eq!(fields.is_some_and(|fields| !fields.is_empty()), code == "invalid", "{what}: {answer:?}");
    for field in fields.into_iter().flatten() {
        let word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(word(field.0) && field.1.as_str().is_some_and(word), "{what}: {answer:?}");
    }
}

/// The state of the whole database, to compare.
struct Rows {
    db: AsyncPgConnection,
    query: String,
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Rows {
    async fn of(server: &Server) -> Self {
        let mut db = server.connection().await;
        let tables = "SELECT table_name::text AS text FROM information_schema.tables
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1";
        let tables: Vec<Row> = diesel::sql_query(tables).load(&mut db).await.unwrap();
        assert!(tables.len() >= 24);
        let parts: Vec<String> = tables
            .iter()
            .map(|Row { text }| {
                // Whatever is added or changed bears the number of a newer transaction.
                format!(
                    "'{text}=' || (SELECT count(*) || ':' || coalesce(max(xmin::text::bigint), 0) FROM {text})"
                )
            })
            .collect();
        Self { db, query: format!("SELECT {} AS text", parts.join(" || E'\\n' || ")) }
    }

    /// The number of rows of each table, and the newest change.
    async fn now(&mut self) -> String {
        diesel::sql_query(&self.query).get_result::<Row>(&mut self.db).await.unwrap().text
    }
}
