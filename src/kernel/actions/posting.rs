//! The writer of posts: gathers what many people post and commits it together.
//!
//! A disk takes some hundred commits a second, a summit may post more. One task a node takes all
//! posts that wait, of whatever room, and writes them in one transaction: it locks the rooms in
//! order of id, reads everything the rules need under those locks, numbers what is allowed, and
//! commits once. A post that spoils its batch is tried again alone, so it can only spoil itself.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::tx::{BUSY, Transaction, client_id_reused, of_room, publish};
use crate::db::Pool;
use crate::error::{Code, Error, Refusal, Result};
use crate::kernel::access::{Access, RoomState};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::domain::slow_mode;
use crate::kernel::domain::writing::{may_write, moderates};
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::event::{Committed, Draft, Publisher};
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::threads::{self, Thread, ThreadStats};
use crate::kernel::models::{Db, moderation, rooms};

/// Posts that may wait; more are answered 503.
const WAITING_MAX: usize = 2_048;
/// Posts in one transaction.
const BATCH_MAX: usize = 256;

/// Longest time for one transaction.
const BATCH_TIME: Duration = Duration::from_secs(10);
/// Longest time for all posts of a batch that failed, each tried alone.
const ONE_BY_ONE: Duration = Duration::from_secs(20);

/// A post as it was composed, checked and rendered, but without a place in the log.
#[derive(Debug, Clone)]
pub struct Composed {
    pub room: Uuid,
    pub thread: Uuid,
    pub parent: Option<Uuid>,
    pub author: Uuid,
    pub attribution: Attribution,
    pub lang: Lang,
    pub body_md: String,
    pub body_html: String,
    pub client_id: Uuid,
    pub request_hash: [u8; 32],
    pub salt: [u8; 16],
    /// A moderator has seen it: it does not wait again.
    pub reviewed: bool,
}

/// What became of a composed post.
#[derive(Debug, Clone)]
pub struct Posted {
    pub post: Post,
    /// False when the same client id had made it before.
    pub is_new: bool,
}

struct Waiting {
    composed: Arc<Composed>,
    reply: oneshot::Sender<Result<Posted>>,
}

/// What the writer works with.
#[derive(Clone)]
pub struct Writer {
    pub db: Pool,
    pub access: Arc<Access>,
    pub publisher: Arc<dyn Publisher>,
}

/// The way to the writer.
#[derive(Clone, Default)]
pub struct Posting {
    queue: Arc<OnceLock<mpsc::Sender<Waiting>>>,
}

impl Posting {
    /// Starts the writer. It ends when the last `Posting` is gone.
    pub fn start(&self, writer: Writer) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        if self.queue.set(sender).is_ok() {
            tokio::spawn(write_all(writer, receiver));
        }
    }

    /// Has a post written. Answers after COMMIT.
    ///
    /// # Errors
    /// What the rules say, `client_id_reused`, or busy.
    pub async fn post(&self, composed: Composed) -> Result<Posted> {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.get().ok_or(Code::Busy.after(BUSY))?;
        queue
            .try_send(Waiting { composed: Arc::new(composed), reply })
            .map_err(|_| Code::Busy.after(BUSY))?;
        answer.await.map_err(|_| Code::Busy.after(BUSY))?
    }
}

async fn write_all(writer: Writer, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let (composed, replies): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|waiting| (waiting.composed, waiting.reply)).unzip();
        let until = Instant::now() + BATCH_TIME;
        let outcomes = match in_time(until, write_batch(&writer, &composed)).await {
            Ok(outcomes) => outcomes,
            Err(_) => write_one_by_one(&writer, &composed, Instant::now() + ONE_BY_ONE).await,
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // Nobody waits any more: the post stands, a retry will find it.
            let _ = reply.send(outcome);
        }
    }
}

/// One batch must not hold up all posts of this node for ever. What was cut off is rolled back, or
/// found by its client id when it is sent again.
async fn in_time<T>(until: Instant, batch: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout_at(until, batch).await.unwrap_or(Err(Code::Unavailable.after(BUSY)))
}

/// Until a moment for all of them: where the database is silent, each one would wait in vain.
async fn write_one_by_one(
    writer: &Writer,
    composed: &[Arc<Composed>],
    until: Instant,
) -> Vec<Result<Posted>> {
    let mut outcomes = Vec::with_capacity(composed.len());
    for one in composed {
        let mut outcome = in_time(until, write_batch(writer, std::slice::from_ref(one))).await;
        let again = |error: &Error| {
            matches!(error.code(), Code::Internal | Code::Unavailable) && !error.is_exhausted()
        };
        if outcome.as_ref().is_err_and(again) {
            // Another node wrote the same client id first: now it is found. Or the connection was an
            // old one, as after a restart of the database.
            outcome = in_time(until, write_batch(writer, std::slice::from_ref(one))).await;
        }
        outcomes.push(match outcome {
            Ok(mut outcomes) => outcomes.pop().unwrap_or(Err(Code::Busy.after(BUSY))),
            Err(error) => Err(error),
        });
    }
    outcomes
}

/// Writes posts in one transaction; each gets its own outcome.
async fn write_batch(writer: &Writer, composed: &[Arc<Composed>]) -> Result<Vec<Result<Posted>>> {
    let mut open = Transaction::begin(&writer.db).await?;
    let outcome = number_and_write(&mut open.conn, composed).await;
    let (outcomes, committed) = open.end(outcome).await?;
    for committed in committed {
        publish(&writer.access, &*writer.publisher, committed);
    }
    Ok(outcomes)
}

async fn number_and_write(
    db: &mut Db,
    composed: &[Arc<Composed>],
) -> Result<(Vec<Result<Posted>>, Vec<Committed>)> {
    let mut numbers = Numbers::lock(db, &distinct(composed.iter().map(|one| one.room))).await?;
    let mut known = BatchFacts::load(db, composed).await?;
    let at = now();
    let mut outcomes = Vec::with_capacity(composed.len());
    let mut made: Vec<(Post, ThreadStats)> = Vec::with_capacity(composed.len());
    for one in composed {
        let outcome = known.admit(one, at).and_then(|admitted| match admitted {
            Admitted::Again(post) => Ok(Posted { post: *post, is_new: false }),
            Admitted::New { depth } => {
                let seq = numbers.next(one.room)?;
                let post = known.make(one, depth, seq, at)?;
                let digest = text_digest(&post.salt, &post.body_md);
                let draft =
                    Draft { kind: EntryKind::PostCreated, subject: post.id, actor: Some(one.author), digest };
                numbers.add(one.room, &draft, at)?;
                made.push((post.clone(), known.count(&post)?));
                Ok(Posted { post, is_new: true })
            }
        });
        outcomes.push(outcome);
    }
    if made.is_empty() {
        return Ok((outcomes, Vec::new()));
    }
    posts::insert_many(db, &made.iter().map(|(post, _)| post).collect::<Vec<_>>()).await?;
    threads::set_stats(db, &known.changed_stats()).await?;
    let entries = numbers.write(db).await?;
    let committed = distinct(made.iter().map(|(post, _)| post.room_id))
        .into_iter()
        .map(|room| Committed {
            room,
            entries: of_room(room, &entries),
            posts: made.iter().filter(|(post, _)| post.room_id == room).cloned().collect(),
        })
        .collect();
    Ok((outcomes, committed))
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

enum Admitted {
    Again(Box<Post>),
    New { depth: i32 },
}

/// All that the rules need for a batch, read under the locks.
struct BatchFacts {
    rooms: HashMap<Uuid, RoomState>,
    threads: HashMap<Uuid, (Thread, bool)>,
    members: HashMap<Uuid, Member>,
    parents: HashMap<Uuid, (Uuid, i32)>,
    /// (author, client id) → post.
    before: HashMap<(Uuid, Uuid), Post>,
    /// (room, author) → time of the newest post, in rooms in slow mode.
    last: HashMap<(Uuid, Uuid), DateTime<Utc>>,
}

impl BatchFacts {
    async fn load(db: &mut Db, composed: &[Arc<Composed>]) -> Result<Self> {
        let room_ids = distinct(composed.iter().map(|one| one.room));
        let authors = distinct(composed.iter().map(|one| one.author));
        let mut states: HashMap<Uuid, RoomState> = rooms::by_ids(db, &room_ids)
            .await?
            .into_iter()
            .map(|room| (room.id, RoomState { room, roles: HashMap::new(), mutes: HashMap::new() }))
            .collect();
        for (room, member, role) in rooms::roles_of(db, &room_ids, &authors).await? {
            states.get_mut(&room).map(|state| state.roles.insert(member, role));
        }
        for (room, member, until) in moderation::mutes_of(db, &room_ids, &authors).await? {
            states.get_mut(&room).map(|state| state.mutes.insert(member, until));
        }
        let thread_rows = threads::by_ids(db, &distinct(composed.iter().map(|one| one.thread))).await?;
        let keys: Vec<(Uuid, Uuid)> = composed.iter().map(|one| (one.author, one.client_id)).collect();
        let parent_ids = distinct(composed.iter().filter_map(|one| one.parent));
        let parents =
            if parent_ids.is_empty() { Vec::new() } else { posts::parents(db, &parent_ids).await? };
        let slow: Vec<(Uuid, Uuid)> = composed
            .iter()
            .filter(|one| states.get(&one.room).is_some_and(|state| state.room.slow_mode_s > 0))
            .map(|one| (one.room, one.author))
            .collect();
        let last = if slow.is_empty() { Vec::new() } else { posts::last_times(db, &slow).await? };
        Ok(Self {
            rooms: states,
            threads: thread_rows.into_iter().map(|thread| (thread.id, (thread, false))).collect(),
            members: members::by_ids(db, &authors)
                .await?
                .into_iter()
                .map(|member| (member.id, member))
                .collect(),
            parents: parents.into_iter().map(|(id, thread, depth)| (id, (thread, depth))).collect(),
            before: posts::by_client_ids(db, &keys)
                .await?
                .into_iter()
                .map(|post| ((post.author_id, post.client_id), post))
                .collect(),
            last: last.into_iter().map(|(room, author, at)| ((room, author), at)).collect(),
        })
    }

    fn admit(&self, one: &Composed, at: DateTime<Utc>) -> Result<Admitted> {
        let state = self.rooms.get(&one.room).ok_or(Error::NotFound)?;
        let member = self.members.get(&one.author).ok_or(Error::NotSignedIn)?;
        let actor = permissions::Actor { member: Some(state.person(member)) };
        permissions::may(actor, Action::Read, state.rules())?;
        // A repeat is answered even when the room was closed meanwhile: the post was accepted.
        if let Some(post) = self.before.get(&(one.author, one.client_id)) {
            return if post.request_hash == one.request_hash && post.thread_id == one.thread {
                Ok(Admitted::Again(Box::new(post.clone())))
            } else {
                Err(client_id_reused())
            };
        }
        permissions::may(actor, Action::CreatePost, state.rules())?;
        let (thread, _) = self.threads.get(&one.thread).ok_or(Error::NotFound)?;
        if thread.room_id != one.room {
            return Err(Error::NotFound);
        }
        let role = permissions::effective_role(actor, state.rules());
        may_write(thread.rules(), role, one.reviewed)?;
        let last = self.last.get(&(one.room, one.author)).copied();
        if !moderates(role) && !one.reviewed {
            keep_pace(state.room.slow_mode_s, last, at)?;
        }
        let depth = match one.parent {
            None => 0,
            Some(parent) => match self.parents.get(&parent) {
                Some((thread, depth)) if *thread == one.thread => depth + 1,
                _ => return Err(Error::invalid("parent_id", FieldCode::NotInThread)),
            },
        };
        Ok(Admitted::New { depth })
    }

    fn make(&self, one: &Composed, depth: i32, seq: i64, at: DateTime<Utc>) -> Result<Post> {
        let author = self.members.get(&one.author).ok_or(Error::NotSignedIn)?;
        let (thread, _) = self.threads.get(&one.thread).ok_or(Error::NotFound)?;
        Ok(Post {
            id: Uuid::now_v7(),
            room_id: one.room,
            thread_id: one.thread,
            parent_id: one.parent,
            depth,
            seq,
            author_id: author.id,
            attribution: one.attribution,
            author_name: author.display_name.clone(),
            author_organisation: author.organisation.clone(),
            constituency: author.constituency.clone(),
            author_confirmed: author.confirmed_at.is_some(),
            lang: one.lang,
            body_md: one.body_md.clone(),
            body_html: one.body_html.clone(),
            salt: one.salt.to_vec(),
            client_id: one.client_id,
            request_hash: one.request_hash.to_vec(),
            created_at: at,
            edited_at: None,
            revision: 1,
            hidden_at: None,
            hidden_reason: None,
            hidden_note: None,
            hidden_by: None,
            number: thread.post_count + 1,
        })
    }

    /// Counts a new post in, so that the next of the same batch sees it.
    fn count(&mut self, post: &Post) -> Result<ThreadStats> {
        self.before.insert((post.author_id, post.client_id), post.clone());
        self.last.insert((post.room_id, post.author_id), post.created_at);
        let (thread, changed) = self.threads.get_mut(&post.thread_id).ok_or(Error::NotFound)?;
        *changed = true;
        thread.post_count += 1;
        thread.last_post_seq = post.seq;
        thread.last_post_at = post.created_at;
        let count = thread.counts.get(&post.constituency).and_then(Value::as_i64).unwrap_or(0) + 1;
        thread.counts[&post.constituency] = count.into();
        Ok(stats(thread))
    }

    fn changed_stats(&self) -> Vec<ThreadStats> {
        self.threads.values().filter(|(_, changed)| *changed).map(|(thread, _)| stats(thread)).collect()
    }
}

fn stats(thread: &Thread) -> ThreadStats {
    ThreadStats {
        id: thread.id,
        post_count: thread.post_count,
        last_post_seq: thread.last_post_seq,
        last_post_at: thread.last_post_at,
        counts: thread.counts.clone(),
    }
}

/// Slow mode: not so soon after the last post.
///
/// # Errors
/// `slow_mode`, with the time to wait.
pub(super) fn keep_pace(slow_mode_s: i32, last: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Result<()> {
    slow_mode::wait(slow_mode_s, last, at).map_or(Ok(()), |wait| {
        let text = format!("Slow mode: one post in {slow_mode_s} seconds.");
        let wait = Some(wait.to_std().unwrap_or_default());
        Err(Error::Refused(Refusal { message: Some(text.into()), wait, ..Code::SlowMode.refusal() }))
    })
}
