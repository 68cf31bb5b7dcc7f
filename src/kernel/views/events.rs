//! Events: log entries as each audience sees them. Live delivery and replay use this one function,
//! so a client that was away sees exactly what it would have seen.
//!
//! An event carries the current view of its subject, without personal parts, so applying it twice
//! or late does no harm, and what was hidden since is gone from replay too.

use std::borrow::Cow;
use std::collections::HashMap;

use bytestring::ByteString;
use futures_util::future::BoxFuture;
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
use crate::kernel::domain::entries::{EntryKind, Subject};
use crate::kernel::domain::kinds::RoomRole;
use crate::kernel::log::event::{Audience, Committed};
use crate::kernel::models::Db;
use crate::kernel::models::agenda::{self, Shift};
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::rooms::{self, Programme, Room};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::models::threads::{self, Thread, ThreadStats};
use crate::kernel::models::translations::{self, Translation};

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
    /// The line of an entry with what everyone is told, and what the desk is told instead.
    ///
    /// # Errors
    /// Serialisation.
    pub fn new<T: Serialize>(entry: &Entry, everyone: &T, desk: Option<&T>) -> Result<Self> {
        let desk = desk.map(|desk| frame(entry, desk)).transpose()?;
        let withdraws = entry.kind.withdraws();
        Ok(Self { seq: entry.seq, withdraws, participant: frame(entry, everyone)?, desk })
    }

    /// The line of an entry whose subject is not there any more.
    fn gone(entry: &Entry) -> Result<Self> {
        Self::new(entry, &RemovedEvent::of(entry), None)
    }

    /// A line that says nothing but its number, for tests of its delivery.
    #[cfg(test)]
    pub fn bare(seq: i64) -> Self {
        Self { seq, withdraws: false, participant: seq.to_string().into(), desk: None }
    }

    /// How much memory its texts take.
    pub fn bytes(&self) -> usize {
        self.participant.len() + self.desk.as_ref().map_or(0, |desk| desk.len())
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

/// The part of a room that is the same for all its readers.
#[derive(Serialize, ToSchema)]
pub struct RoomEvent<'a> {
    room: RoomSettings<'a>,
}

/// An event about a role: the role that a member holds now.
#[derive(Serialize, ToSchema)]
pub struct RoleEvent {
    member_id: Uuid,
    /// Null for none.
    #[schema(required)]
    role: Option<RoomRole>,
}

/// An event about a mute or a role. Only the desk and the member are told whom it concerns.
#[derive(Serialize, ToSchema)]
pub struct MuteEvent {}

/// The subject of the event was removed.
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

fn post_line(
    entry: &Entry,
    post: &Post,
    reactions: &Reactions,
    translations: &[Translation],
    thread: ThreadState<'_>,
) -> Result<Line> {
    let data = |audience| PostData {
        post: PostView::new(post, reactions.clone(), audience).with(translations, post),
        thread_state: thread.clone(),
    };
    let desk = post.hidden_at.is_some().then(|| data(Audience::Desk));
    Line::new(entry, &data(Audience::Participant), desk.as_ref())
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
    /// The translations that are told.
    translated: HashMap<Uuid, Translation>,
    sessions: HashMap<Uuid, Session>,
    roles: HashMap<Uuid, RoomRole>,
    delays: HashMap<Uuid, Shift>,
    /// Of the room, where a delay is told.
    agenda: Vec<Session>,
}

/// The ids that entries about one kind of subject name, each once.
pub fn ids(entries: &[&Entry], subject: Subject) -> Vec<Uuid> {
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
    async fn load(db: &mut Db, room: Uuid, entries: &[&Entry]) -> Result<Self> {
        let mut subjects = Self::default();
        let translation_ids = ids(entries, Subject::Translation);
        if !translation_ids.is_empty() {
            let rows = translations::by_ids(db, &translation_ids).await?;
            subjects.translated = rows.into_iter().map(|row| (row.id, row)).collect();
        }
        let mut post_ids = ids(entries, Subject::Post);
        post_ids.extend(subjects.translated.values().filter_map(|row| row.post_id));
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
        let delay_ids = ids(entries, Subject::Agenda);
        if !delay_ids.is_empty() {
            let rows = agenda::shifts_by_id(db, &delay_ids).await?;
            subjects.delays = rows.into_iter().map(|delay| (delay.id, delay)).collect();
            subjects.agenda = sessions::of_rooms(db, &[room]).await?;
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

    /// The line of an entry; None when its subject is not there any more, or is not of the kernel.
    fn line(&self, entry: &Entry) -> Result<Option<Line>> {
        let id = entry.subject_id;
        Ok(match entry.kind.subject() {
            Subject::Room => match self.rooms.get(&id) {
                Some(room) => {
                    let programme = self.programmes.iter().find(|p| Some(p.id) == room.programme_id);
                    let settings = RoomSettings::new(room, programme);
                    Some(Line::new(entry, &RoomEvent { room: settings }, None)?)
                }
                None => None,
            },
            Subject::Thread => {
                let view = |thread| ThreadView::new(thread, self.chats.get(&id).copied());
                told(entry, self.threads.get(&id).map(view))?
            }
            Subject::Session => told(entry, self.sessions.get(&id).map(SessionView::from))?,
            Subject::Agenda => {
                told(entry, self.delays.get(&id).map(|delay| AgendaView::new(delay, &self.agenda)))?
            }
            Subject::Member => Some(match entry.kind {
                EntryKind::RoleGranted | EntryKind::RoleRevoked => {
                    let role = self.roles.get(&id).copied();
                    Line::new(entry, &RoleEvent { member_id: id, role }, None)?
                }
                // Whom a mute hits is for the desk and the member alone.
                _ => Line::new(entry, &MuteEvent {}, None)?,
            }),
            Subject::Translation => match self.translated.get(&id) {
                Some(translation) => self.translation_line(entry, translation)?,
                None => None,
            },
            Subject::Post => {
                let none = Reactions::new();
                match self.posts.get(&id).and_then(|post| Some((post, self.threads.get(&post.thread_id)?))) {
                    Some((post, thread)) => {
                        let reactions = self.reactions.get(&id).unwrap_or(&none);
                        Some(post_line(entry, post, reactions, self.translations(id), thread.into())?)
                    }
                    None => None,
                }
            }
            // Told by the features whose they are.
            _ => None,
        })
    }

    fn translation_line(&self, entry: &Entry, translation: &Translation) -> Result<Option<Line>> {
        let Some(post) = translation.post_id else { return Ok(None) };
        let event = |audience| TranslationEvent { id: translation.id, post: self.post_data(post, audience) };
        let everyone = event(Audience::Participant);
        let hidden = everyone.post.as_ref().is_some_and(|data| data.post.hidden.is_some());
        let desk = hidden.then(|| event(Audience::Desk));
        Line::new(entry, &everyone, desk.as_ref()).map(Some)
    }
}

/// A new or another translation of a post, with the post.
#[derive(Serialize, ToSchema)]
pub struct TranslationEvent<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<PostData<'a>>,
}

fn told<T: Serialize>(entry: &Entry, view: Option<T>) -> Result<Option<Line>> {
    view.map(|view| Line::new(entry, &view, None)).transpose()
}

/// What a feature tells of the log.
pub trait EventHook: Send + Sync {
    /// What entries may be about that the feature tells.
    fn subjects(&self) -> &'static [Subject];

    /// The name of the schema of what it tells of such a subject.
    fn data(&self, subject: Subject) -> Cow<'static, str>;

    /// The lines of entries about these subjects, as the subjects are now. It leaves out what is not its own
    /// or not there any more.
    fn lines<'a>(&'a self, db: &'a mut Db, entries: &'a [&'a Entry]) -> BoxFuture<'a, Result<Vec<Line>>>;
}

/// The lines of any entries of one room, with their subjects as they are now.
///
/// # Errors
/// From the database.
pub async fn lines(
    db: &mut Db,
    hooks: &[&'static dyn EventHook],
    room: Uuid,
    entries: &[Entry],
) -> Result<Vec<Line>> {
    let mut told: HashMap<i64, Line> = HashMap::new();
    for hook in hooks {
        let is_its = |entry: &&Entry| hook.subjects().contains(&entry.kind.subject());
        let its: Vec<&Entry> = entries.iter().filter(is_its).collect();
        if !its.is_empty() {
            told.extend(hook.lines(db, &its).await?.into_iter().map(|line| (line.seq, line)));
        }
    }
    let rest: Vec<&Entry> = entries.iter().filter(|entry| !told.contains_key(&entry.seq)).collect();
    let subjects = Subjects::load(db, room, &rest).await?;
    let line = |entry: &Entry| match told.remove(&entry.seq) {
        Some(line) => Ok(line),
        None => subjects.line(entry)?.map_or_else(|| Line::gone(entry), Ok),
    };
    entries.iter().map(line).collect()
}
