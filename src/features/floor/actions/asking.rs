//! Asking for the floor, and waiting for it no longer.

use uuid::Uuid;

use super::{FloorTx, change, log, not_now, reason_of};
use crate::error::{Code, Error, Result};
use crate::features::floor::rules::{
    FLOOR_NOTE_MAX, FloorActKind, FloorEvent, FloorKind, RequestState, WAITING_MAX,
};
use crate::features::floor::store::{self as floor, Floor, FloorRequest};
use crate::kernel::access::{Actor, hex};
use crate::kernel::actions::change::Ctx;
use crate::kernel::actions::tx::{client_id_reused, or_constraint};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Attribution, SessionState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, NAME_MAX, ORGANISATION_MAX, names};
use crate::kernel::log::chain::digest;
use crate::kernel::models::{Db, members};

/// Longest id of a constituency.
const CONSTITUENCY_MAX: usize = 32;

/// A person without a device, as the desk enters them.
#[derive(Debug, Clone)]
pub struct OnBehalf {
    pub name: String,
    pub organisation: String,
    pub constituency: String,
}

impl OnBehalf {
    fn checked(&self) -> Result<Self> {
        Ok(Self {
            name: text::line("name", &self.name, NAME_MAX)?,
            organisation: text::optional_line("organisation", &self.organisation, ORGANISATION_MAX)?,
            constituency: text::line("constituency", &self.constituency, CONSTITUENCY_MAX)?,
        })
    }

    /// The same person entered twice is one person, however the name is typed.
    fn person(&self) -> String {
        let (name, organisation) = (names::look(&self.name), names::look(&self.organisation));
        let whole = digest(&[self.constituency.as_bytes(), organisation.as_bytes(), name.as_bytes()]);
        format!("desk {}", hex(&whole))
    }

    /// Somebody at the desk may be a member who asks by phone as well: of the same name and constituency, and of
    /// the same organisation unless the desk left it out.
    async fn member(&self, db: &mut Db) -> Result<Option<Uuid>> {
        let mut found = members::namesakes(db, &names::look(&self.name)).await?;
        let organisation = names::look(&self.organisation);
        found.retain(|one| {
            one.constituency == self.constituency
                && (organisation.is_empty() || names::look(&one.organisation) == organisation)
        });
        Ok(if let [only] = found.as_slice() { Some(only.id) } else { None })
    }
}

/// A request for the floor as it is sent.
#[derive(Debug, Clone)]
pub struct Ask {
    pub kind: FloorKind,
    pub note: String,
    pub attribution: Attribution,
    /// A question that asks to interrupt who speaks.
    pub interposed: bool,
    pub on_behalf: Option<OnBehalf>,
    pub client_id: Uuid,
}

impl Ask {
    fn check(&mut self) -> Result<()> {
        self.note = text::optional_block("note", &self.note, FLOOR_NOTE_MAX)?;
        self.on_behalf = self.on_behalf.as_ref().map(OnBehalf::checked).transpose()?;
        if self.interposed && self.kind != FloorKind::Question {
            return Err(Error::invalid("interposed", FieldCode::QuestionsOnly));
        }
        Ok(())
    }

    fn hash(&self, session: Uuid, person: &str) -> [u8; 32] {
        digest(&[
            session.as_bytes(),
            self.kind.as_str().as_bytes(),
            self.note.as_bytes(),
            self.attribution.as_str().as_bytes(),
            &[u8::from(self.interposed)],
            person.as_bytes(),
        ])
    }
}

/// Asks for the floor, for oneself or, from the desk, for a person without a device. Returns the
/// request too, and false when the same client id had made it before.
///
/// # Errors
/// Not found, not permitted, `muted`, `room_closed`, `not_possible_now`, `floor_closed`,
/// `floor_full`, `already_asked`, `client_id_reused`, invalid.
pub async fn ask(ctx: &Ctx, actor: &Actor, session: Uuid, mut ask: Ask) -> Result<(Floor, Uuid, bool)> {
    let author = actor.member()?.id;
    // A repeat is answered whatever became of the request, as long as the session may be read.
    let (floor, (id, is_new)) = change(ctx, actor, session, Action::Read, async |change| {
        ask.check()?;
        let person = ask.on_behalf.as_ref().map_or_else(|| author.to_string(), OnBehalf::person);
        let hash = ask.hash(session, &person);
        if let Some(before) = floor::by_client_id(change.tx.db(), author, ask.client_id).await? {
            return if before.request_hash == hash {
                Ok((before.id, false))
            } else {
                Err(client_id_reused())
            };
        }
        change.also_may(if ask.on_behalf.is_some() { Action::RunFloor } else { Action::AskFloor })?;
        check_open(change, &ask)?;
        let known = match &ask.on_behalf {
            Some(person) => person.member(change.tx.db()).await?,
            None => None,
        };
        let person = known.map_or(person, |member| member.to_string());
        let request = made(change, &ask, person, hash)?;
        insert(change, &request).await?;
        Ok((request.id, true))
    })
    .await?;
    Ok((floor, id, is_new))
}

/// May one ask at all as the session and its floor stand?
fn check_open(change: &FloorTx<'_>, ask: &Ask) -> Result<()> {
    use SessionState as S;
    if !matches!(change.session.state, S::Lobby | S::Live | S::Paused) {
        return Err(not_now("One asks for the floor from the lobby of a session to its end."));
    }
    if !change.state.settings.open && ask.kind != FloorKind::PointOfOrder {
        return Err(Code::FloorClosed.into());
    }
    if change.state.waiting.len() >= WAITING_MAX {
        return Err(Code::FloorFull.into());
    }
    Ok(())
}

fn made(change: &FloorTx<'_>, ask: &Ask, person: String, hash: [u8; 32]) -> Result<FloorRequest> {
    let member = &change.tx.member;
    let interposes = if ask.interposed {
        let open = change.state.open();
        let speech = open.iter().find(|speech| speech.level == 0);
        Some(speech.ok_or_else(|| not_now("Nobody speaks whom a question could interrupt."))?.id)
    } else {
        None
    };
    let known = |id: &str| change.floor.constituencies.iter().any(|constituency| constituency.id == id);
    if ask.on_behalf.as_ref().is_some_and(|person| !known(&person.constituency)) {
        return Err(Error::invalid("constituency", FieldCode::Unknown));
    }
    let (name, organisation, constituency) = match &ask.on_behalf {
        Some(person) => (&person.name, &person.organisation, &person.constituency),
        None => (&member.display_name, &member.organisation, &member.constituency),
    };
    Ok(FloorRequest {
        id: Uuid::now_v7(),
        room_id: change.session.room_id,
        session_id: change.session.id,
        seq: change.tx.next_seq()?,
        kind: ask.kind,
        state: RequestState::Waiting,
        member_id: ask.on_behalf.is_none().then_some(member.id),
        person,
        author_id: member.id,
        attribution: ask.attribution,
        speaker_name: name.clone(),
        speaker_organisation: organisation.clone(),
        constituency: constituency.clone(),
        speaker_confirmed: ask.on_behalf.is_none() && member.confirmed_at.is_some(),
        note: ask.note.clone(),
        interposes,
        client_id: ask.client_id,
        request_hash: hash.to_vec(),
        created_at: change.tx.at,
        settled_at: None,
    })
}

async fn insert(change: &mut FloorTx<'_>, request: &FloorRequest) -> Result<()> {
    let same = |waiting: &&crate::features::floor::rules::Request| {
        waiting.person == request.person && waiting.kind == request.kind
    };
    let twice = || Error::from(Code::AlreadyAsked);
    if change.state.waiting.iter().find(same).is_some() {
        return Err(twice());
    }
    or_constraint(
        floor::insert_request(change.tx.db(), request).await,
        "floor_requests_one_waiting_key",
        twice,
    )?;
    change.state.apply(FloorEvent::Requested(request.for_rules()));
    let content = [request.kind.as_str().as_bytes(), request.note.as_bytes()];
    log(change.tx, EntryKind::FloorRequested, request.id, &content)
}

/// Takes back one's own request, or one that the desk entered.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`.
pub async fn withdraw(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<Floor> {
    let (_, request) = ctx.access.floor_request(actor, id, Action::Read).await?;
    let (floor, ()) = change(ctx, actor, request.session_id, Action::Read, async |change| {
        if request.member_id != Some(change.tx.member.id) {
            change.also_may(Action::RunFloor)?;
            if request.member_id.is_some() {
                // Of somebody else's request only a pass takes the place, and it has a reason.
                return Err(Code::NotPermitted.into());
            }
        }
        check_waiting(change, id)?;
        change.write(vec![FloorEvent::Withdrawn { request: id }]).await
    })
    .await?;
    Ok(floor)
}

/// Passes over a request, for a reason that all are told.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`, invalid.
pub async fn pass(ctx: &Ctx, actor: &Actor, id: Uuid, reason: &str) -> Result<Floor> {
    let (_, request) = ctx.access.floor_request(actor, id, Action::Read).await?;
    let reason = reason_of(reason)?;
    let (floor, ()) = change(ctx, actor, request.session_id, Action::RunFloor, async |change| {
        check_waiting(change, id)?;
        change.act(FloorActKind::Pass, Some(id), None, &reason).await?;
        change.write(vec![FloorEvent::Passed { request: id }]).await
    })
    .await?;
    Ok(floor)
}

fn check_waiting(change: &FloorTx<'_>, id: Uuid) -> Result<()> {
    if change.state.waiting.iter().any(|waiting| waiting.id == id) {
        Ok(())
    } else {
        Err(not_now("This request does not wait any more."))
    }
}
