//! Polls and sense-checks of a session.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::polls::actions::{self as change, CloseOptions, NewVoter, PollFields, Words, ballots};
use crate::features::polls::reads::PollReads;
use crate::features::polls::rules::{BallotInput, Eligible, PollKind, PollResults, QUESTION_MAX, REASON_MAX};
use crate::features::polls::store::{self as polls, PollWithOptions, ballots as voters};
use crate::features::polls::view::{PollView, PollWithYours};
use crate::kernel::domain::kinds::Lang;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Shared, id};
use crate::kernel::http::kit::asked::given;
use crate::kernel::http::limits;
use crate::kernel::http::mount::routes;
use crate::kernel::http::reading::Reading;
use crate::kernel::models::members;
use crate::kernel::views::{Page, PublicMemberView};
use crate::state::State;

routes![list, create, get_one, edit, remove, open, close, cancel, voters_of, add_voter, vote; PollResults, PollView];

/// A text in each language; what is left out is missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PollWords {
    #[serde(default)]
    #[schema(schema_with = shape::text::<QUESTION_MAX>)]
    en: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<QUESTION_MAX>)]
    zh: String,
}

impl From<PollWords> for Words {
    fn from(words: PollWords) -> Self {
        Self { en: words.en, zh: words.zh }
    }
}

/// A poll as a moderator writes it. For a new one `kind` and `question` are needed; the rest has
/// usual values: both languages, 20 percent, hidden results, named in no list.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PollRequest {
    kind: Option<PollKind>,
    question: Option<PollWords>,
    /// Two to twelve; for a scale none, or the words at its two ends; for a sense-check none.
    options: Option<Vec<PollWords>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    scale_max: Option<Option<i32>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    max_choices: Option<Option<i32>>,
    secret: Option<bool>,
    visible: Option<bool>,
    positions_public: Option<bool>,
    eligible_rule: Option<Eligible>,
    languages: Option<Vec<Lang>>,
    quorum_share: Option<i32>,
}

impl From<PollRequest> for PollFields {
    fn from(body: PollRequest) -> Self {
        Self {
            kind: body.kind,
            question: body.question.map(Into::into),
            options: body.options.map(|options| options.into_iter().map(Into::into).collect()),
            scale_max: body.scale_max,
            max_choices: body.max_choices,
            secret: body.secret,
            visible: body.visible,
            positions_public: body.positions_public,
            eligible: body.eligible_rule,
            languages: body.languages,
            quorum_share: body.quorum_share,
        }
    }
}

/// Options for closing a poll.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CloseRequest {
    /// Closes the poll although many voters are disconnected; needs `reason`.
    #[serde(default)]
    anyway: bool,
    #[schema(schema_with = shape::block_or_null::<REASON_MAX>)]
    reason: Option<String>,
}

/// Reason for cancelling a poll.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CancelRequest {
    #[schema(schema_with = shape::block::<REASON_MAX>)]
    reason: String,
}

/// Polls with the caller's own part.
async fn views(state: &State, actor: &Actor, all: &[PollWithOptions]) -> Result<Vec<PollWithYours>> {
    let ids: Vec<Uuid> = all.iter().map(|whole| whole.poll.id).collect();
    let (mut places, mut own) = (Vec::new(), Vec::new());
    if let (Some(member), false) = (actor.id(), ids.is_empty()) {
        let mut db = state.db.get().await?;
        places = voters::voter_in(&mut db, &ids, member).await?;
        own = voters::ballots_of(&mut db, &ids, member).await?;
    }
    let view = |whole: &PollWithOptions| {
        let id = whole.poll.id;
        let voted = places.iter().find(|(poll, _)| *poll == id).map(|(_, voted)| *voted);
        let ballot = own.iter().find(|(poll, _)| *poll == id).map(|(_, ballot)| ballot);
        PollWithYours::new(whole, voted, ballot)
    };
    Ok(all.iter().map(view).collect())
}

async fn answer(state: &State, actor: &Actor, whole: PollWithOptions) -> Result<PollWithYours> {
    views(state, actor, &[whole]).await?.pop().ok_or(Error::NotFound)
}

/// Lists the polls of a session, oldest first. Only moderators see drafts.
#[utoipa::path(tag = "polls", params(("id" = Uuid, Path)), responses((status = 200, body = Page<PollWithYours>)))]
#[get("/sessions/{id}/polls")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    reading.session_part(&state, &actor, id(&path)?, state.session_parts.of::<PollReads>()?).await
}

/// Creates a poll or sense-check as a draft.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = PollRequest,
    responses((status = 201, body = PollWithYours)))]
#[post("/sessions/{id}/polls")]
pub async fn create(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<PollRequest>,
) -> Result<HttpResponse> {
    let session = id(&path)?;
    let whole = call
        .run(|ctx, caller| async move { change::create(&ctx, &caller, session, body.0.into()).await })
        .await?;
    Ok(HttpResponse::Created().json(answer(&call.state, &call.actor, whole).await?))
}

/// Reads a poll, with its results as far as they are shown, and the caller's own ballot.
#[utoipa::path(tag = "polls", params(("id" = Uuid, Path)), responses((status = 200, body = PollWithYours)))]
#[get("/polls/{id}")]
pub async fn get_one(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(read(&state, &actor, id(&path)?).await?))
}

async fn read(state: &State, actor: &Actor, id: Uuid) -> Result<PollWithYours> {
    let (_, poll) = state.access.poll(actor, id, Action::Read).await?;
    let all = polls::with_options(&mut *state.db.get().await?, vec![poll]).await?;
    views(state, actor, &all).await?.pop().ok_or(Error::NotFound)
}

/// Changes a draft poll.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = PollRequest,
    responses((status = 200, body = PollWithYours)))]
#[patch("/polls/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<PollRequest>,
) -> Result<HttpResponse> {
    let poll = id(&path)?;
    let whole =
        call.run(|ctx, caller| async move { change::edit(&ctx, &caller, poll, body.0.into()).await }).await?;
    Ok(HttpResponse::Ok().json(answer(&call.state, &call.actor, whole).await?))
}

/// Deletes a draft poll.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/polls/{id}")]
pub async fn remove(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let poll = id(&path)?;
    call.run(|ctx, caller| async move { change::remove(&ctx, &caller, poll).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Opens a draft poll for answers. Who may answer is fixed at this moment.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = PollWithYours)))]
#[post("/polls/{id}/open")]
pub async fn open(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let poll = id(&path)?;
    let whole = call.run(|ctx, caller| async move { change::open(&ctx, &caller, poll).await }).await?;
    Ok(HttpResponse::Ok().json(answer(&call.state, &call.actor, whole).await?))
}

/// Closes an open poll and fixes its result.
///
/// When many voters of a constituency are disconnected, it is refused with `many_disconnected` unless `anyway` is set.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = CloseRequest,
    responses((status = 200, body = PollWithYours)))]
#[post("/polls/{id}/close")]
pub async fn close(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<CloseRequest>,
) -> Result<HttpResponse> {
    let how = CloseOptions { anyway: body.0.anyway, reason: body.0.reason };
    let poll = id(&path)?;
    let whole = call.run(|ctx, caller| async move { change::close(&ctx, &caller, poll, how).await }).await?;
    Ok(HttpResponse::Ok().json(answer(&call.state, &call.actor, whole).await?))
}

/// Cancels an open poll without a result.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = CancelRequest,
    responses((status = 200, body = PollWithYours)))]
#[post("/polls/{id}/cancel")]
pub async fn cancel(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<CancelRequest>,
) -> Result<HttpResponse> {
    let poll = id(&path)?;
    let whole = call
        .run(|ctx, caller| async move { change::cancel(&ctx, &caller, poll, &body.0.reason).await })
        .await?;
    Ok(HttpResponse::Ok().json(answer(&call.state, &call.actor, whole).await?))
}

/// Whom to let into an open poll, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct VoterRequest {
    member: Uuid,
    #[schema(schema_with = shape::block::<REASON_MAX>)]
    note: String,
}

/// Lists the members who may answer a poll, for moderators. Who has answered is nobody's to see.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = Page<PublicMemberView>)))]
#[get("/polls/{id}/voters")]
pub async fn voters_of(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (_, poll) = state.access.poll(&actor, id(&path)?, Action::ManagePolls).await?;
    let mut db = state.db.get().await?;
    let ids: Vec<Uuid> =
        voters::voters(&mut db, poll.id).await?.into_iter().map(|voter| voter.member_id).collect();
    let all = members::by_ids(&mut db, &ids).await?;
    Ok(HttpResponse::Ok().json(Page::whole(all.into_iter().map(PublicMemberView::from).collect())))
}

/// Lets somebody answer an open poll who was not among those asked when it opened. Everybody is told, with the note.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = VoterRequest,
    responses((status = 200, body = PollWithYours)))]
#[post("/polls/{id}/voters")]
pub async fn add_voter(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<VoterRequest>,
) -> Result<HttpResponse> {
    let poll = id(&path)?;
    let new = NewVoter { member: body.0.member, note: body.0.note };
    let whole = call.run(|ctx, caller| async move { change::add(&ctx, &caller, poll, new).await }).await?;
    Ok(HttpResponse::Ok().json(answer(&call.state, &call.actor, whole).await?))
}

/// Casts the caller's ballot, or changes it while the poll is open. A secret ballot cannot be changed.
#[utoipa::path(tag = "polls", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = BallotInput,
    responses((status = 200, body = PollWithYours)))]
#[put("/polls/{id}/ballot")]
pub async fn vote(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<BallotInput>,
) -> Result<HttpResponse> {
    let poll = id(&path)?;
    call.run(|ctx, caller| async move { ballots::give(&ctx, &caller, poll, &body.0).await }).await?;
    Ok(HttpResponse::Ok().json(read(&call.state, &call.actor, poll).await?))
}
