//! The questions of a session and the caller's own part of them, kept in memory as they were last read.

use std::collections::{HashMap, HashSet};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::features::questions::store::{self as questions, Question};
use crate::features::questions::view::{
    Boards, MyQuestions, OrderView, QuestionContext, QuestionPage, QuestionView,
};
use crate::kernel::models::rooms;
use crate::kernel::reads::{Reader, SessionPart, json};
use crate::loader::{Loader, Size};

struct Facts {
    head: i64,
    questions: Vec<Question>,
    beside: QuestionContext,
    order: OrderView,
}

struct Own {
    head: i64,
    mine: MyQuestions,
}

/// (room, session)
type Key = (Uuid, Uuid);
/// (member, room, session)
type OwnKey = (Uuid, Uuid, Uuid);

/// The questions of sessions.
pub struct QuestionReads {
    questions: Loader<Key, Facts>,
    own: Loader<OwnKey, Own>,
}

impl QuestionReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool) -> Self {
        let (of_questions, of_own) = (pool.clone(), pool.clone());
        let questions = Size { kept: 500, lanes: 2, batch: 4 };
        let own = Size { kept: 50_000, lanes: 2, batch: 200 };
        Self {
            questions: Loader::new(questions, move |keys| load(of_questions.clone(), keys)),
            own: Loader::new(own, move |keys| load_own(of_own.clone(), keys)),
        }
    }
}

async fn load(pool: Pool, keys: Vec<Key>) -> Result<HashMap<Key, Facts>> {
    let mut db = pool.get().await?;
    let mut facts = HashMap::new();
    for (room, session) in keys {
        // First: what is read after the head may be newer than it says, never older.
        let Some(head) = rooms::head(&mut db, room).await? else { continue };
        let questions = questions::of_session(&mut db, session).await?;
        let ids: Vec<Uuid> = questions.iter().map(|question| question.id).collect();
        let beside = QuestionContext::load(&mut db, &ids).await?;
        let order = Boards::load(&mut db, &[session]).await?.order(session);
        facts.insert((room, session), Facts { head, questions, beside, order });
    }
    Ok(facts)
}

async fn load_own(pool: Pool, keys: Vec<OwnKey>) -> Result<HashMap<OwnKey, Own>> {
    let unique = |of: fn(&OwnKey) -> Uuid| -> Vec<Uuid> {
        keys.iter().map(of).collect::<HashSet<_>>().into_iter().collect()
    };
    let (members, rooms, sessions) = (unique(|key| key.0), unique(|key| key.1), unique(|key| key.2));
    let mut db = pool.get().await?;
    let heads: HashMap<Uuid, i64> = rooms::heads(&mut db, &rooms).await?.into_iter().collect();
    let mut own: HashMap<(Uuid, Uuid), MyQuestions> = HashMap::new();
    for (session, member, question) in questions::asked_in(&mut db, &sessions, &members).await? {
        own.entry((member, session)).or_default().asked.push(question);
    }
    for (session, member, question) in questions::supported_in(&mut db, &sessions, &members).await? {
        own.entry((member, session)).or_default().supported.push(question);
    }
    drop(db);
    let part = |key: OwnKey| {
        let mine = own.remove(&(key.0, key.2)).unwrap_or_default();
        Some((key, Own { head: *heads.get(&key.1)?, mine }))
    };
    Ok(keys.into_iter().filter_map(part).collect())
}

impl SessionPart for QuestionReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let (room, session) = (reader.session.room_id, reader.session.id);
            let facts = self.questions.get(&(room, session), |facts| facts.head >= reader.head).await?;
            let facts = facts.ok_or(Error::NotFound)?;
            // Each question and each support is an entry of the log.
            let mine = match reader.actor.id() {
                Some(member) => {
                    let own = self.own.get(&(member, room, session), |own| own.head >= facts.head).await?;
                    own.ok_or(Error::NotFound)?.mine.clone()
                }
                None => MyQuestions::default(),
            };
            let audience = reader.audience();
            let view = |question| QuestionView::new(question, &facts.beside, audience);
            json(&QuestionPage {
                items: facts.questions.iter().map(view).collect(),
                order: facts.order.clone(),
                head_seq: facts.head,
                mine,
            })
        })
    }
}
