//! Signing in and out.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::context::{Accounts, Revocation};
use crate::error::{Code, Error, Result};
use crate::kernel::access::{Actor, IDLE, new_token, token_hash};
use crate::kernel::actions::passwords::Verified;
use crate::kernel::domain::email;
use crate::kernel::domain::kinds::MemberStatus;
use crate::kernel::models::members::{self, Member};

/// A sign-in ends after this long, however much it is used.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Sign-ins that a member holds at once; beyond them, the one not used for longest ends.
pub const SIGN_INS_MAX: i64 = 50;

/// Who somebody says to be who signs in.
pub struct Claim {
    found: Option<(Member, String)>,
    /// The address as accounts are told apart by it, the same in every spelling, whether or not there is an account.
    pub account: String,
}

impl Claim {
    /// The member with this address, who need not be the one who claims it.
    pub fn member(&self) -> Option<Uuid> {
        self.found.as_ref().map(|(member, _)| member.id)
    }
}

/// A new sign-in. The token is told once and never again.
pub struct SignedIn {
    pub token: String,
    pub expires_at: DateTime<Utc>,
    pub member: Member,
}

fn banned() -> Error {
    Error::from(Code::Banned)
}

/// Looks up whose address it is. What is no address is nobody's.
///
/// # Errors
/// The database is not available.
pub async fn claim(accounts: &Accounts, address: &str) -> Result<Claim> {
    let Ok(address) = email::check("email", address) else {
        return Ok(Claim { found: None, account: String::new() });
    };
    let account = email::key(&address);
    Ok(Claim { found: members::by_email(&mut *accounts.db.get().await?, &address).await?, account })
}

/// Signs in. `previous` is the sign-in that the caller held until now; it ends.
///
/// # Errors
/// Wrong credentials, `banned`, `busy`.
pub async fn sign_in(
    accounts: &Accounts,
    claim: Claim,
    password: String,
    previous: Option<(Uuid, Uuid)>,
) -> Result<SignedIn> {
    let found = claim.found;
    // No connection is held while the hash takes its time.
    let stored = found.as_ref().map(|(_, hash)| hash.clone());
    let outcome = accounts.passwords.verify(password.clone(), stored).await?;
    let (Some((member, mut hash)), Verified::Yes | Verified::YesButOld) = (found, outcome) else {
        return Err(Error::from(Code::WrongCredentials));
    };
    if member.status == MemberStatus::Banned {
        return Err(banned());
    }
    if outcome == Verified::YesButOld {
        let new = accounts.passwords.hash(password).await?;
        let mut db = accounts.db.get().await?;
        if members::replace_password_hash(&mut db, member.id, &hash, &new).await? {
            hash = new;
        }
    }
    begin(accounts, member, Some(&hash), previous).await
}

pub(in crate::kernel::actions) async fn begin(
    accounts: &Accounts,
    member: Member,
    hash: Option<&str>,
    previous: Option<(Uuid, Uuid)>,
) -> Result<SignedIn> {
    let (token, expires_at) = (new_token(), Utc::now() + LIFETIME);
    let mut conn = accounts.db.get().await?;
    let ended = conn
        .transaction(async |db| {
            // A ban or a new password that came between the check and now wins.
            if !members::hold_for_sign_in(db, member.id, hash).await? {
                return Err(Error::from(Code::WrongCredentials));
            }
            members::delete_ended_sign_ins(db, member.id, Utc::now() - IDLE).await?;
            members::insert_sign_in(db, Uuid::now_v7(), member.id, &token_hash(&token), expires_at).await?;
            let mut ended = Vec::new();
            if let Some((owner, id)) = previous
                && members::delete_sign_in(db, owner, id).await?
            {
                ended.push(id);
            }
            ended.extend(members::delete_sign_ins_beyond(db, member.id, SIGN_INS_MAX).await?);
            Ok(ended)
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(SignedIn { token, expires_at, member })
}

/// Ends the sign-in that the actor uses.
///
/// # Errors
/// The database is not available.
pub async fn sign_out(accounts: &Accounts, actor: &Actor) -> Result<()> {
    match &actor.sign_in {
        Some(sign_in) => end_sign_in(accounts, actor, sign_in.id).await,
        None => Ok(()),
    }
}

/// Ends one of the actor's sign-ins. One that has ended already is as good as ended.
///
/// # Errors
/// Not signed in; not found.
pub async fn end_sign_in(accounts: &Accounts, actor: &Actor, id: Uuid) -> Result<()> {
    let member = actor.member()?.id;
    let mut db = accounts.db.get().await?;
    let was_there = members::delete_sign_in(&mut db, member, id).await?;
    drop(db);
    let is_own = actor.sign_in.as_ref().is_some_and(|sign_in| sign_in.id == id);
    if was_there || is_own {
        accounts.revoked([Revocation::SignedOut(id)]);
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Ends all of the actor's sign-ins but the one in use, and whatever else opens something of the account.
///
/// # Errors
/// Not signed in.
pub async fn end_other_sign_ins(accounts: &Accounts, actor: &Actor) -> Result<()> {
    let sign_in = actor.sign_in.as_deref().ok_or(Error::NotSignedIn)?;
    let mut conn = accounts.db.get().await?;
    let ended = conn
        .transaction(async |db| accounts.end_others(db, sign_in.member.id, Some(sign_in.id)).await)
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(())
}
