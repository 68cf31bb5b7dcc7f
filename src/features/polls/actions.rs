//! Polls and sense-checks, as those who run the session handle them. Ballots are in `ballots.rs`.
//!
//! A draft is known to the desk only and leaves nothing in the log. Opening fixes who may answer,
//! closing fixes the result.

pub mod ballots;
mod closing;
mod keeping;
mod voters;
mod writing;

pub use closing::{CloseOptions, cancel, close};
pub use keeping::PollChanges;
pub use voters::{NewVoter, add};
pub use writing::{PollFields, Words};

use serde_json::{Value, json};
use uuid::Uuid;
use writing::{options_of, written};

use crate::error::{Code, Error, Result};
use crate::features::polls::rules::{self, POLLS_MAX, PollState};
use crate::features::polls::store::{
    self as polls, Poll, PollChange, PollWithOptions, ballots as ballot_rows, secret,
};
use crate::features::polls::suppression::{Live, Row};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::{Ctx, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Lang, SessionState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::Frame;
use crate::kernel::models::Db;
use crate::kernel::models::sessions::{self, Session};

/// Drafts a poll.
///
/// # Errors
/// Not found, not permitted, `too_many_polls`, `not_possible_now`, invalid.
pub async fn create(ctx: &Ctx, actor: &Actor, session: Uuid, fields: PollFields) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.session(actor, session, Action::Read).await?;
    let (draft, words) = written(fields, None)?;
    ctx.change(actor, room.room.id, Action::ManagePolls, async |change| {
        session_under_way(change.db(), session).await?;
        if polls::count_of(change.db(), session).await? >= POLLS_MAX {
            return Err(Code::TooManyPolls.into());
        }
        let id = Uuid::now_v7();
        let poll = Poll {
            id,
            room_id: change.state.room.id,
            session_id: session,
            kind: draft.kind,
            state: PollState::Draft,
            question_en: draft.question_en,
            question_zh: draft.question_zh,
            scale_max: draft.scale_max,
            max_choices: draft.max_choices,
            is_secret: draft.is_secret,
            is_visible: draft.is_visible,
            positions_public: draft.positions_public,
            eligible_rule: draft.eligible_rule,
            languages: draft.languages,
            quorum_share: draft.quorum_share,
            created_by: change.member.id,
            created_at: change.at,
            opened_at: None,
            closed_at: None,
            reason: None,
            eligible: 0,
            ballots: 0,
            results: None,
            live: None,
            step: 0,
            told_at: None,
            tell_at: None,
            with_session: false,
        };
        let whole = PollWithOptions { poll, options: options_of(id, words), added: Vec::new() };
        polls::insert(change.db(), &whole).await?;
        Ok(whole)
    })
    .await
}

/// Changes a draft.
///
/// # Errors
/// Not found, not permitted, `poll_not_draft`, invalid.
pub async fn edit(ctx: &Ctx, actor: &Actor, id: Uuid, fields: PollFields) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.poll(actor, id, Action::ManagePolls).await?;
    ctx.change(actor, room.room.id, Action::ManagePolls, async |change| {
        let before = locked(change.db(), id, PollState::Draft).await?;
        let (draft, words) = written(fields, Some(&before))?;
        let options = options_of(id, words);
        let poll = polls::rewrite(change.db(), id, &draft, &options).await?;
        Ok(PollWithOptions { poll, options, added: Vec::new() })
    })
    .await
}

/// Removes a draft.
///
/// # Errors
/// Not found, not permitted, `poll_not_draft`.
pub async fn remove(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let (room, _) = ctx.access.poll(actor, id, Action::ManagePolls).await?;
    ctx.change(actor, room.room.id, Action::ManagePolls, async |change| {
        locked(change.db(), id, PollState::Draft).await?;
        Ok(polls::delete(change.db(), id).await?)
    })
    .await
}

async fn session_under_way(db: &mut Db, id: Uuid) -> Result<Session> {
    let session = sessions::by_id(db, id).await?.ok_or(Error::NotFound)?;
    if session.state == SessionState::Ended {
        return Err(Code::NotPossibleNow.saying("The session has ended."));
    }
    Ok(session)
}

/// The poll, locked, in the state that a change needs.
async fn locked(db: &mut Db, id: Uuid, needed: PollState) -> Result<PollWithOptions> {
    let poll = polls::lock(db, id).await?.ok_or(Error::NotFound)?;
    if poll.state != needed {
        let code = if needed == PollState::Draft { Code::PollNotDraft } else { Code::PollNotOpen };
        return Err(code.into());
    }
    polls::with_options(db, vec![poll]).await?.pop().ok_or(Error::NotFound)
}

/// What the log's digests cover: the question as it was asked.
fn content(whole: &PollWithOptions) -> Vec<Vec<u8>> {
    let mut parts = vec![
        whole.poll.kind.as_str().as_bytes().to_vec(),
        whole.poll.question_en.clone().into_bytes(),
        whole.poll.question_zh.clone().into_bytes(),
    ];
    for option in &whole.options {
        parts.extend([option.text_en.clone().into_bytes(), option.text_zh.clone().into_bytes()]);
    }
    parts
}

fn log(change: &mut RoomTx, kind: EntryKind, whole: &PollWithOptions, more: &[&[u8]]) -> Result<i64> {
    let content = content(whole);
    let mut parts: Vec<&[u8]> = content.iter().map(Vec::as_slice).collect();
    parts.extend(more);
    change.log(kind, whole.poll.id, &parts)
}

/// Opens a draft. Who may answer, and for whom they speak, is fixed now.
///
/// # Errors
/// Not found, not permitted, `poll_not_draft`, `not_possible_now`, `nobody_eligible`,
/// `language_missing` with what is missing.
pub async fn open(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.poll(actor, id, Action::ManagePolls).await?;
    let (whole, voters) = ctx
        .change(actor, room.room.id, Action::ManagePolls, async |change| {
            let mut whole = locked(change.db(), id, PollState::Draft).await?;
            let session = session_under_way(change.db(), whole.poll.session_id).await?;
            languages_complete(&whole)?;
            let voters = voters::electorate(ctx, change, &whole.poll, &session).await?;
            if voters.is_empty() {
                return Err(Code::NobodyEligible.into());
            }
            ballot_rows::insert_voters(change.db(), &voters).await?;
            if whole.poll.is_secret {
                secret::make(change.db(), id, whole.shape().columns()).await?;
            }
            let live = match whole.poll.is_visible {
                true => {
                    let rows = count(change.db(), &whole).await?;
                    let parties = polls::parties(change.db()).await?;
                    Some(as_json(&Live::new(&rows, &parties))?)
                }
                false => None,
            };
            let opened = PollChange {
                state: Some(PollState::Open),
                opened_at: Some(change.at),
                eligible: Some(voters.len() as i32),
                live: Some(live),
                ..PollChange::default()
            };
            whole.poll = polls::update(change.db(), id, &opened).await?;
            log(change, EntryKind::PollOpened, &whole, &[])?;
            Ok((whole, voters))
        })
        .await?;
    // The event says to all alike that the poll is open. Without this, each of them would ask at the
    // same moment whether they may answer.
    let voters = voters.into_iter().map(|voter| voter.member_id).collect();
    let frame = Frame::Poll { room: whole.poll.room_id, poll: id, eligible: true };
    ctx.publisher.tell(whole.poll.room_id, To::Members(voters), &frame);
    Ok(whole)
}

/// Nobody is asked in a language that the question is not there in.
fn languages_complete(whole: &PollWithOptions) -> Result<()> {
    let mut missing = Vec::new();
    for lang in &whole.poll.languages {
        let is_missing = |en: &str, zh: &str| if lang == Lang::En.as_str() { en } else { zh }.is_empty();
        if is_missing(&whole.poll.question_en, &whole.poll.question_zh) {
            missing.push(json!({ "lang": lang, "field": "question" }));
        }
        for option in whole.options.iter().filter(|one| is_missing(&one.text_en, &one.text_zh)) {
            missing.push(json!({ "lang": lang, "field": "option", "option": option.position }));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Code::LanguageMissing.with(json!({ "missing": missing })))
}

/// The ballots by group, as they are: never to be shown. Those of a secret poll are known by block only, and stand with
/// the block's first group.
pub(super) async fn count(db: &mut Db, whole: &PollWithOptions) -> Result<Vec<Row>> {
    let (id, columns) = (whole.poll.id, whole.shape().columns());
    let turnout = ballot_rows::turnout(db, id).await?;
    let eligible: Vec<(String, u32)> =
        turnout.iter().map(|of| (of.constituency.clone(), of.eligible as u32)).collect();
    if !whole.poll.is_secret {
        let given = ballot_rows::given(db, id).await?;
        let ballots = given.iter().map(|ballot| (ballot.constituency.as_str(), ballot.choices));
        return Ok(rules::tally(&eligible, columns, ballots));
    }
    let mut rows = rules::tally(&eligible, columns, std::iter::empty());
    for (row, of) in rows.iter_mut().zip(&turnout) {
        row.cell.ballots = of.voted as u32;
    }
    for (block, column, votes) in secret::counts(db, id).await? {
        let at = turnout.iter().position(|of| of.block == block);
        if let Some(count) = at.and_then(|at| rows[at].cell.counts.get_mut(column as usize)) {
            *count = votes as u32;
        }
    }
    Ok(rows)
}

pub(super) fn as_json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(format!("poll: {error}")))
}
