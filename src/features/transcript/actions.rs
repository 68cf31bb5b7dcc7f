//! The transcript of a session, as its interpreters write it.

pub mod signals;

use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::features::transcript::store::{self as transcript, Line};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::actions::tx::{client_id_reused, or_constraint};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Lang, SessionState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text;
use crate::kernel::log::chain::digest;
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::{Db, sessions};

/// Characters in a line.
pub const LINE_MAX: usize = 2_000;
/// Lines in a session.
const LINES_MAX: i64 = 5_000;

/// A line as an interpreter sends it.
#[derive(Debug, Clone)]
pub struct NewLine {
    pub body: String,
    pub lang: Lang,
    pub original_lang: Lang,
    pub client_id: Uuid,
}

/// Adds a line. The flag is false when it was added before under the same client id.
///
/// # Errors
/// Not found, not permitted, `session_not_open`, `transcript_full`, invalid, `client_id_reused`.
pub async fn add(ctx: &Ctx, actor: &Actor, session: Uuid, new: NewLine) -> Result<(Line, bool)> {
    let author = actor.member()?.id;
    let (room, _) = ctx.access.session(actor, session, Action::Read).await?;
    room.may(actor, Action::Translate)?;
    let body = text::block("body", &new.body, LINE_MAX)?;
    let hash = digest(&[
        session.as_bytes(),
        body.as_bytes(),
        new.lang.as_str().as_bytes(),
        new.original_lang.as_str().as_bytes(),
    ]);
    ctx.change(actor, room.room.id, Action::Translate, async |change| {
        if let Some(found) = earlier(change.db(), author, new.client_id, &hash).await? {
            return Ok((found, false));
        }
        let of = sessions::by_id(change.db(), session).await?.ok_or(Error::NotFound)?;
        if !matches!(of.state, SessionState::Lobby | SessionState::Live | SessionState::Paused) {
            return Err(Code::SessionNotOpen.into());
        }
        if transcript::count(change.db(), session).await? >= LINES_MAX {
            return Err(Code::TranscriptFull.into());
        }
        let salt: [u8; 16] = rand::random();
        let line = Line {
            id: Uuid::now_v7(),
            room_id: of.room_id,
            session_id: session,
            seq: change.next_seq()?,
            author_id: author,
            lang: new.lang,
            original_lang: new.original_lang,
            body,
            salt: salt.to_vec(),
            client_id: new.client_id,
            request_hash: hash.to_vec(),
            at: change.at,
        };
        or_constraint(
            transcript::insert(change.db(), &line).await,
            "transcript_lines_author_id_client_id_key",
            client_id_reused,
        )?;
        change.log_digest(EntryKind::TranscriptAdded, line.id, text_digest(&line.salt, &line.body))?;
        Ok((line, true))
    })
    .await
}

async fn earlier(db: &mut Db, author: Uuid, client_id: Uuid, hash: &[u8]) -> Result<Option<Line>> {
    match transcript::by_client_id(db, author, client_id).await? {
        Some(line) if line.request_hash != hash => Err(client_id_reused()),
        found => Ok(found),
    }
}

/// Removes a line that was misheard.
///
/// # Errors
/// Not found, not permitted.
pub async fn remove(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let (room, _) = ctx.access.transcript_line(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::Translate, async |change| {
        transcript::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        transcript::delete(change.db(), id).await?;
        change.log(EntryKind::TranscriptRemoved, id, &[])?;
        Ok(())
    })
    .await
}
