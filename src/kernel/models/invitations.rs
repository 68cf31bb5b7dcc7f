//! Invitations: links that let somebody register.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole};
use crate::schema::{invitations, members};

/// An invitation without its token, which is not kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    pub id: Uuid,
    pub email: Option<String>,
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub platform_role: PlatformRole,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Invitation {
    /// True for a link of the operator that makes an admin: it is for an installation that has none.
    pub fn is_for_first_admin(&self) -> bool {
        self.created_by.is_none() && self.platform_role == PlatformRole::Admin
    }
}

/// An invitation as it is stored for the first time.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = invitations)]
pub struct NewInvitation {
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub email: Option<String>,
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub platform_role: PlatformRole,
    pub created_by: Option<Uuid>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, invitation: &NewInvitation) -> QueryResult<Invitation> {
    diesel::insert_into(invitations::table)
        .values(invitation)
        .returning(Invitation::as_returning())
        .get_result(db)
        .await
}

/// The invitation behind a token, while it can be used, and who issued it, when a member did.
///
/// # Errors
/// From the database.
pub async fn by_token(db: &mut Db, token_hash: &[u8]) -> QueryResult<Option<Invitation>> {
    invitations::table
        .filter(invitations::token_hash.eq(token_hash))
        .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(Utc::now())))
        .select(Invitation::as_select())
        .first(db)
        .await
        .maybe()
}

/// What the issuer may do today; None when the account is not active.
///
/// # Errors
/// From the database.
pub async fn issuer_role(db: &mut Db, issuer: Uuid) -> QueryResult<Option<PlatformRole>> {
    members::table
        .find(issuer)
        .filter(members::status.eq(MemberStatus::Active))
        .select(members::platform_role)
        .first(db)
        .await
        .maybe()
}

/// Uses the invitation up. Of many who try at once only one gets it.
///
/// # Errors
/// From the database.
pub async fn take(db: &mut Db, token_hash: &[u8]) -> QueryResult<Option<Invitation>> {
    let target = invitations::table
        .filter(invitations::token_hash.eq(token_hash))
        .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(Utc::now())));
    diesel::update(target)
        .set(invitations::used_at.eq(Utc::now()))
        .returning(Invitation::as_returning())
        .get_result(db)
        .await
        .maybe()
}

/// Notes who used the invitation.
///
/// # Errors
/// From the database.
pub async fn set_used_by(db: &mut Db, id: Uuid, member: Uuid) -> QueryResult<()> {
    diesel::update(invitations::table.find(id)).set(invitations::used_by.eq(member)).execute(db).await?;
    Ok(())
}

/// Invitations that can still be used, newest first, before an id.
///
/// # Errors
/// From the database.
pub async fn page(db: &mut Db, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<Invitation>> {
    let mut query = invitations::table
        .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(Utc::now())))
        .select(Invitation::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(invitations::id.lt(after));
    }
    query.order(invitations::id.desc()).limit(limit).load(db).await
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Invitation>> {
    invitations::table
        .find(id)
        .filter(invitations::used_at.is_null())
        .select(Invitation::as_select())
        .first(db)
        .await
        .maybe()
}

/// Withdraws an invitation that nobody has used. False when somebody has.
///
/// # Errors
/// From the database.
pub async fn delete_unused(db: &mut Db, id: Uuid) -> QueryResult<bool> {
    let target = invitations::table.filter(invitations::id.eq(id).and(invitations::used_at.is_null()));
    Ok(diesel::delete(target).execute(db).await? > 0)
}

/// Withdraws the links for a first admin that were printed before.
///
/// # Errors
/// From the database.
pub async fn delete_unused_first_admin_links(db: &mut Db) -> QueryResult<()> {
    diesel::delete(
        invitations::table
            .filter(invitations::created_by.is_null().and(invitations::used_at.is_null()))
            .filter(invitations::platform_role.eq(PlatformRole::Admin)),
    )
    .execute(db)
    .await?;
    Ok(())
}
