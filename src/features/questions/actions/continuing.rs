//! Questions that were not answered in their session continue as threads.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::RoomTx;
use crate::error::Result;
use crate::features::questions::rules::{QuestionState, headline};
use crate::features::questions::store::{self as questions, Question};
use crate::kernel::actions::ChangeHook;
use crate::kernel::actions::threads::{NewThread, ShownAuthor, Text, open};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Attribution, SessionState, ThreadKind};
use crate::kernel::log::chain::digest;
use crate::kernel::models::Db;
use crate::kernel::models::sessions::Session;

/// The questions of a session follow it.
pub struct QuestionChanges;

impl ChangeHook for QuestionChanges {
    fn session_changed<'a>(
        &'a self,
        change: &'a mut RoomTx,
        session: &'a Session,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match session.state {
                SessionState::Ended => continue_all(change, session.id).await,
                _ => Ok(()),
            }
        })
    }

    fn keeps<'a>(&'a self, db: &'a mut Db, session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(questions::any(db, session).await?) })
    }
}

/// Opens a thread for each question of a session that waits or is parked, in the name of who asked
/// it. What has its thread already keeps it.
async fn continue_all(change: &mut RoomTx, session: Uuid) -> Result<()> {
    let open: Vec<Question> = questions::of_session(change.db(), session)
        .await?
        .into_iter()
        .filter(|question| matches!(question.state, QuestionState::Waiting | QuestionState::Parked))
        .filter(|question| question.merged_into.is_none() && question.hidden_at.is_none())
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = open.iter().map(|question| question.id).collect();
    let continued = questions::continued(change.db(), &ids).await?;
    for question in open {
        if !continued.iter().any(|(id, _)| *id == question.id) {
            continue_one(change, question).await?;
        }
    }
    Ok(())
}

async fn continue_one(change: &mut RoomTx, question: Question) -> Result<()> {
    let voice = ShownAuthor {
        id: question.author_id,
        attribution: attribution(&question),
        name: question.author_name,
        organisation: question.author_organisation,
        constituency: question.constituency,
        confirmed: question.author_confirmed,
        question: Some(question.id),
    };
    let title = headline(&question.body_md);
    let new = NewThread {
        kind: ThreadKind::Question,
        title: title.clone(),
        body: question.body_md.clone(),
        lang: question.lang,
        attribution: voice.attribution,
        client_id: Uuid::now_v7(),
    };
    let text = Text { title, body_md: question.body_md, body_html: question.body_html };
    let hash = digest(&[question.id.as_bytes()]);
    let (thread, _) = open(change, &new, voice, text, hash).await?;
    let kind = EntryKind::QuestionContinued;
    let seq = change.log(kind, question.id, &[thread.id.as_bytes()])?;
    change.step(seq, kind, question.id, "", None).await
}

/// A name belongs to an account. Who asked without one is shown by organisation or constituency,
/// never with the account of who entered the question; the question itself keeps the name.
fn attribution(question: &Question) -> Attribution {
    match question.attribution {
        Attribution::Named if question.on_behalf && question.author_organisation.is_empty() => {
            Attribution::Constituency
        }
        Attribution::Named if question.on_behalf => Attribution::Organisation,
        Attribution::Organisation if question.author_organisation.is_empty() => Attribution::Constituency,
        other => other,
    }
}
