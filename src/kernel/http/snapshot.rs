//! The snapshot of a session.

use actix_web::{HttpResponse, get, web};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{Actor, Shared, id};
use super::reading::Reading;
use crate::error::Result;
use crate::kernel::domain::permissions::Action;
use crate::kernel::reads::PartHook;
use crate::kernel::views::Page;
use crate::kernel::views::posts::PostPage;
use crate::kernel::views::rooms::RoomView;
use crate::kernel::views::sessions::SessionView;
use crate::kernel::views::threads::MyThreadView;

/// A session with everything around it. Each part is as its own call answers it, and at least as new
/// as `head_seq`: apply the events above that number.
#[derive(ToSchema)]
#[expect(dead_code, reason = "snapshots are written, not built")]
pub struct SessionSnapshot<'a> {
    head_seq: i64,
    session: SessionView,
    room: RoomView<'a>,
    /// The sessions of the room.
    agenda: Page<SessionView>,
    /// The session's chat thread.
    thread: MyThreadView<'a>,
    /// The newest 50 posts of the chat.
    posts: PostPage<'a>,
}

/// Adds the parts of features to the schema of the snapshot.
pub fn describe(schema: &mut Value, parts: &[PartHook]) {
    for part in parts {
        schema["properties"][part.name] = json!({ "$ref": format!("#/components/schemas/{}", part.schema) });
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(part.name.into());
        }
    }
}

/// Reads the snapshot of a session: its room, agenda, chat, floor, polls, questions and transcript.
#[utoipa::path(tag = "sessions", params(("id" = Uuid, Path)), responses((status = 200, body = SessionSnapshot)))]
#[get("/sessions/{id}/snapshot")]
pub async fn snapshot(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    let (room, session) = state.access.session(&actor, id(&path)?, Action::Read).await?;
    reading.answer(&state, &actor, state.reads.snapshot(&actor, &room, &session, &state.session_parts)).await
}
