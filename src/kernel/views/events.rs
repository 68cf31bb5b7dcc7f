//! Events: log entries as each audience sees them. Live delivery and replay use this one function,
//! so a client that was away sees exactly what it would have seen.
//!
//! An event carries the current view of its subject, without personal parts, so applying it twice
//! or late does no harm, and what was hidden since is gone from replay too.

mod questions;

pub use questions::TranslationEvent;

use std::collections::HashMap;

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::agenda::AgendaView;
use super::posts::{PostView, Reactions, by_post};
use super::rooms::RoomSettings;
use super::sessions::SessionView;
use super::threads::{ThreadState, ThreadView};
use super::translations::by_original;
use crate::error::{Error, Result};
use crate::features::floor::store as floor;
use crate::features::floor::store::Floor;
use crate::features::floor::view::FloorView;
use crate::features::polls::store as polls;
use crate::features::polls::view::PollView;
use crate::kernel::domain::kinds::{EntryKind, RoomRole, Subject};
use crate::kernel::log::event::{Audience, Committed};
use crate::kernel::models::agenda::Shift;
use crate::kernel::models::posts::Post;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::rooms::{Programme, Room};
use crate::kernel::models::sessions::Session;
use crate::kernel::models::threads::{Thread, ThreadStats};
use crate::kernel::models::translations::{self, Translation};
use crate::kernel::models::{Db, agenda, posts, rooms, sessions, threads};

/// An event as one line of JSON, for each audience.
#[derive(Debug, Clone)]
pub struct Line {
    pub seq: i64,
    /// It takes back or rewords something earlier, which must not be told as it was from now on.
    pub withdraws: bool,
    participant: ByteString,
    /// None when the desk sees the same.
    desk: Option<ByteString>,
}

impl Line {
    /// A line that says nothing but its number, for tests of its delivery.
    #[cfg(test)]
    pub fn bare(seq: i64) -> Self {
        Self { seq, withdraws: false, participant: seq.to_string().into(), desk: None }
    }

    /// The line for participants, and the desk's own where there is one.
    pub fn parts(&self) -> (&ByteString, Option<&ByteString>) {
        (&self.participant, self.desk.as_ref())
    }

    /// A line that another node made. None when a text is not that of this room and number.
    pub fn from_parts(
        room: Uuid,
        seq: i64,
        participant: ByteString,
        desk: Option<ByteString>,
    ) -> Option<Self> {
        let begin = format!("{{\"type\":\"event\",\"room\":\"{room}\",\"seq\":{seq},\"kind\":\"");
        let kind = participant.strip_prefix(&begin)?.split('"').next()?;
        // A kind that only a newer server knows may do anything.
        let withdraws = EntryKind::parse(kind).is_none_or(EntryKind::withdraws);
        let fits = desk.iter().all(|text| text.starts_with(&begin));
        fits.then_some(Self { seq, withdraws, participant, desk })
    }

    /// The line for an audience.
    pub fn text(&self, audience: Audience) -> &ByteString {
        match (audience, &self.desk) {
            (Audience::Desk, Some(desk)) => desk,
            _ => &self.participant,
        }
    }
}

#[derive(Serialize)]
struct Frame<'a, T: Serialize> {
    r#type: &'static str,
    room: Uuid,
    seq: i64,
    kind: EntryKind,
    at: chrono::DateTime<chrono::Utc>,
    data: &'a T,
}

/// A post, with the numbers of its thread.
#[derive(Serialize, ToSchema)]
#[schema(as = PostEvent)]
pub struct PostData<'a> {
    #[serde(flatten)]
    post: PostView<'a>,
    thread_state: ThreadState<'a>,
}

/// What all readers of a room know of it.
#[derive(Serialize, ToSchema)]
pub struct RoomEvent<'a> {
    room: RoomSettings<'a>,
}

/// The role that a member holds from now on.
#[derive(Serialize, ToSchema)]
pub struct RoleEvent {
    member_id: Uuid,
    /// Null for none.
    #[schema(required)]
    role: Option<RoomRole>,
}

/// That something was done to a member: to whom is for the desk and the member alone.
#[derive(Serialize, ToSchema)]
pub struct MuteEvent {}

/// What the event is about is not there any more.
#[derive(Serialize, ToSchema)]
pub struct RemovedEvent {
    id: Uuid,
    room: Uuid,
    /// Always true.
    removed: bool,
}

impl RemovedEvent {
    fn of(entry: &Entry) -> Self {
        Self { id: entry.subject_id, room: entry.room_id, removed: true }
    }
}

fn frame<T: Serialize>(entry: &Entry, data: &T) -> Result<ByteString> {
    let frame =
        Frame { r#type: "event", room: entry.room_id, seq: entry.seq, kind: entry.kind, at: entry.at, data };
    serde_json::to_string(&frame)
        .map(ByteString::from)
        .map_err(|error| Error::Internal(format!("event: {error}")))
}

fn for_all<T: Serialize>(entry: &Entry, data: &T) -> Result<Line> {
    let withdraws = entry.kind.withdraws();
    Ok(Line { seq: entry.seq, withdraws, participant: frame(entry, data)?, desk: None })
}

fn post_line(
    entry: &Entry,
    post: &Post,
    reactions: &Reactions,
    translations: &[Translation],
    thread: ThreadState<'_>,
) -> Result<Line> {
    let line = |audience| {
        let post = PostView::new(post, reactions.clone(), audience).with(translations, post);
        frame(entry, &PostData { post, thread_state: thread.clone() })
    };
    let desk = post.hidden_at.is_some().then(|| line(Audience::Desk)).transpose()?;
    let withdraws = entry.kind.withdraws();
    Ok(Line { seq: entry.seq, withdraws, participant: line(Audience::Participant)?, desk })
}

/// The lines of new posts that were just written, without reading them back. None when there are
/// other entries among them.
///
/// # Errors
/// Serialisation.
pub fn of_new_posts(committed: &Committed) -> Result<Option<Vec<Line>>> {
    if committed.posts.len() != committed.entries.len() {
        return Ok(None);
    }
    let line = |(entry, (post, stats)): (&Entry, &(Post, ThreadStats))| {
        post_line(entry, post, &Reactions::new(), &[], ThreadState::from(stats))
    };
    committed.entries.iter().zip(&committed.posts).map(line).collect::<Result<Vec<_>>>().map(Some)
}

/// The current rows behind a run of entries.
#[derive(Default)]
struct Subjects {
    rooms: HashMap<Uuid, Room>,
    programmes: Vec<Programme>,
    threads: HashMap<Uuid, Thread>,
    /// Thread → the session whose chat it is.
    chats: HashMap<Uuid, Uuid>,
    posts: HashMap<Uuid, Post>,
    reactions: HashMap<Uuid, Reactions>,
    translations: HashMap<Uuid, Vec<Translation>>,
    asked: questions::QuestionSubjects,
    sessions: HashMap<Uuid, Session>,
    /// Session, request or speech → the session whose floor it is about.
    floor_sessions: HashMap<Uuid, Uuid>,
    floors: HashMap<Uuid, Floor>,
    polls: HashMap<Uuid, polls::Whole>,
    roles: HashMap<Uuid, RoomRole>,
    delays: HashMap<Uuid, Shift>,
    /// Of the room, where a delay is told.
    agenda: Vec<Session>,
}

fn ids(entries: &[Entry], subject: Subject) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = entries
        .iter()
        .filter(|entry| entry.kind.subject() == subject)
        .map(|entry| entry.subject_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Subjects {
    async fn load(db: &mut Db, room: Uuid, entries: &[Entry]) -> Result<Self> {
        let asked = questions::QuestionSubjects::load(db, entries).await?;
        let mut subjects = Self { asked, ..Self::default() };
        let mut post_ids = ids(entries, Subject::Post);
        post_ids.extend(subjects.asked.translated_posts());
        if !post_ids.is_empty() {
            subjects.posts =
                posts::by_ids(db, &post_ids).await?.into_iter().map(|post| (post.id, post)).collect();
            subjects.reactions = by_post(posts::reaction_counts(db, &post_ids).await?);
            subjects.translations = by_original(translations::of_posts(db, &post_ids).await?);
        }
        let mut thread_ids = ids(entries, Subject::Thread);
        if !thread_ids.is_empty() {
            subjects.chats = sessions::by_threads(db, &thread_ids).await?.into_iter().collect();
        }
        thread_ids.extend(subjects.posts.values().map(|post| post.thread_id));
        thread_ids.sort_unstable();
        thread_ids.dedup();
        if !thread_ids.is_empty() {
            let rows = threads::by_ids(db, &thread_ids).await?;
            subjects.threads = rows.into_iter().map(|thread| (thread.id, thread)).collect();
        }
        let session_ids = ids(entries, Subject::Session);
        if !session_ids.is_empty() {
            let rows = sessions::by_ids(db, &session_ids).await?;
            subjects.sessions = rows.into_iter().map(|session| (session.id, session)).collect();
        }
        let floor_ids = ids(entries, Subject::Floor);
        if !floor_ids.is_empty() {
            subjects.floor_sessions = floor::sessions_of(db, &floor_ids).await?.into_iter().collect();
            let sessions: std::collections::HashSet<Uuid> =
                subjects.floor_sessions.values().copied().collect();
            for session in sessions {
                subjects.floors.insert(session, floor::at_once(db, session).await?);
            }
        }
        let delay_ids = ids(entries, Subject::Agenda);
        if !delay_ids.is_empty() {
            let rows = agenda::shifts_by_id(db, &delay_ids).await?;
            subjects.delays = rows.into_iter().map(|delay| (delay.id, delay)).collect();
            subjects.agenda = sessions::of_rooms(db, &[room]).await?;
        }
        let poll_ids = ids(entries, Subject::Poll);
        if !poll_ids.is_empty() {
            let rows = polls::by_ids(db, &poll_ids).await?;
            subjects.polls = rows.into_iter().map(|whole| (whole.poll.id, whole)).collect();
        }
        if !ids(entries, Subject::Room).is_empty() {
            subjects.rooms =
                rooms::by_ids(db, &[room]).await?.into_iter().map(|room| (room.id, room)).collect();
            let programmes: Vec<Uuid> =
                subjects.rooms.values().filter_map(|room| room.programme_id).collect();
            if !programmes.is_empty() {
                subjects.programmes = rooms::programmes_by_id(db, &programmes).await?;
            }
        }
        let member_ids = ids(entries, Subject::Member);
        if !member_ids.is_empty() {
            let rows = rooms::roles_of(db, &[room], &member_ids).await?;
            subjects.roles = rows.into_iter().map(|(_, member, role)| (member, role)).collect();
        }
        Ok(subjects)
    }

    fn translations(&self, post: Uuid) -> &[Translation] {
        self.translations.get(&post).map_or(&[], Vec::as_slice)
    }

    fn post_data(&self, id: Uuid, audience: Audience) -> Option<PostData<'_>> {
        let post = self.posts.get(&id)?;
        let reactions = self.reactions.get(&id).cloned().unwrap_or_default();
        Some(PostData {
            post: PostView::new(post, reactions, audience).with(self.translations(id), post),
            thread_state: self.threads.get(&post.thread_id)?.into(),
        })
    }

    fn line(&self, entry: &Entry) -> Result<Line> {
        let id = entry.subject_id;
        let gone = || RemovedEvent::of(entry);
        match entry.kind.subject() {
            Subject::Room => match self.rooms.get(&id) {
                Some(room) => {
                    let programme = self.programmes.iter().find(|p| Some(p.id) == room.programme_id);
                    for_all(entry, &RoomEvent { room: RoomSettings::new(room, programme) })
                }
                None => for_all(entry, &gone()),
            },
            Subject::Thread => match self.threads.get(&id) {
                Some(thread) => for_all(entry, &ThreadView::new(thread, self.chats.get(&id).copied())),
                None => for_all(entry, &gone()),
            },
            Subject::Session => match self.sessions.get(&id) {
                Some(session) => for_all(entry, &SessionView::from(session)),
                None => for_all(entry, &gone()),
            },
            Subject::Floor => match self.floor_sessions.get(&id).and_then(|session| self.floors.get(session))
            {
                Some(floor) => for_all(entry, &FloorView::new(floor)),
                None => for_all(entry, &gone()),
            },
            Subject::Agenda => match self.delays.get(&id) {
                Some(delay) => for_all(entry, &AgendaView::new(delay, &self.agenda)),
                None => for_all(entry, &gone()),
            },
            Subject::Poll => match self.polls.get(&id) {
                Some(poll) => for_all(entry, &PollView::new(poll)),
                None => for_all(entry, &gone()),
            },
            Subject::Member => match entry.kind {
                EntryKind::RoleGranted | EntryKind::RoleRevoked => {
                    for_all(entry, &RoleEvent { member_id: id, role: self.roles.get(&id).copied() })
                }
                // Whom a mute hits is for the desk and the member alone.
                _ => for_all(entry, &MuteEvent {}),
            },
            Subject::Question | Subject::Translation | Subject::TranscriptLine => self.question_line(entry),
            Subject::Post => {
                let none = Reactions::new();
                match self.posts.get(&id).and_then(|post| Some((post, self.threads.get(&post.thread_id)?))) {
                    Some((post, thread)) => {
                        let reactions = self.reactions.get(&id).unwrap_or(&none);
                        post_line(entry, post, reactions, self.translations(id), thread.into())
                    }
                    None => for_all(entry, &gone()),
                }
            }
        }
    }
}

/// The lines of any entries of one room, with their subjects as they are now.
///
/// # Errors
/// From the database.
pub async fn lines(db: &mut Db, room: Uuid, entries: &[Entry]) -> Result<Vec<Line>> {
    let subjects = Subjects::load(db, room, entries).await?;
    entries.iter().map(|entry| subjects.line(entry)).collect()
}
