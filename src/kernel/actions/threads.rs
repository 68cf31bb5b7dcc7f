//! Creating and renaming threads, and read marks.

use uuid::Uuid;

use super::change::{Ctx, RoomTx};
use super::posting::keep_pace;
use super::tx::{client_id_reused, or_constraint};
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Attribution, Lang, ThreadKind};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, BODY_MAX, TITLE_MAX};
use crate::kernel::domain::writing::{may_write, moderates};
use crate::kernel::log::chain::digest;
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::members::Member;
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::threads::{self, Thread, ThreadChange};
use crate::kernel::models::{Db, read_marks, rooms};

/// A thread as its author sends it.
#[derive(Debug, Clone)]
pub struct NewThread {
    pub kind: ThreadKind,
    pub title: String,
    pub body: String,
    pub lang: Lang,
    pub attribution: Attribution,
    pub client_id: Uuid,
}

/// Opens a thread with its first post. The flag is false when it was opened before by the same
/// client id.
///
/// # Errors
/// Not found, not permitted, `room_closed`, `muted`, `slow_mode`, invalid, `client_id_reused`.
pub async fn create(ctx: &Ctx, actor: &Actor, room: Uuid, new: NewThread) -> Result<(Thread, Post, bool)> {
    let author = actor.member()?.id;
    ctx.access.room(actor, room, Action::Read).await?;
    if new.kind == ThreadKind::Chat {
        return Err(Error::invalid("kind", FieldCode::NotOffered));
    }
    let title = text::line("title", &new.title, TITLE_MAX)?;
    let body_md = text::block("body", &new.body, BODY_MAX)?;
    let body_html = markdown::render(&body_md)?;
    let hash = digest(&[
        room.as_bytes(),
        new.kind.as_str().as_bytes(),
        title.as_bytes(),
        body_md.as_bytes(),
        new.lang.as_str().as_bytes(),
        new.attribution.as_str().as_bytes(),
    ]);
    if let Some(found) = earlier(&mut *ctx.db.get().await?, author, new.client_id, &hash).await? {
        return Ok(found);
    }
    ctx.change(actor, room, Action::CreateThread, async |change| {
        if let Some(found) = earlier(change.db(), author, new.client_id, &hash).await? {
            return Ok(found);
        }
        check_slow_mode(change).await?;
        let voice = ShownAuthor::of(&change.member, new.attribution);
        let text = Text { title, body_md, body_html };
        let (thread, post) = open(change, &new, voice, text, hash).await?;
        Ok((thread, post, true))
    })
    .await
}

/// The author of a thread's first post, with the attribution that is shown.
pub(crate) struct ShownAuthor {
    pub id: Uuid,
    pub attribution: Attribution,
    pub name: String,
    pub organisation: String,
    pub constituency: String,
    pub confirmed: bool,
    /// The question of a session that goes on here.
    pub question: Option<Uuid>,
}

impl ShownAuthor {
    fn of(member: &Member, attribution: Attribution) -> Self {
        Self {
            id: member.id,
            attribution,
            name: member.display_name.clone(),
            organisation: member.organisation.clone(),
            constituency: member.constituency.clone(),
            confirmed: member.confirmed_at.is_some(),
            question: None,
        }
    }
}

/// A checked title, and a checked and rendered text.
pub(crate) struct Text {
    pub title: String,
    pub body_md: String,
    pub body_html: String,
}

/// Writes a thread and its first post, with their entries.
pub(crate) async fn open(
    change: &mut RoomTx,
    new: &NewThread,
    voice: ShownAuthor,
    text: Text,
    hash: [u8; 32],
) -> Result<(Thread, Post)> {
    let seq = change.next_seq()?;
    let thread = make_thread(change, new, voice, text.title, seq, hash);
    or_constraint(
        threads::insert(change.db(), &thread).await,
        "threads_author_id_client_id_key",
        client_id_reused,
    )?;
    change.log(EntryKind::ThreadCreated, thread.id, &[thread.title.as_bytes()])?;
    let post = first_post(&thread, text.body_md, text.body_html, seq + 1);
    or_constraint(
        posts::insert(change.db(), &post).await,
        "posts_author_id_client_id_key",
        client_id_reused,
    )?;
    change.log_digest(EntryKind::PostCreated, post.id, text_digest(&post.salt, &post.body_md))?;
    Ok((thread, post))
}

async fn earlier(
    db: &mut Db,
    author: Uuid,
    client_id: Uuid,
    hash: &[u8],
) -> Result<Option<(Thread, Post, bool)>> {
    let Some(thread) = threads::by_client_id(db, author, client_id).await? else { return Ok(None) };
    if thread.request_hash != hash {
        return Err(client_id_reused());
    }
    let mut first = posts::page(db, thread.id, posts::Span::After(0), 1).await?;
    let post = first.pop().ok_or(Error::NotFound)?;
    Ok(Some((thread, post, false)))
}

async fn check_slow_mode(change: &mut RoomTx) -> Result<()> {
    let interval = change.state.room.slow_mode_s;
    if interval == 0 || moderates(change.role()) {
        return Ok(());
    }
    let (room, member) = (change.state.room.id, change.member.id);
    let last = rooms::last_post_at(change.db(), room, member).await?;
    keep_pace(interval, last, change.at)
}

fn make_thread(
    change: &RoomTx,
    new: &NewThread,
    author: ShownAuthor,
    title: String,
    seq: i64,
    hash: [u8; 32],
) -> Thread {
    let mut counts = serde_json::Map::new();
    counts.insert(author.constituency.clone(), 1.into());
    Thread {
        id: Uuid::now_v7(),
        room_id: change.state.room.id,
        kind: new.kind,
        title,
        lang: new.lang,
        seq,
        author_id: author.id,
        attribution: author.attribution,
        author_name: author.name,
        author_organisation: author.organisation,
        constituency: author.constituency,
        author_confirmed: author.confirmed,
        locked: false,
        pinned: false,
        post_count: 1,
        last_post_seq: seq + 1,
        last_post_at: change.at,
        counts: counts.into(),
        client_id: new.client_id,
        request_hash: hash.to_vec(),
        created_at: change.at,
        question_id: author.question,
        review_first: false,
    }
}

fn first_post(thread: &Thread, body_md: String, body_html: String, seq: i64) -> Post {
    Post {
        id: Uuid::now_v7(),
        room_id: thread.room_id,
        thread_id: thread.id,
        parent_id: None,
        depth: 0,
        seq,
        author_id: thread.author_id,
        attribution: thread.attribution,
        author_name: thread.author_name.clone(),
        author_organisation: thread.author_organisation.clone(),
        constituency: thread.constituency.clone(),
        author_confirmed: thread.author_confirmed,
        lang: thread.lang,
        body_md,
        body_html,
        salt: rand::random::<[u8; 16]>().to_vec(),
        client_id: thread.client_id,
        request_hash: thread.request_hash.clone(),
        created_at: thread.created_at,
        edited_at: None,
        revision: 1,
        hidden_at: None,
        hidden_reason: None,
        hidden_note: None,
        hidden_by: None,
        number: 1,
    }
}

/// Renames a thread: its author may, and a moderator.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn rename(ctx: &Ctx, actor: &Actor, id: Uuid, title: &str) -> Result<Thread> {
    let (room, _) = ctx.access.thread(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::CreateThread, async |change| {
        let title = text::line("title", title, TITLE_MAX)?;
        let thread = threads::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        if thread.author_id != change.member.id && !moderates(change.role()) {
            return Err(Code::NotPermitted.into());
        }
        // A title waits for no moderator.
        may_write(thread.rules(), change.role(), true)?;
        if thread.title == title {
            return Ok(thread);
        }
        change.log(EntryKind::ThreadEdited, id, &[title.as_bytes()])?;
        let new = ThreadChange { title: Some(title), ..ThreadChange::default() };
        Ok(threads::update(change.db(), id, &new).await?)
    })
    .await
}

/// How many posts may be noted as seen at once.
const SEEN_MAX: usize = 200;

/// Notes what a member has read: all up to a number, and posts above it. Personal: it leaves no entry in the log.
///
/// # Errors
/// Not found; not signed in; `too_many` posts at once.
pub async fn mark_read(ctx: &Ctx, actor: &Actor, thread: Uuid, seq: i64, seen: &[i64]) -> Result<()> {
    let member = actor.member()?.id;
    let (room, thread) = ctx.access.thread(actor, thread, Action::Read).await?;
    if seen.len() > SEEN_MAX {
        return Err(Error::invalid("seen", FieldCode::TooMany));
    }
    let head = ctx.access.head(room.room.id).await?;
    let mut db = ctx.db.get().await?;
    if seq > 0 || seen.is_empty() {
        read_marks::raise(&mut db, member, thread, seq.clamp(0, head)).await?;
    }
    if !seen.is_empty() {
        read_marks::see(&mut db, member, thread, seen).await?;
    }
    drop(db);
    ctx.access.own_changed(member);
    Ok(())
}
