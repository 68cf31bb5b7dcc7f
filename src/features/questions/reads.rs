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
use crate::kernel::models::Db;
use crate::kernel::models::rooms;
use crate::kernel::reads::{PartHook, Reader, SessionFacts, SessionPart, json};
use crate::loader::{Loader, Size};

/// The questions in the snapshot of a session.
pub const PART: PartHook = PartHook {
    name: "questions",
    schema: "QuestionPage",
    reader: |pool, _| Box::new(QuestionReads::new(pool)),
};

struct Facts {
    questions: Vec<Question>,
    beside: QuestionContext,
    order: OrderView,
}

struct Own {
    head: i64,
    mine: MyQuestions,
}

/// (member, room, session)
type OwnKey = (Uuid, Uuid, Uuid);

/// The questions of sessions.
pub struct QuestionReads {
    questions: SessionFacts<Facts>,
    own: Loader<OwnKey, Own>,
}

impl QuestionReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool) -> Self {
        let of_own = pool.clone();
        let own = Size { kept: 50_000, lanes: 2, batch: 200 };
        Self {
            questions: SessionFacts::new(pool, |db, session| Box::pin(load(db, session))),
            own: Loader::new(own, move |keys| load_own(of_own.clone(), keys)),
        }
    }
}

async fn load(db: &mut Db, session: Uuid) -> Result<Facts> {
    let questions = questions::of_session(db, session).await?;
    let ids: Vec<Uuid> = questions.iter().map(|question| question.id).collect();
    let beside = QuestionContext::load(db, &ids).await?;
    let order = Boards::load(db, &[session]).await?.order(session);
    Ok(Facts { questions, beside, order })
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
            let found = self.questions.get(reader).await?;
            let (head, facts) = (found.head, &found.facts);
            // Each question and each support is an entry of the log.
            let mine = match reader.actor.id() {
                Some(member) => {
                    let own = self.own.get(&(member, room, session), |own| own.head >= head).await?;
                    own.ok_or(Error::NotFound)?.mine.clone()
                }
                None => MyQuestions::default(),
            };
            let audience = reader.audience();
            let view = |question| QuestionView::new(question, &facts.beside, audience);
            json(&QuestionPage {
                items: facts.questions.iter().map(view).collect(),
                order: facts.order.clone(),
                head_seq: head,
                mine,
            })
        })
    }
}
