//! A member's own account: name, language, password; and the password that the operator resets.

use diesel_async::AsyncConnection;

use super::context::{Accounts, Revocation};
use super::naming;
use super::signing_in::SignedIn;
use crate::error::{Error, Result};
use crate::kernel::access::{Actor, new_token, token_hash};
use crate::kernel::actions::passwords::Verified;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::domain::text::{self, NAME_MAX};
use crate::kernel::domain::{email, passwords as rules};
use crate::kernel::models::members::{self, Member, MemberChange};

/// Changes what members say about themselves.
///
/// # Errors
/// Not signed in, invalid (`display_name`: `name_taken`).
pub async fn edit_me(
    accounts: &Accounts,
    actor: &Actor,
    display_name: Option<String>,
    locale: Option<Lang>,
) -> Result<Member> {
    let id = actor.member()?.id;
    let display_name = display_name.map(|name| text::line("display_name", &name, NAME_MAX)).transpose()?;
    if let Some(name) = display_name {
        naming::wish(accounts, id, name).await?;
    }
    let mut db = accounts.db.get().await?;
    members::update(&mut db, id, &MemberChange { locale, ..MemberChange::default() }).await?;
    let member = members::by_id(&mut db, id).await?.ok_or(Error::NotSignedIn)?;
    drop(db);
    accounts.access.members_changed();
    Ok(member)
}

/// Changes the actor's password, ends the other sign-ins, and gives the one in use another token: whoever has got hold
/// of the old one is out, too. Its live connections go on.
///
/// # Errors
/// Not signed in, invalid (`current`: `wrong`), `busy`.
pub async fn change_password(
    accounts: &Accounts,
    actor: &Actor,
    current: String,
    new: String,
) -> Result<SignedIn> {
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
    let token = new_token();
    let mut conn = accounts.db.get().await?;
    let ended = conn
        .transaction(async |db| {
            if !members::replace_password_hash(db, member.id, &old, &hash).await? {
                return Err(wrong());
            }
            members::renew_sign_in(db, sign_in.id, &token_hash(&token)).await?;
            accounts.end_others(db, member.id, Some(sign_in.id)).await
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(SignedIn { token, expires_at: sign_in.expires_at, member: member.clone() })
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
            accounts.end_others(db, member.id, None).await
        })
        .await?;
    drop(conn);
    accounts.revoked(ended.into_iter().map(Revocation::SignedOut));
    Ok(())
}
