//! Bad input: always refused with a code, never a fault of the server, and nothing
//! half made.

mod bodies;
mod hidden;
mod paths;
mod texts;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use plenary::error::Code;
use plenary::kernel::domain::field_code::FieldCode;

use crate::support::{Answer, Server};

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
    let known = Code::ALL.iter().find(|known| known.as_str() == code).map(|known| known.status());
    assert_eq!(known, Some(status), "{what}: {answer:?}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {answer:?}");
    let fields = error.get("fields").and_then(serde_json::Value::as_object);
    assert_eq!(fields.is_some_and(|fields| !fields.is_empty()), code == "invalid", "{what}: {answer:?}");
    for field in fields.into_iter().flatten() {
        let word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let known = FieldCode::ALL.iter().any(|code| field.1 == code.as_str());
        assert!(word(field.0) && known, "{what}: {answer:?}");
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
