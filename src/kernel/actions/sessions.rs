//! The agenda of a workshop and the course of its sessions.

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::change::{Ctx, RoomTx};
use super::tx::or_constraint;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::agenda::{YEARS, transition};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Attribution, Lang, RoomKind, SessionState, ThreadKind, TimeKind};
use crate::kernel::domain::links::{self, Material};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, TITLE_MAX};
use crate::kernel::models::agenda;
use crate::kernel::models::sessions::{self, Session, SessionChange};
use crate::kernel::models::threads::{self, Thread};

/// Agenda items in a room.
const SESSIONS_MAX: i64 = 200;
/// Longest session.
const LENGTH_MAX: TimeDelta = TimeDelta::hours(24);

/// An agenda item as a moderator sends it.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub title: String,
    pub title_zh: Option<String>,
    pub organisation: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub time_kind: TimeKind,
    pub materials: Vec<Material>,
}

/// Adds an agenda item with its chat thread.
///
/// # Errors
/// Not found, not permitted, `not_a_workshop`, `agenda_full`, invalid.
pub async fn create(ctx: &Ctx, actor: &Actor, room: Uuid, new: NewSession) -> Result<Session> {
    ctx.access.room(actor, room, Action::ManageAgenda).await?;
    let title = text::line("title", &new.title, TITLE_MAX)?;
    let title_zh = optional_line("title_zh", new.title_zh)?;
    let organisation = text::optional_line("organisation", &new.organisation, TITLE_MAX)?;
    let (starts_at, ends_at) = check_times(new.starts_at, new.ends_at)?;
    let materials = json!(links::materials(new.materials)?);
    ctx.change(actor, room, Action::ManageAgenda, async |change| {
        if change.state.room.kind != RoomKind::Workshop {
            return Err(Code::NotAWorkshop.into());
        }
        if sessions::count(change.db(), room).await? >= SESSIONS_MAX {
            return Err(Code::AgendaFull.into());
        }
        let session = Session {
            id: Uuid::now_v7(),
            room_id: room,
            title,
            title_zh,
            organisation,
            starts_at,
            ends_at,
            state: SessionState::Scheduled,
            started_at: None,
            ended_at: None,
            thread_id: Uuid::now_v7(),
            created_by: change.member.id,
            created_at: change.at,
            time_kind: new.time_kind,
            planned_start: starts_at,
            planned_end: ends_at,
            sequence: 0,
            changed_at: change.at,
            materials,
        };
        let seq = change.log(EntryKind::SessionCreated, session.id, &[session.title.as_bytes()])?;
        let chat = chat_thread(change, &session, seq);
        threads::insert(change.db(), &chat).await?;
        sessions::insert(change.db(), &session).await?;
        Ok(session)
    })
    .await
}

fn optional_line(field: &'static str, value: Option<String>) -> Result<Option<String>> {
    Ok(match value.filter(|value| !value.trim().is_empty()) {
        Some(value) => Some(text::line(field, &value, TITLE_MAX)?),
        None => None,
    })
}

fn check_times(starts: DateTime<Utc>, ends: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let (starts, ends) = (starts.trunc_subsecs(6), ends.trunc_subsecs(6));
    if !YEARS.contains(&starts.year()) {
        return Err(Error::invalid("starts_at", FieldCode::OutOfRange));
    }
    if ends <= starts {
        return Err(Error::invalid("ends_at", FieldCode::BeforeStart));
    }
    if ends - starts > LENGTH_MAX {
        return Err(Error::invalid("ends_at", FieldCode::TooLong));
    }
    Ok((starts, ends))
}

/// The chat is a thread like any other; it has no first post and no entry of its own in the log.
fn chat_thread(change: &RoomTx, session: &Session, seq: i64) -> Thread {
    let author = &change.member;
    Thread {
        id: session.thread_id,
        room_id: session.room_id,
        kind: ThreadKind::Chat,
        title: session.title.clone(),
        lang: Lang::En,
        seq,
        author_id: author.id,
        attribution: Attribution::Named,
        author_name: author.display_name.clone(),
        author_organisation: author.organisation.clone(),
        constituency: author.constituency.clone(),
        author_confirmed: author.confirmed_at.is_some(),
        locked: false,
        pinned: false,
        post_count: 0,
        last_post_seq: seq,
        last_post_at: session.created_at,
        counts: serde_json::Value::Object(serde_json::Map::new()),
        client_id: session.thread_id,
        request_hash: vec![0; 32],
        created_at: session.created_at,
        question_id: None,
        review_first: false,
    }
}

/// What a moderator may change about an agenda item.
#[derive(Debug, Clone, Default)]
pub struct SessionEdit {
    pub title: Option<String>,
    pub title_zh: Option<Option<String>>,
    pub organisation: Option<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub time_kind: Option<TimeKind>,
    pub materials: Option<Vec<Material>>,
}

/// Changes an agenda item. New times are the new plan too.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn edit(ctx: &Ctx, actor: &Actor, id: Uuid, edit: SessionEdit) -> Result<Session> {
    let (room, _) = ctx.access.session(actor, id, Action::Read).await?;
    let title = edit.title.map(|title| text::line("title", &title, TITLE_MAX)).transpose()?;
    let title_zh = edit.title_zh.map(|title| optional_line("title_zh", title)).transpose()?;
    let organisation =
        edit.organisation.map(|name| text::optional_line("organisation", &name, TITLE_MAX)).transpose()?;
    let materials = edit.materials.map(links::materials).transpose()?;
    ctx.change(actor, room.room.id, Action::ManageAgenda, async |change| {
        let before = sessions::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        let (starts_at, ends_at) =
            check_times(edit.starts_at.unwrap_or(before.starts_at), edit.ends_at.unwrap_or(before.ends_at))?;
        let is_moved = (starts_at, ends_at) != (before.starts_at, before.ends_at);
        let new = SessionChange {
            title,
            title_zh,
            organisation,
            starts_at: Some(starts_at),
            ends_at: Some(ends_at),
            time_kind: edit.time_kind,
            planned_start: is_moved.then_some(starts_at),
            planned_end: is_moved.then_some(ends_at),
            sequence: Some(before.sequence.saturating_add(1)),
            changed_at: Some(change.at),
            materials: materials.map(|materials| json!(materials)),
            ..SessionChange::default()
        };
        let after = sessions::update(change.db(), id, &new).await?;
        let materials = after.materials.to_string();
        change.log(EntryKind::SessionEdited, id, &[after.title.as_bytes(), materials.as_bytes()])?;
        Ok(after)
    })
    .await
}

/// Removes an agenda item that has not begun and in whose chat nothing was said.
///
/// # Errors
/// Not found, not permitted, `session_in_use`.
pub async fn remove(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let (room, _) = ctx.access.session(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::ManageAgenda, async |change| {
        let session = sessions::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        let mut used = !threads::is_empty(change.db(), session.thread_id).await?;
        for hook in ctx.hooks.iter() {
            used = used || hook.keeps(change.db(), id).await?;
        }
        if session.started_at.is_some() || used {
            return Err(Code::SessionInUse.into());
        }
        let at = change.at;
        agenda::insert_removed(change.db(), &session, at).await?;
        sessions::delete(change.db(), id).await?;
        threads::delete(change.db(), session.thread_id).await?;
        change.log(EntryKind::SessionRemoved, id, &[])?;
        Ok(())
    })
    .await
}

/// Opens the lobby, starts, pauses, resumes or ends a session.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`, `another_session_live`.
pub async fn set_state(ctx: &Ctx, actor: &Actor, id: Uuid, to: SessionState) -> Result<Session> {
    let (room, _) = ctx.access.session(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::RunSession, async |change| {
        let before = sessions::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        let kind = transition(before.state, to).ok_or_else(|| {
            Code::NotPossibleNow.saying(format!("A session that is {} cannot become {to}.", before.state))
        })?;
        let at = change.at;
        let new = SessionChange {
            state: Some(to),
            started_at: (to == SessionState::Live && before.started_at.is_none()).then_some(Some(at)),
            ended_at: match to {
                SessionState::Ended => Some(Some(at)),
                SessionState::Live if before.ended_at.is_some() => Some(None),
                _ => None,
            },
            ..SessionChange::default()
        };
        let after =
            or_constraint(sessions::update(change.db(), id, &new).await, "sessions_one_live_key", || {
                Error::from(Code::AnotherSessionLive)
            })?;
        change.log(kind, id, &[to.as_str().as_bytes()])?;
        for hook in ctx.hooks.iter() {
            hook.session_changed(change, &after).await?;
        }
        Ok(after)
    })
    .await
}
