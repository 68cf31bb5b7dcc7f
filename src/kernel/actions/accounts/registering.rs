//! Registration of members.

use chrono::Utc;
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::context::{Accounts, Fields};
use super::naming::check_free;
use super::signing_in::{LIFETIME, SignedIn};
use crate::config::Registration;
use crate::error::{Code, Error, Result};
use crate::kernel::access::{new_token, token_hash};
use crate::kernel::actions::invitations;
use crate::kernel::actions::tx::or_constraint;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Lang, MemberStatus, PlatformRole};
use crate::kernel::domain::text::{self, FieldError, NAME_MAX, ORGANISATION_MAX};
use crate::kernel::domain::{email, passwords as rules};
use crate::kernel::models::members::{self, Member, NewMember};
use crate::kernel::models::{Db, installation, invitations as links, organisations};

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
                // Who issued it vouches for the constituency that it names, and for no other.
                confirmed = taken.constituency.is_some();
                by = taken.created_by;
                used = Some(taken.id);
            }
            let new = AccountTerms {
                hash: &hash,
                role,
                status,
                confirmed,
                confirmed_by: by.filter(|_| confirmed),
                is_demo: accounts.demo,
            };
            let member = insert(db, &checked, new).await?;
            if let Some(invitation) = used {
                links::set_used_by(db, invitation, member.id).await?;
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

/// A registration, checked.
pub(in crate::kernel::actions) struct CheckedAccount {
    email: String,
    display_name: String,
    constituency: String,
    organisation: String,
    locale: Lang,
    invitation: Option<String>,
}

/// What the account gets: password hash, role, status.
pub(in crate::kernel::actions) struct AccountTerms<'a> {
    pub hash: &'a str,
    pub role: PlatformRole,
    pub status: MemberStatus,
    pub confirmed: bool,
    pub confirmed_by: Option<Uuid>,
    pub is_demo: bool,
}

/// Checks all that can be checked before the slow part.
pub(in crate::kernel::actions) async fn check(
    accounts: &Accounts,
    new: NewAccount,
) -> Result<(CheckedAccount, String)> {
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
    let checked = CheckedAccount {
        email: fields.take(email::check("email", &new.email)),
        display_name: fields.take(text::line("display_name", &new.display_name, NAME_MAX)),
        constituency: fields.take(text::line("constituency", &constituency, 32)),
        organisation: fields.take(text::line("organisation", &organisation, ORGANISATION_MAX)),
        locale: new.locale,
        invitation: new.invitation,
    };
    let own = [checked.email.as_str(), &checked.display_name, &checked.organisation, "plenary"];
    fields.take(rules::check("password", &new.password, &own));
    if fixed_email.is_some_and(|fixed| email::key(&fixed) != email::key(&checked.email)) {
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

pub(in crate::kernel::actions) async fn insert(
    db: &mut Db,
    checked: &CheckedAccount,
    new: AccountTerms<'_>,
) -> Result<Member> {
    if new.role == PlatformRole::Admin {
        // Whoever still holds a link for a first admin comes too late.
        installation::lock(db).await?;
        links::delete_unused_first_admin_links(db).await?;
    }
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
    // After the address: who tries to register again hears that, not that their own name is taken.
    check_free(db, &checked.display_name, &checked.organisation, Some(row.id)).await?;
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
            let new = AccountTerms {
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
