//! Signals of interpreters ("slower", "repeat", "term?"), sent to the speaker and those who run the session, to nobody else,
//! and not kept.

use uuid::Uuid;

use crate::error::{Code, Result};
use crate::features::floor::store as floor;
use crate::kernel::access::Actor;
use crate::kernel::actions::Ctx;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::domain::kinds::SignalKind;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::{Frame, SignalFrom};

/// Characters in a term that somebody asks about.
pub const TERM_MAX: usize = 80;

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
        return Err(Code::SessionNotOpen.into());
    }
    let translates = room.may(actor, Action::Translate).is_ok();
    let from = if translates { SignalFrom::Interpreter } else { SignalFrom::Member };
    let frame = Frame::Signal { room: room.room.id, session: session.id, kind, from, term };
    // Whom it concerns: those who run the session, its interpreters, and who is speaking.
    let mut listeners = crate::kernel::actions::translations::interpreters(&room);
    listeners.extend(floor::speakers(&mut *ctx.db.get().await?, session.id).await?);
    ctx.publisher.tell(room.room.id, To::Members(listeners), &frame);
    Ok(())
}
