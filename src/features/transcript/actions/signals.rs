//! "Slower", "repeat", "term?": told to the speaker and those who run the session, to nobody else,
//! and not kept.

use serde_json::json;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::floor::store as floor;
use crate::features::transcript::rules::SignalKind;
use crate::kernel::access::Actor;
use crate::kernel::actions::Ctx;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text;
use crate::kernel::log::event::To;

/// Characters in a term that somebody asks about.
const TERM_MAX: usize = 80;

/// Sends a signal.
///
/// # Errors
/// Not found, not permitted, `room_closed`, `muted`, `session_not_open`, invalid.
pub async fn send(
    ctx: &Ctx,
    actor: &Actor,
    session: Uuid,
    kind: SignalKind,
    term: Option<&str>,
) -> Result<()> {
    let (room, session) = ctx.access.session(actor, session, Action::CreatePost).await?;
    let term = match kind {
        SignalKind::Term => term.filter(|term| !term.trim().is_empty()),
        SignalKind::Slower | SignalKind::Repeat => None,
    };
    let term = term.map(|term| text::line("term", term, TERM_MAX)).transpose()?;
    if !matches!(session.state, SessionState::Live | SessionState::Paused) {
        return Err(Error::Conflict("session_not_open", "The session is not open now.".into()));
    }
    let from = if room.may(actor, Action::Translate).is_ok() { "interpreter" } else { "member" };
    let mut frame = json!({
        "type": "signal", "room": room.room.id, "session": session.id, "kind": kind, "from": from,
    });
    if let Some(term) = term {
        frame["term"] = term.into();
    }
    // Whom it concerns: those who run the session, its interpreters, and who is speaking.
    let mut listeners = crate::kernel::actions::translations::interpreters(&room);
    listeners.extend(floor::speakers(&mut *ctx.db.get().await?, session.id).await?);
    ctx.publisher.tell(room.room.id, To::Members(listeners), frame);
    Ok(())
}
