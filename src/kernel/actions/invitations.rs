//! Invitations: who may invite whom to register.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::accounts::{Accounts, Fields};
use crate::error::{Code, Error, Result};
use crate::kernel::access::{Actor, new_token, token_hash};
use crate::kernel::domain::email;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::PlatformRole;
use crate::kernel::domain::text::{self, FieldError, ORGANISATION_MAX};
use crate::kernel::models::invitations::{self, Invitation, NewInvitation};
use crate::kernel::models::{Db, installation, members, organisations};

/// Days that an invitation is valid when nothing is said.
const DAYS_DEFAULT: i64 = 14;
/// Most days.
pub const DAYS_MAX: i64 = 90;
/// Days that the link for the first admin is valid.
const DAYS_FIRST_ADMIN: i64 = 7;

/// An invitation as sent.
#[derive(Debug, Clone)]
pub struct Invite {
    pub email: Option<String>,
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub platform_role: PlatformRole,
    pub expires_in_days: Option<i64>,
}

fn invalid() -> Error {
    Error::from(Code::InvitationInvalid)
}

/// Members invite nobody, stewards members, admins anyone.
fn may_invite(issuer: PlatformRole, role: PlatformRole) -> bool {
    match issuer {
        PlatformRole::Member => false,
        PlatformRole::Steward => role == PlatformRole::Member,
        PlatformRole::Admin => true,
    }
}

/// An invitation is worth what its issuer may do today, and a link for the first admin nothing once there is one.
async fn still_stands(db: &mut Db, invitation: &Invitation) -> Result<bool> {
    Ok(match invitation.created_by {
        None if invitation.is_for_first_admin() => !members::has_admin(db).await?,
        None => true,
        Some(issuer) => invitations::issuer_role(db, issuer)
            .await?
            .is_some_and(|role| may_invite(role, invitation.platform_role)),
    })
}

/// The invitation behind a token.
pub(super) async fn find(db: &mut Db, token: &str) -> Result<Invitation> {
    match invitations::by_token(db, &token_hash(token)).await? {
        Some(invitation) if still_stands(db, &invitation).await? => Ok(invitation),
        _ => Err(invalid()),
    }
}

/// Uses an invitation up.
pub(super) async fn take(db: &mut Db, token: &str) -> Result<Invitation> {
    let hash = token_hash(token);
    // Two links for a first admin do not make two.
    if invitations::by_token(db, &hash).await?.is_some_and(|found| found.is_for_first_admin()) {
        installation::lock(db).await?;
    }
    match invitations::take(db, &hash).await? {
        Some(invitation) if still_stands(db, &invitation).await? => Ok(invitation),
        _ => Err(invalid()),
    }
}

/// What an invitation says, for the page that it leads to.
///
/// # Errors
/// Not found when it has been used or is no longer valid.
pub async fn by_token(accounts: &Accounts, token: &str) -> Result<Invitation> {
    let mut db = accounts.db.get().await?;
    find(&mut db, token).await.map_err(|error| if error.is_forbidden() { Error::NotFound } else { error })
}

/// Makes an invitation; answers with its token, which is not kept.
///
/// # Errors
/// Not permitted, invalid, `email_taken`.
pub async fn create(accounts: &Accounts, actor: &Actor, invite: Invite) -> Result<(Invitation, String)> {
    let issuer = actor.steward()?;
    if !may_invite(issuer.platform_role, invite.platform_role) {
        return Err(Code::NotPermitted.into());
    }
    let mut fields = Fields::default();
    let days = invite.expires_in_days.unwrap_or(DAYS_DEFAULT);
    if !(1..=DAYS_MAX).contains(&days) {
        fields.take(Err::<(), _>(FieldError::new("expires_in_days", FieldCode::OutOfRange)));
    }
    let email = fields.take(invite.email.map(|address| email::check("email", &address)).transpose());
    let line = |field, text: Option<String>, max| text.map(|text| text::line(field, &text, max)).transpose();
    let constituency = fields.take(line("constituency", invite.constituency, 32));
    let organisation = fields.take(line("organisation", invite.organisation, ORGANISATION_MAX));
    let mut db = accounts.db.get().await?;
    if let Some(constituency) = &constituency
        && !organisations::constituency_exists(&mut db, constituency).await?
    {
        fields.take(Err::<(), _>(FieldError::new("constituency", FieldCode::Unknown)));
    }
    fields.done()?;
    if let Some(email) = &email
        && members::by_email(&mut db, email).await?.is_some()
    {
        return Err(Code::EmailTaken.into());
    }
    let token = new_token();
    let new = NewInvitation {
        id: Uuid::now_v7(),
        token_hash: token_hash(&token).to_vec(),
        email,
        constituency,
        organisation,
        platform_role: invite.platform_role,
        created_by: Some(issuer.id),
        expires_at: expiry(days),
    };
    Ok((invitations::insert(&mut db, &new).await?, token))
}

/// Withdraws an invitation that nobody has used. Stewards withdraw those they could have made.
///
/// # Errors
/// Not permitted, not found.
pub async fn withdraw(accounts: &Accounts, actor: &Actor, id: Uuid) -> Result<()> {
    let steward = actor.steward()?;
    let mut db = accounts.db.get().await?;
    let invitation = invitations::by_id(&mut db, id).await?.ok_or(Error::NotFound)?;
    if !may_invite(steward.platform_role, invitation.platform_role) {
        return Err(Code::NotPermitted.into());
    }
    if invitations::delete_unused(&mut db, id).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// The token of a link that makes the first admin, when there is none yet. Earlier ones lose
/// their worth.
///
/// # Errors
/// The database is not available.
pub async fn first_admin_link(accounts: &Accounts) -> Result<Option<String>> {
    let mut conn = accounts.db.get().await?;
    conn.transaction(async |db| {
        installation::lock(db).await?;
        invitations::delete_unused_first_admin_links(db).await?;
        if members::has_admin(db).await? {
            return Ok(None);
        }
        operator_invite(db, PlatformRole::Admin).await.map(Some)
    })
    .await
}

/// The token of an invitation that the operator gives out. For an admin it is the link for the first one.
///
/// # Errors
/// `conflict` for an admin when there is one; the database is not available.
pub async fn operator_link(accounts: &Accounts, role: PlatformRole) -> Result<String> {
    if role == PlatformRole::Admin {
        let has_one =
            "There is an admin, who invites others. `plenary user create` makes one without a link.";
        return first_admin_link(accounts).await?.ok_or_else(|| Code::Conflict.saying(has_one));
    }
    let mut db = accounts.db.get().await?;
    operator_invite(&mut db, role).await
}

async fn operator_invite(db: &mut Db, role: PlatformRole) -> Result<String> {
    let token = new_token();
    let new = NewInvitation {
        id: Uuid::now_v7(),
        token_hash: token_hash(&token).to_vec(),
        email: None,
        constituency: None,
        organisation: None,
        platform_role: role,
        created_by: None,
        expires_at: expiry(DAYS_FIRST_ADMIN),
    };
    invitations::insert(db, &new).await?;
    Ok(token)
}

fn expiry(days: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::days(days)
}
