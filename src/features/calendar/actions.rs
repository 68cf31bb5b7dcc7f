//! The secret address of a member's calendar feed.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::error::Result;
use crate::features::calendar::store as calendar;
use crate::kernel::access::{Actor, new_token, token_hash};
use crate::kernel::actions::ChangeHook;
use crate::kernel::actions::accounts::Accounts;
use crate::kernel::log::append::now;
use crate::kernel::models::Db;

/// Ends the address where everything else that opens the account ends.
pub struct Feeds;

impl ChangeHook for Feeds {
    fn others_ended<'a>(&'a self, db: &'a mut Db, member: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { Ok(calendar::delete_feed(db, member).await?) })
    }
}

/// Makes a feed's address, in place of an earlier one; answers with its token, which is not kept.
///
/// # Errors
/// Not signed in; the database is not available.
pub async fn make_feed(accounts: &Accounts, actor: &Actor) -> Result<String> {
    let member = actor.member()?.id;
    let token = new_token();
    calendar::set_feed(&mut *accounts.db.get().await?, member, &token_hash(&token), now()).await?;
    Ok(token)
}

/// Takes the address away.
///
/// # Errors
/// Not signed in; the database is not available.
pub async fn revoke_feed(accounts: &Accounts, actor: &Actor) -> Result<()> {
    let member = actor.member()?.id;
    Ok(calendar::delete_feed(&mut *accounts.db.get().await?, member).await?)
}
