//! Threads and lists of threads with the caller's own part.

use std::collections::HashMap;

use uuid::Uuid;

use super::Reads;
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::kinds::ThreadKind;
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::thread_list::{self, Listing, Place, Sort};
use crate::kernel::models::threads::{self, Thread};
use crate::kernel::models::{rooms, sessions};
use crate::kernel::views::threads::MyThreadView;
use crate::loader::{Loader, Size};

/// What everyone sees of a thread.
struct ThreadFacts {
    head: i64,
    thread: Thread,
    /// Whose chat it is.
    session: Option<Uuid>,
}

/// A page of threads as everyone sees it.
struct PageFacts {
    head: i64,
    threads: Vec<Thread>,
    /// Thread → the session whose chat it is.
    chats: HashMap<Uuid, Uuid>,
    /// Where the page ends, if more follow.
    end: Option<ListEnd>,
}

/// Where a page of threads ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListEnd {
    pub last: Place,
    /// The number of the log as of which the list is in order: that of its first page.
    pub as_of: i64,
}

/// Which threads of a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ThreadList {
    pub room: Uuid,
    pub sort: Sort,
    pub kind: Option<ThreadKind>,
    /// Where the page before ended.
    pub after: Option<ListEnd>,
    pub limit: i64,
    /// Only threads with posts that this member has not read.
    pub unread_by: Option<Uuid>,
}

pub(super) struct Facts {
    /// (room, thread)
    threads: Loader<(Uuid, Uuid), ThreadFacts>,
    pages: Loader<ThreadList, PageFacts>,
}

impl Facts {
    pub fn new(pool: &Pool) -> Self {
        let (of_pages, of_threads) = (pool.clone(), pool.clone());
        let threads = Size { kept: 20_000, lanes: 2, batch: 200 };
        let pages = Size { kept: 2_000, lanes: 3, batch: 8 };
        Self {
            threads: Loader::new(threads, move |keys| load_threads(of_threads.clone(), keys)),
            pages: Loader::new(pages, move |keys| load_pages(of_pages.clone(), keys)),
        }
    }
}

async fn load_threads(pool: Pool, keys: Vec<(Uuid, Uuid)>) -> Result<HashMap<(Uuid, Uuid), ThreadFacts>> {
    let (rooms, ids): (Vec<Uuid>, Vec<Uuid>) = keys.into_iter().unzip();
    let mut db = pool.get().await?;
    // First: what is read after the heads may be newer than they say, never older.
    let heads: HashMap<Uuid, i64> = rooms::heads(&mut db, &rooms).await?.into_iter().collect();
    let chats: HashMap<Uuid, Uuid> = sessions::by_threads(&mut db, &ids).await?.into_iter().collect();
    let found = threads::by_ids(&mut db, &ids).await?;
    let facts = |thread: Thread| {
        let key = (thread.room_id, thread.id);
        let head = *heads.get(&thread.room_id)?;
        Some((key, ThreadFacts { head, session: chats.get(&thread.id).copied(), thread }))
    };
    Ok(found.into_iter().filter_map(facts).collect())
}

async fn load_pages(pool: Pool, keys: Vec<ThreadList>) -> Result<HashMap<ThreadList, PageFacts>> {
    let mut db = pool.get().await?;
    let mut pages = HashMap::new();
    for list in keys {
        let Some(head) = rooms::head(&mut db, list.room).await? else { continue };
        let as_of = list.after.map_or(head, |end| end.as_of);
        let listing = Listing {
            sort: list.sort,
            kind: list.kind,
            unread_by: list.unread_by,
            after: list.after.map(|end| end.last),
            as_of,
            limit: list.limit + 1,
        };
        let mut places = thread_list::page(&mut db, list.room, listing).await?;
        let more = places.len() as i64 > list.limit;
        places.truncate(list.limit as usize);
        let end = places.last().filter(|_| more).map(|(_, last)| ListEnd { last: *last, as_of });
        let ids: Vec<Uuid> = places.into_iter().map(|(id, _)| id).collect();
        let mut found: HashMap<Uuid, Thread> =
            threads::by_ids(&mut db, &ids).await?.into_iter().map(|thread| (thread.id, thread)).collect();
        let threads = ids.iter().filter_map(|id| found.remove(id)).collect();
        let chats = sessions::by_threads(&mut db, &ids).await?.into_iter().collect();
        pages.insert(list, PageFacts { head, threads, chats, end });
    }
    Ok(pages)
}

impl Reads {
    /// A thread as JSON, for a caller who may read it.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn thread(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
        let (room, id) = self.access.thread(actor, id, Action::Read).await?;
        let room = room.room.id;
        let head = self.access.head(room).await?;
        let facts = self.threads.threads.get(&(room, id), |facts| facts.head >= head).await?;
        let facts = facts.ok_or(Error::NotFound)?;
        let unread = match actor.id() {
            Some(member) => self.unread_of_threads(member, room, head, &[id]).await?.remove(&id),
            None => None,
        };
        super::json(&MyThreadView::new(&facts.thread, facts.session, unread.as_ref(), actor.id()))
    }

    /// A page of threads as JSON, and where it ends if more follow.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn thread_list(
        &self,
        actor: &Actor,
        list: &ThreadList,
    ) -> Result<(Vec<Vec<u8>>, Option<ListEnd>)> {
        let head = self.access.head(list.room).await?;
        // What a member has read is in no log: such a page is as new as its load.
        let fresh = |page: &PageFacts| list.unread_by.is_none() && page.head >= head;
        let page = self.threads.pages.get(list, fresh).await?.ok_or(Error::NotFound)?;
        let ids: Vec<Uuid> = page.threads.iter().map(|thread| thread.id).collect();
        let unread = match actor.id() {
            Some(member) => self.unread_of_threads(member, list.room, head, &ids).await?,
            None => HashMap::new(),
        };
        let view = |thread: &Thread| {
            let session = page.chats.get(&thread.id).copied();
            super::json(&MyThreadView::new(thread, session, unread.get(&thread.id), actor.id()))
        };
        let items = page.threads.iter().map(view).collect::<Result<Vec<_>>>()?;
        Ok((items, page.end))
    }
}
