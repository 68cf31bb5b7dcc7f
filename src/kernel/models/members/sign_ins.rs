//! Sign-ins of members.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Member;
use crate::kernel::domain::kinds::MemberStatus;
use crate::kernel::models::Db;
use crate::schema::{members, organisations, sign_ins};

/// A valid sign-in and whose it is.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sign_ins)]
pub struct SignIn {
    pub id: Uuid,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    #[diesel(embed)]
    pub member: Member,
}

/// Valid sign-ins: those that have expired, were not used since `idle_since`, or are of a banned member are left out.
#[diesel::dsl::auto_type]
fn valid(idle_since: DateTime<Utc>) -> _ {
    let banned: MemberStatus = MemberStatus::Banned;
    let now: DateTime<Utc> = Utc::now();
    sign_ins::table
        .inner_join(members::table.inner_join(organisations::table))
        .filter(sign_ins::expires_at.gt(now))
        .filter(sign_ins::last_used_at.gt(idle_since))
        .filter(members::status.ne(banned))
}

/// The valid sign-ins behind some tokens, by the SHA-256 of each.
///
/// # Errors
/// From the database.
pub async fn sign_ins_by_token(
    db: &mut Db,
    hashes: &[[u8; 32]],
    idle_since: DateTime<Utc>,
) -> QueryResult<HashMap<Vec<u8>, SignIn>> {
    let hashes: Vec<&[u8]> = hashes.iter().map(|hash| &hash[..]).collect();
    let rows: Vec<(Vec<u8>, SignIn)> = valid(idle_since)
        .filter(sign_ins::token_hash.eq_any(hashes))
        .select((sign_ins::token_hash, SignIn::as_select()))
        .load(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The valid ones of some sign-ins.
///
/// # Errors
/// From the database.
pub async fn sign_ins_by_id(
    db: &mut Db,
    ids: &[Uuid],
    idle_since: DateTime<Utc>,
) -> QueryResult<Vec<SignIn>> {
    valid(idle_since).filter(sign_ins::id.eq_any(ids)).select(SignIn::as_select()).load(db).await
}

/// Gives a sign-in another token.
///
/// # Errors
/// From the database.
pub async fn renew_sign_in(db: &mut Db, id: Uuid, token_hash: &[u8]) -> QueryResult<()> {
    let renewed = diesel::update(sign_ins::table.find(id)).set(sign_ins::token_hash.eq(token_hash));
    renewed.execute(db).await.map(drop)
}

/// Ends a member's sign-ins beyond the `kept` that were used last, and says which.
///
/// # Errors
/// From the database.
pub async fn delete_sign_ins_beyond(db: &mut Db, member: Uuid, kept: i64) -> QueryResult<Vec<Uuid>> {
    let beyond: Vec<Uuid> = sign_ins::table
        .filter(sign_ins::member_id.eq(member))
        .order((sign_ins::last_used_at.desc(), sign_ins::id.desc()))
        .offset(kept)
        .select(sign_ins::id)
        .load(db)
        .await?;
    if beyond.is_empty() {
        return Ok(beyond);
    }
    diesel::delete(sign_ins::table.filter(sign_ins::id.eq_any(beyond)))
        .returning(sign_ins::id)
        .get_results(db)
        .await
}

/// Notes that sign-ins are in use.
///
/// # Errors
/// From the database.
pub async fn touch_sign_ins(db: &mut Db, ids: &[Uuid]) -> QueryResult<()> {
    let used = diesel::update(sign_ins::table.filter(sign_ins::id.eq_any(ids)));
    used.set(sign_ins::last_used_at.eq(Utc::now())).execute(db).await?;
    Ok(())
}

/// A sign-in as its owner sees it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_ins)]
pub struct SignInTimes {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// From the database.
pub async fn insert_sign_in(
    db: &mut Db,
    id: Uuid,
    member: Uuid,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(sign_ins::table)
        .values((
            sign_ins::id.eq(id),
            sign_ins::member_id.eq(member),
            sign_ins::token_hash.eq(token_hash),
            sign_ins::expires_at.eq(expires_at),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// A member's valid sign-ins, newest first.
///
/// # Errors
/// From the database.
pub async fn sign_ins_of(
    db: &mut Db,
    member: Uuid,
    idle_since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<SignInTimes>> {
    sign_ins::table
        .filter(sign_ins::member_id.eq(member))
        .filter(sign_ins::expires_at.gt(Utc::now()).and(sign_ins::last_used_at.gt(idle_since)))
        .order(sign_ins::id.desc())
        .limit(limit)
        .select(SignInTimes::as_select())
        .load(db)
        .await
}

/// True when the member had this sign-in.
///
/// # Errors
/// From the database.
pub async fn delete_sign_in(db: &mut Db, member: Uuid, id: Uuid) -> QueryResult<bool> {
    let target = sign_ins::table.filter(sign_ins::id.eq(id).and(sign_ins::member_id.eq(member)));
    Ok(diesel::delete(target).execute(db).await? > 0)
}

/// Ends all of a member's sign-ins but one, and says which.
///
/// # Errors
/// From the database.
pub async fn delete_sign_ins(db: &mut Db, member: Uuid, but: Option<Uuid>) -> QueryResult<Vec<Uuid>> {
    let but = but.unwrap_or(Uuid::nil());
    diesel::delete(sign_ins::table.filter(sign_ins::member_id.eq(member).and(sign_ins::id.ne(but))))
        .returning(sign_ins::id)
        .get_results(db)
        .await
}

/// Clears away a member's sign-ins that have ended by themselves.
///
/// # Errors
/// From the database.
pub async fn delete_ended_sign_ins(db: &mut Db, member: Uuid, idle_since: DateTime<Utc>) -> QueryResult<()> {
    diesel::delete(
        sign_ins::table
            .filter(sign_ins::member_id.eq(member))
            .filter(sign_ins::expires_at.le(Utc::now()).or(sign_ins::last_used_at.le(idle_since))),
    )
    .execute(db)
    .await?;
    Ok(())
}
