//! The caller's own part of a page of posts, read for many callers at once.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::{PageKey, Reads, Written, json};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::models::posts;
use crate::kernel::views::posts::Mine;
use crate::loader::{Loader, Size};

/// Whose part of which page, as of which number of the log.
#[derive(Clone)]
pub struct OwnKey {
    member: Uuid,
    page: PageKey,
    head: i64,
    /// The posts of the page; they follow from the rest of the key.
    posts: Arc<[Uuid]>,
}

impl PartialEq for OwnKey {
    fn eq(&self, other: &Self) -> bool {
        (self.member, self.page, self.head) == (other.member, other.page, other.head)
    }
}

impl Eq for OwnKey {}

impl Hash for OwnKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.member, self.page, self.head).hash(state);
    }
}

/// The caller's part as JSON.
pub type OwnPart = Bytes;

pub fn loader(pool: &Pool) -> Loader<OwnKey, OwnPart> {
    let pool = pool.clone();
    Loader::new(Size { kept: 50_000, lanes: 2, batch: 50 }, move |keys| load(pool.clone(), keys))
}

async fn load(pool: Pool, keys: Vec<OwnKey>) -> Result<HashMap<OwnKey, OwnPart>> {
    let members: HashSet<Uuid> = keys.iter().map(|key| key.member).collect();
    let members: Vec<Uuid> = members.into_iter().collect();
    let all: HashSet<Uuid> = keys.iter().flat_map(|key| key.posts.iter().copied()).collect();
    let all: Vec<Uuid> = all.into_iter().collect();
    let mut db = pool.get().await?;
    let written: HashMap<Uuid, Uuid> =
        posts::written_by(&mut db, &members, &all).await?.into_iter().collect();
    let mut reactions: HashMap<(Uuid, Uuid), Vec<_>> = HashMap::new();
    for (member, post, name) in posts::reactions_of(&mut db, &members, &all).await? {
        reactions.entry((member, post)).or_default().push(name);
    }
    drop(db);
    let mut parts = HashMap::with_capacity(keys.len());
    for key in keys {
        let mine = Mine {
            posts: key.posts.iter().copied().filter(|post| written.get(post) == Some(&key.member)).collect(),
            reactions: key
                .posts
                .iter()
                .filter_map(|post| Some((*post, reactions.get(&(key.member, *post))?.clone())))
                .collect(),
        };
        let part = json(&mine)?.into();
        parts.insert(key, part);
    }
    Ok(parts)
}

impl Reads {
    pub(super) async fn own_part(&self, actor: &Actor, page: PageKey, written: &Written) -> Result<Bytes> {
        let Some(member) = actor.id() else { return Ok(json(&Mine::default())?.into()) };
        let key = OwnKey { member, page, head: written.head, posts: written.posts.clone() };
        let part = self.posts.own.get(&key, |_| true).await?;
        Ok(Bytes::clone(&*part.ok_or(Error::NotFound)?))
    }
}
