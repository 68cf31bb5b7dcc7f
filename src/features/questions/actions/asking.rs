//! Asking, for oneself or for a person without a device.

use uuid::Uuid;

use super::count;
use crate::error::{Code, Error, Result, violated_constraint};
use crate::features::questions::rules::{QUESTION_MAX, QuestionState, SESSION_MAX, WAITING_MAX};
use crate::features::questions::store::{self as questions, Question};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::{Ctx, RoomTx};
use crate::kernel::actions::tx::client_id_reused;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Attribution, Lang, PlatformRole};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::domain::text::{self, NAME_MAX, ORGANISATION_MAX};
use crate::kernel::log::chain::digest;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::{Frame, OwnPart};
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::Db;

/// For whom a moderator or a steward asks.
#[derive(Debug, Clone)]
pub struct OnBehalf {
    pub name: String,
    pub constituency: String,
    pub organisation: String,
}

/// A question as it is sent.
#[derive(Debug, Clone)]
pub struct NewQuestion {
    pub body: String,
    pub lang: Lang,
    pub attribution: Attribution,
    pub client_id: Uuid,
    pub on_behalf: Option<OnBehalf>,
}

/// Asks. The flag is false when it was asked before under the same client id.
///
/// # Errors
/// Not found, not permitted, `room_closed`, `muted`, `session_not_open`, `questions_full`,
/// `too_many_questions`, invalid, `client_id_reused`.
pub async fn ask(ctx: &Ctx, actor: &Actor, session: Uuid, new: NewQuestion) -> Result<(Question, bool)> {
    let author = actor.member()?.id;
    let (room, _) = ctx.access.session(actor, session, Action::Read).await?;
    let body_md = text::block("body", &new.body, QUESTION_MAX)?;
    let body_html = markdown::render(&body_md)?;
    let on_behalf = new.on_behalf.map(check_person).transpose()?;
    let hash = request_hash(session, &body_md, new.lang, new.attribution, on_behalf.as_ref());
    if let Some(found) = earlier(&mut *ctx.db.get().await?, author, new.client_id, &hash).await? {
        return Ok((found, false));
    }
    let (question, is_new) = ctx
        .change(actor, room.room.id, Action::CreatePost, async |change| {
            if let Some(found) = earlier(change.db(), author, new.client_id, &hash).await? {
                return Ok((found, false));
            }
            change.check_open(session).await?;
            check_room(change, session, on_behalf.is_some()).await?;
            let seq = change.next_seq()?;
            let member = &change.member;
            let confirmed = match &on_behalf {
                // The one who vouches is the one who confirms members, too.
                Some(_) => member.platform_role != PlatformRole::Member,
                None => member.confirmed_at.is_some(),
            };
            let person = on_behalf.clone().unwrap_or_else(|| OnBehalf {
                name: member.display_name.clone(),
                constituency: member.constituency.clone(),
                organisation: member.organisation.clone(),
            });
            let question = Question {
                id: Uuid::now_v7(),
                room_id: change.state.room.id,
                session_id: session,
                seq,
                author_id: member.id,
                on_behalf: on_behalf.is_some(),
                attribution: new.attribution,
                author_name: person.name,
                author_organisation: person.organisation,
                constituency: person.constituency,
                author_confirmed: confirmed,
                lang: new.lang,
                body_md,
                body_html,
                salt: rand::random::<[u8; 16]>().to_vec(),
                client_id: new.client_id,
                request_hash: hash.to_vec(),
                created_at: change.at,
                state: QuestionState::Waiting,
                state_at: change.at,
                support: serde_json::json!({}),
                merged_into: None,
                hidden_at: None,
                hidden_reason: None,
                hidden_note: None,
                hidden_by: None,
            };
            insert(change, &question).await?;
            let kind = EntryKind::QuestionAsked;
            change.log_digest(kind, question.id, text_digest(&question.salt, &question.body_md))?;
            change.step(seq, kind, question.id, "", None).await?;
            count(ctx, change, session, &[]).await?;
            Ok((question, true))
        })
        .await?;
    if is_new && !question.on_behalf {
        let frame = Frame::Own { room: room.room.id, part: OwnPart::Question, id: question.id };
        ctx.publisher.tell(room.room.id, To::Members(vec![author]), &frame);
    }
    Ok((question, is_new))
}

async fn insert(change: &mut RoomTx, question: &Question) -> Result<()> {
    questions::insert(change.db(), question).await.map_err(|error| match violated_constraint(&error) {
        Some("questions_author_id_client_id_key") => client_id_reused(),
        Some("questions_constituency_fkey") => Error::invalid("constituency", FieldCode::Unknown),
        _ => error.into(),
    })
}

fn check_person(person: OnBehalf) -> Result<OnBehalf> {
    Ok(OnBehalf {
        name: text::line("name", &person.name, NAME_MAX)?,
        constituency: text::line("constituency", &person.constituency, 32)?,
        organisation: text::optional_line("organisation", &person.organisation, ORGANISATION_MAX)?,
    })
}

fn request_hash(
    session: Uuid,
    body: &str,
    lang: Lang,
    attribution: Attribution,
    person: Option<&OnBehalf>,
) -> [u8; 32] {
    let whom = person.map_or([""; 3], |p| [&p.name, &p.constituency, &p.organisation]);
    digest(&[
        session.as_bytes(),
        body.as_bytes(),
        lang.as_str().as_bytes(),
        attribution.as_str().as_bytes(),
        whom[0].as_bytes(),
        whom[1].as_bytes(),
        whom[2].as_bytes(),
    ])
}

async fn earlier(db: &mut Db, author: Uuid, client_id: Uuid, hash: &[u8]) -> Result<Option<Question>> {
    let found = questions::by_client_id(db, author, client_id).await?;
    match found {
        Some(question) if question.request_hash != hash => Err(client_id_reused()),
        found => Ok(found),
    }
}

/// Is there room for one more, and may the member ask for somebody else?
async fn check_room(change: &mut RoomTx, session: Uuid, on_behalf: bool) -> Result<()> {
    let (id, platform_role) = (change.member.id, change.member.platform_role);
    if on_behalf && platform_role == PlatformRole::Member {
        let actor = permissions::Actor { member: Some(change.state.person(&change.member)) };
        permissions::may(actor, Action::RunSession, change.state.rules())?;
    }
    let (all, own) = questions::counts(change.db(), session, id).await?;
    if all >= SESSION_MAX {
        return Err(Code::QuestionsFull.into());
    }
    if !on_behalf && own >= WAITING_MAX as i64 {
        let text = format!("{WAITING_MAX} questions of yours wait already.");
        return Err(Code::TooManyQuestions.saying(text));
    }
    Ok(())
}
