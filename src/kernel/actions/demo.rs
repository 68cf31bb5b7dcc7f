//! Members of the demo: nobody knows a password of theirs, and anybody may be one of them by a click.

use std::time::Duration;

use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::accounts::{AccountTerms, Accounts, NewAccount, SignedIn, begin, check, insert};
use crate::error::{Code, Error, Result};
use crate::kernel::access::new_token;
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole};
use crate::kernel::models::members::{self, Member, NO_PASSWORD};
use crate::kernel::models::{Db, installation};

/// How many members the one-click page offers: the first that were made.
pub const OFFERED: i64 = 14;

/// How long one server waits for another that loads the demo into the same database.
const TURN_S: u32 = 60;

/// Makes a member of the demo, as registering does: a steward still has to confirm. Only who has a
/// role on the installation is there at once, as when the operator vouches. Who exists is answered
/// as is.
///
/// # Errors
/// Invalid; `email_taken` by somebody who is not of the demo.
pub async fn add(accounts: &Accounts, new: NewAccount, role: PlatformRole) -> Result<Member> {
    let earlier = members::by_email(&mut *accounts.db.get().await?, &new.email).await?;
    if let Some((member, _)) = earlier.filter(|(member, hash)| member.is_demo && hash == NO_PASSWORD) {
        return Ok(member);
    }
    // Good enough for the rules, and thrown away.
    let password = new_token()[..20].to_owned();
    let (checked, _) = check(accounts, NewAccount { password, ..new }).await?;
    let vouched = role != PlatformRole::Member;
    let new = AccountTerms {
        hash: NO_PASSWORD,
        role,
        status: if vouched { MemberStatus::Active } else { MemberStatus::Pending },
        confirmed: vouched,
        confirmed_by: None,
        is_demo: true,
    };
    let mut conn = accounts.db.get().await?;
    let member = conn.transaction(async |db| insert(db, &checked, new).await).await?;
    drop(conn);
    accounts.access.members_changed();
    Ok(member)
}

/// Signs in as a member of the demo.
///
/// # Errors
/// Not found when the member is not one of the demo without a password.
pub async fn sign_in(accounts: &Accounts, member: Uuid, previous: Option<(Uuid, Uuid)>) -> Result<SignedIn> {
    let member = members::demo_by_id(&mut *accounts.db.get().await?, member).await?;
    begin(accounts, member.ok_or(Error::NotFound)?, Some(NO_PASSWORD), previous).await
}

/// Does `load` unless it was done before, one server at a time, and notes that it is done. None
/// when there was nothing to do.
///
/// # Errors
/// `not_empty` when there are members who are not of the demo: one click must never sign in where
/// real people talk. Otherwise those of `load`.
pub async fn once<T>(accounts: &Accounts, load: impl AsyncFnOnce() -> Result<T>) -> Result<Option<T>> {
    let mut conn = accounts.db.get().await?;
    wait_for_turn(&mut conn).await?;
    let outcome = async {
        if members::has_real(&mut conn).await? {
            return Err(Code::NotEmpty
                .saying("This database has members of its own; the demo goes only into an empty one."));
        }
        if installation::demo_loaded_at(&mut conn).await?.is_some() {
            return Ok(None);
        }
        let loaded = load().await?;
        installation::set_demo_loaded(&mut conn).await?;
        Ok(Some(loaded))
    }
    .await;
    installation::leave_demo_lock(&mut conn).await?;
    outcome
}

async fn wait_for_turn(db: &mut Db) -> Result<()> {
    for _ in 0..TURN_S {
        if installation::take_demo_lock(db).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(Code::NotEmpty.saying("Another server is loading the demo into this database."))
}
