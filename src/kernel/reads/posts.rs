//! Pages of posts: by number or as a reply tree, written once for all who read them.

mod own;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use uuid::Uuid;

use super::gzip::GzipPrefix;
use super::{Reads, json};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::{Access, Actor, Head};
use crate::kernel::domain::tree::{self, Node};
use crate::kernel::log::event::Audience;
use crate::kernel::models::posts::{self, Post, Span};
use crate::kernel::models::{Db, translations};
use crate::kernel::views::posts::{PostView, by_post};
use crate::kernel::views::translations::by_original;
use crate::loader::{Loader, Size};
use own::{OwnKey, OwnPart};

/// Which posts of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    After(i64),
    Before(i64),
    TreeAfter(i64),
    TreeBefore(i64),
}

impl Part {
    fn is_of_tree(self) -> bool {
        matches!(self, Self::TreeAfter(_) | Self::TreeBefore(_))
    }
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageKey {
    pub room: Uuid,
    pub thread: Uuid,
    pub audience: Audience,
    pub part: Part,
    pub limit: i64,
}

/// A page as everyone of its audience gets it.
struct Written {
    head: i64,
    /// The JSON object without its end.
    public: Bytes,
    gzip: OnceLock<GzipPrefix>,
    posts: Arc<[Uuid]>,
    /// New posts of the thread are not on it.
    is_closed: bool,
}

impl Written {
    /// True when nothing has happened to its posts since, nor a new one come that belongs on it.
    fn stands(&self, head: Head, posted: i64) -> bool {
        self.head >= head.changed && (self.is_closed || self.head >= posted)
    }
}

/// A page for one caller, in two parts: joining them would copy a whole page for every reader.
pub struct PageOfPosts {
    page: Arc<Written>,
    end: Bytes,
}

impl PageOfPosts {
    /// The JSON.
    pub fn json(&self) -> [Bytes; 2] {
        [self.page.public.clone(), self.end.clone()]
    }

    /// The JSON in gzip.
    pub fn gzip(&self) -> [Bytes; 2] {
        let begun = self.page.gzip.get_or_init(|| GzipPrefix::new(&self.page.public));
        [begun.bytes.clone(), begun.end(&self.end)]
    }
}

/// The order of a thread's reply tree, and the number of the log that it is as new as.
struct Tree {
    head: i64,
    nodes: Vec<Node>,
}

pub(super) struct Pages {
    written: Loader<PageKey, Written>,
    /// (room, thread)
    trees: Arc<Loader<(Uuid, Uuid), Tree>>,
    own: Loader<OwnKey, OwnPart>,
}

impl Pages {
    /// Some 64 MB of pages at most.
    pub fn new(pool: &Pool, access: &Arc<Access>) -> Self {
        let trees = Arc::new(Loader::new(Size { kept: 200, lanes: 2, batch: 4 }, {
            let (pool, access) = (pool.clone(), access.clone());
            move |keys| load_trees(pool.clone(), access.clone(), keys)
        }));
        // Compressed, a page takes a fifth more.
        let weigh = |page: &Written| u32::try_from(page.public.len() * 5 / 4).unwrap_or(u32::MAX);
        let written = Loader::weighed(Size { kept: 64 << 20, lanes: 3, batch: 4 }, weigh, {
            let (pool, access, trees) = (pool.clone(), access.clone(), trees.clone());
            move |keys| load_pages(pool.clone(), access.clone(), trees.clone(), keys)
        });
        Self { written, trees, own: own::loader(pool) }
    }
}

async fn load_trees(
    pool: Pool,
    access: Arc<Access>,
    keys: Vec<(Uuid, Uuid)>,
) -> Result<HashMap<(Uuid, Uuid), Tree>> {
    let mut trees = HashMap::new();
    for (room, thread) in keys {
        // Before its posts: a tree is never older than it says.
        let head = access.head(room).await?;
        let nodes = posts::tree(&mut *pool.get().await?, thread).await?;
        let nodes = tree::depth_first(&nodes).into_iter().map(|at| nodes[at]).collect();
        trees.insert((room, thread), Tree { head, nodes });
    }
    Ok(trees)
}

async fn load_pages(
    pool: Pool,
    access: Arc<Access>,
    trees: Arc<Loader<(Uuid, Uuid), Tree>>,
    keys: Vec<PageKey>,
) -> Result<HashMap<PageKey, Written>> {
    let mut pages = HashMap::new();
    for key in keys {
        let head = access.head(key.room).await?;
        let tree = match key.part.is_of_tree() {
            true => trees.get(&(key.room, key.thread), |tree| tree.head >= head).await?,
            false => None,
        };
        let mut db = pool.get().await?;
        let page = match (&tree, key.part) {
            (Some(tree), part) => of_tree(&mut db, &tree.nodes, part, key.limit).await?,
            (None, part) => by_number(&mut db, key.thread, part, key.limit).await?,
        };
        let is_closed = page.next.is_some() && !key.part.is_of_tree();
        let written = write(&mut db, page, key.audience, (head, is_closed)).await?;
        pages.insert(key, written);
    }
    Ok(pages)
}

/// Posts of a page, and the cursors before and after it.
struct Page {
    rows: Vec<Post>,
    /// Where the first of them stands in the thread, from 1.
    position: i64,
    prev: Option<i64>,
    next: Option<i64>,
}

impl Page {
    fn new(rows: Vec<Post>, more_before: bool, more_after: bool) -> Self {
        let prev = rows.first().filter(|_| more_before).map(|post| post.seq);
        let next = rows.last().filter(|_| more_after).map(|post| post.seq);
        let position = rows.first().map_or(0, |post| i64::from(post.number));
        Self { rows, position, prev, next }
    }
}

async fn by_number(db: &mut Db, thread: Uuid, part: Part, limit: i64) -> Result<Page> {
    Ok(match part {
        Part::Before(seq) | Part::TreeBefore(seq) => {
            let mut rows = posts::page(db, thread, Span::Before(seq), limit + 1).await?;
            let more = rows.len() as i64 > limit;
            if more {
                rows.remove(0);
            }
            Page::new(rows, more, seq != i64::MAX)
        }
        Part::After(seq) | Part::TreeAfter(seq) => {
            let mut rows = posts::page(db, thread, Span::After(seq), limit + 1).await?;
            let more = rows.len() as i64 > limit;
            rows.truncate(limit as usize);
            Page::new(rows, seq > 0, more)
        }
    })
}

async fn of_tree(db: &mut Db, order: &[Node], part: Part, limit: i64) -> Result<Page> {
    let (from, to) = window(order, part, limit as usize);
    let ids: Vec<Uuid> = order[from..to].iter().map(|node| node.id).collect();
    let mut rows = posts::by_ids(db, &ids).await?;
    let place: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    rows.sort_by_key(|post| place.get(&post.id).copied());
    let position = if rows.is_empty() { 0 } else { from as i64 + 1 };
    Ok(Page { position, ..Page::new(rows, from > 0, to < order.len()) })
}

fn window(order: &[Node], part: Part, limit: usize) -> (usize, usize) {
    let place = |seq: i64| order.iter().position(|node| node.seq == seq);
    match part {
        Part::TreeBefore(seq) | Part::Before(seq) => {
            let to = place(seq).unwrap_or(order.len());
            (to.saturating_sub(limit), to)
        }
        Part::TreeAfter(seq) | Part::After(seq) => {
            let from = place(seq).map_or(0, |at| at + 1);
            (from, (from + limit).min(order.len()))
        }
    }
}

async fn write(
    db: &mut Db,
    page: Page,
    audience: Audience,
    (head, is_closed): (i64, bool),
) -> Result<Written> {
    let ids: Arc<[Uuid]> = page.rows.iter().map(|post| post.id).collect();
    let mut counts = by_post(posts::reaction_counts(db, &ids).await?);
    let translated = by_original(translations::of_posts(db, &ids).await?);
    let items = page.rows.iter().map(|post| {
        let translations = translated.get(&post.id).map_or(&[][..], Vec::as_slice);
        let reactions = counts.remove(&post.id).unwrap_or_default();
        PostView::new(post, reactions, audience).with(translations, post)
    });
    let items: Vec<PostView<'_>> = items.collect();
    let mut public = json(&serde_json::json!({
        "items": items,
        "next": page.next.map(|seq| seq.to_string()),
        "prev": page.prev.map(|seq| seq.to_string()),
        "position": page.position,
    }))?;
    public.pop();
    Ok(Written { head, public: public.into(), gzip: OnceLock::new(), posts: ids, is_closed })
}

impl Reads {
    /// A page of posts for a caller who may read it.
    ///
    /// # Errors
    /// Not found when the room is gone; the database is not available.
    pub async fn posts(&self, actor: &Actor, key: PageKey) -> Result<PageOfPosts> {
        // In this order: of each post up to that head it is known by then which thread it is in.
        let head = self.access.known_head(key.room).await?;
        let posted = self.access.posted(key.thread);
        let page = self.posts.written.get(&key, |page| page.stands(head, posted)).await?;
        let page = page.ok_or(Error::NotFound)?;
        let own = self.own_part(actor, key, &page).await?;
        let head = format!(",\"head_seq\":{},\"mine\":", head.seq.max(page.head));
        let end = [head.as_bytes(), &own, b"}"].concat().into();
        Ok(PageOfPosts { page, end })
    }

    /// The part of a thread's tree that has the post with this number in its middle: or the next one
    /// that was written, not the next in the tree.
    ///
    /// # Errors
    /// Not found when the room is gone; the database is not available.
    pub async fn around_in_tree(&self, room: Uuid, thread: Uuid, seq: i64, limit: i64) -> Result<Part> {
        let head = self.access.head(room).await?;
        let tree = self.posts.trees.get(&(room, thread), |tree| tree.head >= head).await?;
        let tree = tree.ok_or(Error::NotFound)?;
        let from = tree.nodes.iter().enumerate().filter(|(_, node)| node.seq >= seq);
        let at = from.min_by_key(|(_, node)| node.seq).map_or(tree.nodes.len(), |(at, _)| at);
        let start = at.saturating_sub(limit as usize / 2);
        Ok(Part::TreeAfter(start.checked_sub(1).map_or(0, |before| tree.nodes[before].seq)))
    }

    /// The first post that a caller has not read, by number or in the order of replies. Of many that are unread,
    /// only the oldest count.
    ///
    /// # Errors
    /// Not found when the room is gone; the database is not available.
    pub async fn first_unread(
        &self,
        actor: &Actor,
        (room, thread): (Uuid, Uuid),
        as_tree: bool,
    ) -> Result<Option<i64>> {
        let Some(member) = actor.id() else { return Ok(None) };
        let head = self.access.head(room).await?;
        let unread = self.unread_seqs(member, (room, thread), head).await?;
        if !as_tree || unread.len() < 2 {
            return Ok(unread.first().copied());
        }
        let tree = self.posts.trees.get(&(room, thread), |tree| tree.head >= head).await?;
        let tree = tree.ok_or(Error::NotFound)?;
        Ok(tree.nodes.iter().map(|node| node.seq).find(|seq| unread.binary_search(seq).is_ok()))
    }

    /// The part of a thread that has the post with this number in its middle.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn around(&self, thread: Uuid, seq: i64, limit: i64) -> Result<Part> {
        let mut db = self.pool.get().await?;
        let half = posts::page(&mut db, thread, Span::Before(seq), limit / 2 + 1).await?;
        Ok(match half.first() {
            Some(first) if half.len() as i64 > limit / 2 => Part::After(first.seq),
            _ => Part::After(0),
        })
    }
}
