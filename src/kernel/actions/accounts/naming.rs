//! What members are called: nobody is taken for somebody else.

use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::context::Accounts;
use crate::error::{Error, Result};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::PlatformRole;
use crate::kernel::domain::text::names;
use crate::kernel::models::Db;
use crate::kernel::models::members::{self, Member, MemberChange};

/// Names that are kept of those a member had.
const FORMER_MAX: usize = 10;

/// May a member of this organisation be called so? A name that looks like that of a steward, an admin, a chair or a
/// moderator is theirs alone. Others of one name are told apart by their organisations, which stand beside it, so
/// within an organisation a name is given once.
///
/// # Errors
/// `name_taken` on `display_name`.
pub(in crate::kernel::actions) async fn check_free(
    db: &mut Db,
    name: &str,
    organisation: &str,
    own: Option<Uuid>,
) -> Result<()> {
    let look = names::look(name);
    members::hold_name(db, &look).await?;
    let mut others = members::namesakes(db, &look).await?;
    others.retain(|other| Some(other.id) != own);
    let is_ours = |other: &members::Namesake| names::look(&other.organisation) == names::look(organisation);
    let ids: Vec<Uuid> = others.iter().map(|other| other.id).collect();
    let taken = others.iter().any(|other| other.platform_role != PlatformRole::Member || is_ours(other))
        || (!ids.is_empty() && members::runs_a_room(db, &ids).await?);
    if taken { Err(Error::invalid("display_name", FieldCode::NameTaken)) } else { Ok(()) }
}

/// What changes when a member gets a name: the one before is kept, what was wanted is settled.
pub(in crate::kernel::actions) fn renamed(member: &Member, name: String) -> MemberChange {
    let mut former = member.former_names.clone();
    if name != member.display_name {
        former.retain(|one| *one != member.display_name);
        former.push(member.display_name.clone());
        former.drain(..former.len().saturating_sub(FORMER_MAX));
    }
    MemberChange {
        display_name: Some(name),
        wanted_name: Some(None),
        former_names: Some(former),
        ..MemberChange::default()
    }
}

/// Names a member as they wish. Of a confirmed one the name stood for something when it was confirmed, so a new one
/// waits for a steward; who confirms others names themselves.
pub(super) async fn wish(accounts: &Accounts, id: Uuid, name: String) -> Result<()> {
    let mut conn = accounts.db.get().await?;
    conn.transaction(async |db| {
        members::lock(db, id).await?;
        let member = members::by_id(db, id).await?.ok_or(Error::NotSignedIn)?;
        let waits = member.confirmed_at.is_some() && member.platform_role == PlatformRole::Member;
        let change = if name == member.display_name {
            MemberChange { wanted_name: Some(None), ..MemberChange::default() }
        } else {
            check_free(db, &name, &member.organisation, Some(id)).await?;
            tracing::info!(member = %id, waits, "new name");
            if waits {
                MemberChange { wanted_name: Some(Some(name)), ..MemberChange::default() }
            } else {
                renamed(&member, name)
            }
        };
        members::update(db, id, &change).await?;
        Ok::<_, Error>(())
    })
    .await
}
