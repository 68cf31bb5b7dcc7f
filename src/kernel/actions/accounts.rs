//! Becoming a member, signing in and out, and what members change about themselves.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::change::or_constraint;
use super::invitations;
use super::passwords::{Passwords, Verified};
use crate::config::Registration;
use crate::db::Pool;
use crate::error::{Code, Error, Result};
use crate::kernel::access::{Access, Actor, IDLE, token_hash};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Lang, MemberStatus, PlatformRole};
use crate::kernel::domain::text::{self, FieldError, NAME_MAX, ORGANISATION_MAX};
use crate::kernel::domain::{email, passwords as rules};
use crate::kernel::models::members::{self, Member, MemberChange, NewMember};
use crate::kernel::models::{Db, organisations};

/// A sign-in ends after this long, however much it is used.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// What ended for somebody, so that live connections follow at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// This sign-in has ended.
    SignedOut(Uuid),
    /// This member is banned.
    Banned(Uuid),
    /// What this member may do has changed: look again.
    Changed(Uuid),
}

/// Gets every revocation, between COMMIT and the answer. Must not block.
pub trait Revoker: Send + Sync {
    /// Ends what has to end.
    fn revoke(&self, what: Revocation);
}

/// What the actions on accounts work with.
#[derive(Clone)]
pub struct Accounts {
    pub db: Pool,
    pub access: Arc<Access>,
    pub passwords: Arc<Passwords>,
    pub revoker: Arc<dyn Revoker>,
    /// Who registers here only tries the demo, and is marked so.
    pub demo: bool,
}

impl Accounts {
    /// Tells everyone on this node, after COMMIT.
    pub(super) fn revoked(&self, what: impl IntoIterator<Item = Revocation>) {
        self.access.members_changed();
        for revocation in what {
            self.revoker.revoke(revocation);
        }
    }
}

/// Collects what is wrong with several fields.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<&'static str, FieldCode>);

impl Fields {
    /// The value, or an empty one when it is not valid.
    pub fn take<T: Default>(&mut self, result: Result<T, FieldError>) -> T {
        result.unwrap_or_else(|error| {
            self.0.insert(error.field, error.code);
            T::default()
        })
    }

    /// # Errors
    /// Invalid, with all fields that were.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// Who registers, as sent.
#[derive(Clone)]
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub display_name: String,
    /// May be absent when the invitation says it; the same with the organisation.
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub locale: Lang,
    pub invitation: Option<String>,
}

/// A new sign-in. The token is told once and never again.
pub struct SignedIn {
    pub token: String,
    pub expires_at: DateTime<Utc>,
    pub member: Member,
}

/// A token of 256 random bits, in hexadecimal.
pub fn new_token() -> String {
    rand::random::<[u8; 32]>().iter().fold(String::with_capacity(64), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn banned() -> Error {
    Error::from(Code::Banned)
}

fn email_taken() -> Error {
    Error::from(Code::EmailTaken)
}

/// Registers a member and signs in.
///
/// # Errors
/// Invalid, `registration_closed`, `invitation_invalid`, `email_taken`, `busy`.
pub async fn register(accounts: &Accounts, policy: Registration, new: NewAccount) -> Result<SignedIn> {
    if policy == Registration::Invitation && new.invitation.is_none() {
        return Err(Code::RegistrationClosed.into());
    }
    let (checked, password) = check(accounts, new).await?;
    let status = match policy {
        Registration::Approval if checked.invitation.is_none() => MemberStatus::Pending,
        _ => MemberStatus::Active,
    };
    let hash = accounts.passwords.hash(password).await?;
    let (token, expires_at) = (new_token(), Utc::now() + LIFETIME);
    let mut conn = accounts.db.get().await?;
    let member = conn
        .transaction(async |db| {
            let (mut role, mut confirmed, mut by, mut used) = (PlatformRole::Member, false, None, None);
            if let Some(token) = &checked.invitation {
                let taken = invitations::take(db, token).await?;
                role = taken.platform_role;
                // The issuer vouches for the constituency; the operator for the first admin.
                confirmed = taken.constituency.is_some()
                    || (taken.created_by.is_none() && role == PlatformRole::Admin);
                by = taken.created_by;
                used = Some(taken.id);
            }
            let new = New {
                hash: &hash,
                role,
                status,
                confirmed,
                confirmed_by: by.filter(|_| confirmed),
                is_demo: accounts.demo,
            };
            let member = insert(db, &checked, new).await?;
            if let Some(invitation) = used {
                crate::kernel::models::invitations::set_used_by(db, invitation, member.id).await?;
            }
            members::insert_sign_in(db, Uuid::now_v7(), member.id, &token_hash(&token), expires_at).await?;
            Ok::<_, Error>(member)
        })
        .await?;
    drop(conn);
    accounts.access.members_changed();
    tracing::info!(member = %member.id, status = %member.status, "registered");
    Ok(SignedIn { token, expires_at, member })
}

/// What was sent, checked.
pub(super) struct Checked {
    email: String,
    display_name: String,
    constituency: String,
    organisation: String,
    locale: Lang,
    invitation: Option<String>,
}

pub(super) struct New<'a> {
    pub hash: &'a str,
    pub role: PlatformRole,
    pub status: MemberStatus,
    pub confirmed: bool,
    pub confirmed_by: Option<Uuid>,
    pub is_demo: bool,
}

/// Checks all that can be checked before the slow part.
pub(super) async fn check(accounts: &Accounts, new: NewAccount) -> Result<(Checked, String)> {
    let mut db = accounts.db.get().await?;
    let invited = match &new.invitation {
        Some(token) => Some(invitations::find(&mut db, token).await?),
        None => None,
    };
    let (fixed_email, constituency, organisation) = match invited {
        Some(invited) => (invited.email, invited.constituency, invited.organisation),
        None => (None, None, None),
    };
    let constituency = constituency.or(new.constituency).unwrap_or_default();
    let organisation = organisation.or(new.organisation).unwrap_or_default();
    let mut fields = Fields::default();
    let checked = Checked {
        email: fields.take(email::check("email", &new.email)),
        display_name: fields.take(text::line("display_name", &new.display_name, NAME_MAX)),
        constituency: fields.take(text::line("constituency", &constituency, 32)),
        organisation: fields.take(text::line("organisation", &organisation, ORGANISATION_MAX)),
        locale: new.locale,
        invitation: new.invitation,
    };
    let own = [checked.email.as_str(), &checked.display_name, &checked.organisation, "plenary"];
    fields.take(rules::check("password", &new.password, &own));
    if fixed_email.is_some_and(|fixed| fixed.to_lowercase() != checked.email.to_lowercase()) {
        fields.take(Err::<(), _>(FieldError::new("email", FieldCode::NotInvited)));
    }
    if !checked.constituency.is_empty()
        && !organisations::constituency_exists(&mut db, &checked.constituency).await?
    {
        fields.take(Err::<(), _>(FieldError::new("constituency", FieldCode::Unknown)));
    }
    fields.done()?;
    if members::by_email(&mut db, &checked.email).await?.is_some() {
        return Err(email_taken());
    }
    Ok((checked, new.password))
}

pub(super) async fn insert(db: &mut Db, checked: &Checked, new: New<'_>) -> Result<Member> {
    let organisation_id =
        organisations::find_or_insert(db, &checked.constituency, &checked.organisation).await?;
    let row = NewMember {
        id: Uuid::now_v7(),
        email: checked.email.clone(),
        password_hash: new.hash.to_owned(),
        display_name: checked.display_name.clone(),
        constituency: checked.constituency.clone(),
        confirmed_at: new.confirmed.then(Utc::now),
        confirmed_by: new.confirmed_by,
        organisation_id,
        platform_role: new.role,
        status: new.status,
        locale: checked.locale,
        is_demo: new.is_demo,
    };
    or_constraint(members::insert(db, &row).await, "members_email_key", email_taken)?;
    members::by_id(db, row.id).await?.ok_or(Error::NotFound)
}

/// Makes an active, confirmed member: the operator vouches.
///
/// # Errors
/// Invalid, `email_taken`.
pub async fn create(accounts: &Accounts, new: NewAccount, role: PlatformRole) -> Result<Member> {
    let (checked, password) = check(accounts, NewAccount { invitation: None, ..new }).await?;
    let hash = accounts.passwords.hash(password).await?;
    let mut conn = accounts.db.get().await?;
    let member = conn
        .transaction(async |db| {
            let new = New {
                hash: &hash,
                role,
                status: MemberStatus::Active,
                confirmed: true,
                confirmed_by: None,
                is_demo: accounts.demo,
            };
            insert(db, &checked, new).await
        })
        .await?;
    accounts.access.members_changed();
    Ok(member)
}

/// Signs in. `previous` is the sign-in that the caller held until now; it ends.
///
/// # Errors
/// Wrong credentials, `banned`, `busy`.
pub async fn sign_in(
    accounts: &Accounts,
    address: &str,
    password: String,
    previous: Option<(Uuid, Uuid)>,
) -> Result<SignedIn> {
    let found = match email::check("email", address) {
        Ok(address) => {
            let mut db = accounts.db.get().await?;
            members::by_email(&mut db, &address).await?
        }
        Err(_) => None,
    };
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

pub(super) async fn begin(
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
            match previous {
                Some((owner, id)) if members::delete_sign_in(db, owner, id).await? => Ok(Some(id)),
                _ => Ok(None),
            }
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.map(Revocation::SignedOut));
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

/// Ends all of the actor's sign-ins but the one in use.
///
/// # Errors
/// Not signed in.
pub async fn end_other_sign_ins(accounts: &Accounts, actor: &Actor) -> Result<()> {
    let sign_in = actor.sign_in.as_deref().ok_or(Error::NotSignedIn)?;
    let mut db = accounts.db.get().await?;
    let ended = members::delete_sign_ins(&mut db, sign_in.member.id, Some(sign_in.id)).await?;
    drop(db);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(())
}

/// Changes what members say about themselves.
///
/// # Errors
/// Not signed in, invalid.
pub async fn edit_me(
    accounts: &Accounts,
    actor: &Actor,
    display_name: Option<String>,
    locale: Option<Lang>,
) -> Result<Member> {
    let id = actor.member()?.id;
    let display_name = display_name.map(|name| text::line("display_name", &name, NAME_MAX)).transpose()?;
    let mut db = accounts.db.get().await?;
    members::update(&mut db, id, &MemberChange { display_name, locale, ..MemberChange::default() }).await?;
    let member = members::by_id(&mut db, id).await?.ok_or(Error::NotSignedIn)?;
    drop(db);
    accounts.access.members_changed();
    Ok(member)
}

/// Changes the actor's password and ends the other sign-ins.
///
/// # Errors
/// Not signed in, invalid (`current`: `wrong`), `busy`.
pub async fn change_password(accounts: &Accounts, actor: &Actor, current: String, new: String) -> Result<()> {
    let sign_in = actor.sign_in.as_deref().ok_or(Error::NotSignedIn)?;
    let member = &sign_in.member;
    rules::check("new", &new, &[&member.email, &member.display_name, &member.organisation, "plenary"])?;
    let mut db = accounts.db.get().await?;
    let old = members::password_hash(&mut db, member.id).await?.ok_or(Error::NotSignedIn)?;
    drop(db);
    let wrong = || Error::invalid("current", FieldCode::Wrong);
    if accounts.passwords.verify(current, Some(old.clone())).await? == Verified::No {
        return Err(wrong());
    }
    let hash = accounts.passwords.hash(new).await?;
    let mut conn = accounts.db.get().await?;
    let ended = conn
        .transaction(async |db| {
            if !members::replace_password_hash(db, member.id, &old, &hash).await? {
                return Err(wrong());
            }
            Ok(members::delete_sign_ins(db, member.id, Some(sign_in.id)).await?)
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(())
}

/// Sets a member's password, for the operator, and ends all sign-ins.
///
/// # Errors
/// Not found, invalid.
pub async fn reset_password(accounts: &Accounts, address: &str, new: String) -> Result<()> {
    let address = email::check("email", address)?;
    let mut conn = accounts.db.get().await?;
    let (member, _) = members::by_email(&mut conn, &address).await?.ok_or(Error::NotFound)?;
    drop(conn);
    rules::check("password", &new, &[&member.email, &member.display_name, &member.organisation, "plenary"])?;
    let hash = accounts.passwords.hash(new).await?;
    let mut conn = accounts.db.get().await?;
    let ended = conn
        .transaction(async |db| {
            members::set_password_hash(db, member.id, &hash).await?;
            Ok::<_, Error>(members::delete_sign_ins(db, member.id, None).await?)
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(())
}
