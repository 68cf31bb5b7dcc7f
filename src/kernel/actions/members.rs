//! Members: confirmation, bans, roles, as stewards and admins change them.

use chrono::Utc;
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::accounts::{Accounts, Fields, Revocation, check_free, renamed};
use super::change::Ctx;
use super::tx::of_room;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, FieldError, NAME_MAX, ORGANISATION_MAX};
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::chain::digest;
use crate::kernel::log::event::{Committed, Draft};
use crate::kernel::models::members::{self, Member, MemberChange};
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::{Db, organisations, rooms};

/// What a steward changes about a member; None leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub status: Option<MemberStatus>,
    pub platform_role: Option<PlatformRole>,
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub display_name: Option<String>,
    /// The name that the member wants is not given.
    pub refuse_name: bool,
}

/// Confirms who a member speaks for, with a correction if need be. Who waited becomes active.
///
/// # Errors
/// Not permitted, not found, invalid, `conflict` when the member is banned.
pub async fn confirm(
    accounts: &Accounts,
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    constituency: Option<String>,
    organisation: Option<String>,
) -> Result<Member> {
    let change = Change { constituency, organisation, ..Change::default() };
    apply(accounts, ctx, actor, id, change, true).await
}

/// Changes a member.
///
/// # Errors
/// Not permitted, `own_account`, not found, invalid.
pub async fn change(
    accounts: &Accounts,
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    change: Change,
) -> Result<Member> {
    apply(accounts, ctx, actor, id, change, false).await
}

async fn apply(
    accounts: &Accounts,
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    mut change: Change,
    confirm: bool,
) -> Result<Member> {
    let steward = actor.steward()?.clone();
    // Nobody bans or demotes themselves, and nobody walks into another constituency's caucus.
    if steward.id == id
        && (confirm
            || change.status.is_some()
            || change.platform_role.is_some()
            || change.constituency.is_some())
    {
        return Err(Code::OwnAccount.into());
    }
    if change.platform_role.is_some() && steward.platform_role != PlatformRole::Admin {
        return Err(Code::NotPermitted.into());
    }
    let mut fields = Fields::default();
    if change.status == Some(MemberStatus::Pending) {
        fields.take(Err::<(), _>(FieldError::new("status", FieldCode::Invalid)));
    }
    let line = |field, text: Option<String>, max| text.map(|text| text::line(field, &text, max)).transpose();
    change.constituency = fields.take(line("constituency", change.constituency, 32));
    change.organisation = fields.take(line("organisation", change.organisation, ORGANISATION_MAX));
    change.display_name = fields.take(line("display_name", change.display_name, NAME_MAX));
    fields.done()?;

    let mut conn = accounts.db.get().await?;
    let (before, after, entries) =
        conn.transaction(async |db| write(db, &steward, id, &change, confirm).await).await?;
    drop(conn);

    let mut revocations = Vec::new();
    if after.status == MemberStatus::Banned && before.status != MemberStatus::Banned {
        revocations.push(Revocation::Banned(id));
    } else if (before.status, before.platform_role, &before.constituency, before.confirmed_at.is_some())
        != (after.status, after.platform_role, &after.constituency, after.confirmed_at.is_some())
    {
        revocations.push(Revocation::Changed(id));
    }
    accounts.revoked(revocations);
    let mut rooms: Vec<Uuid> = entries.iter().map(|entry| entry.room_id).collect();
    rooms.dedup();
    for room in rooms {
        ctx.publish(Committed { room, entries: of_room(room, &entries), posts: Vec::new() });
    }
    if after.status == MemberStatus::Banned
        && let Err(error) = silence_everywhere(ctx, actor, id).await
    {
        // The ban stands; who runs the sessions sees to what is left.
        tracing::warn!(member = %id, %error, "what a banned member had begun stays");
    }
    let renamed = after.display_name != before.display_name;
    tracing::info!(target: "security", event = "member_is_now", member = %id, by = %steward.id, status = %after.status, role = %after.platform_role, renamed, "member changed");
    Ok(after)
}

async fn write(
    db: &mut Db,
    steward: &Member,
    id: Uuid,
    change: &Change,
    confirm: bool,
) -> Result<(Member, Member, Vec<Entry>)> {
    // The admins first and always in the same order, so that two changes never wait for each other
    // in a circle, and two admins cannot remove each other.
    let admins = if change.status.is_some() || change.platform_role.is_some() {
        members::lock_admins(db).await?
    } else {
        Vec::new()
    };
    // What was known of the steward may be a second old.
    let steward = members::by_id(db, steward.id).await?.ok_or(Error::NotSignedIn)?;
    let is_admin = steward.platform_role == PlatformRole::Admin;
    if steward.status != MemberStatus::Active
        || steward.platform_role == PlatformRole::Member
        || (change.platform_role.is_some() && !is_admin)
    {
        return Err(Code::NotPermitted.into());
    }
    if !members::lock(db, id).await? {
        return Err(Error::NotFound);
    }
    let before = members::by_id(db, id).await?.ok_or(Error::NotFound)?;
    if steward.id != id && before.platform_role != PlatformRole::Member && !is_admin {
        return Err(Code::NotPermitted.into());
    }
    let stays_admin = change.status.unwrap_or(before.status) == MemberStatus::Active
        && change.platform_role.unwrap_or(before.platform_role) == PlatformRole::Admin;
    if admins.contains(&id) && !stays_admin && admins.len() == 1 {
        return Err(Code::LastAdmin.into());
    }
    if confirm && before.status == MemberStatus::Banned {
        return Err(Code::Conflict.saying("This account is closed."));
    }

    let constituency =
        change.constituency.as_ref().filter(|constituency| **constituency != before.constituency);
    if let Some(constituency) = constituency
        && !organisations::constituency_exists(db, constituency).await?
    {
        return Err(Error::invalid("constituency", FieldCode::Unknown));
    }
    // An organisation belongs to one constituency, so it moves with the member.
    let organisation_id = if constituency.is_some() || change.organisation.is_some() {
        let name = change.organisation.as_ref().unwrap_or(&before.organisation);
        let of = constituency.unwrap_or(&before.constituency);
        Some(organisations::find_or_insert(db, of, name).await?)
    } else {
        None
    };
    let organisation = change.organisation.as_ref().unwrap_or(&before.organisation);
    if change.display_name.is_some() || change.organisation.is_some() {
        let name = change.display_name.as_ref().unwrap_or(&before.display_name);
        check_free(db, name, organisation, Some(id)).await?;
    }
    let named = match &change.display_name {
        Some(name) => renamed(&before, name.clone()),
        None if change.refuse_name => MemberChange { wanted_name: Some(None), ..MemberChange::default() },
        None => MemberChange::default(),
    };
    // A steward who says whom a member speaks for confirms it.
    let confirmed = (confirm && before.confirmed_at.is_none()) || change.constituency.is_some();
    let row = MemberChange {
        constituency: constituency.cloned(),
        organisation_id,
        platform_role: change.platform_role,
        status: if confirm { Some(MemberStatus::Active) } else { change.status },
        confirmed_at: confirmed.then(|| Some(Utc::now())),
        confirmed_by: confirmed.then_some(Some(steward.id)),
        ..named
    };
    members::update(db, id, &row).await?;
    if row.status == Some(MemberStatus::Banned) {
        members::delete_sign_ins(db, id, None).await?;
    }
    let entries = match constituency {
        Some(constituency) => caucus_roles_lost(db, &steward, id, constituency).await?,
        None => Vec::new(),
    };
    let after = members::by_id(db, id).await?.ok_or(Error::NotFound)?;
    Ok((before, after, entries))
}

/// Lets features end what a banned member had begun, wherever it is. The steward who bans need not run any of it.
async fn silence_everywhere(ctx: &Ctx, steward: &Actor, member: Uuid) -> Result<()> {
    for hook in ctx.hooks.iter() {
        let rooms = hook.rooms_of(&mut *ctx.db.get().await?, member).await?;
        for room in rooms {
            ctx.change(steward, room, Action::Read, async |change| hook.silenced(change, member).await)
                .await?;
        }
    }
    Ok(())
}

/// Takes away the roles in caucuses of other constituencies, with an entry in each one's log.
async fn caucus_roles_lost(
    db: &mut Db,
    steward: &Member,
    member: Uuid,
    constituency: &str,
) -> Result<Vec<Entry>> {
    let mut foreign = members::foreign_caucuses(db, member, constituency).await?;
    if foreign.is_empty() {
        return Ok(Vec::new());
    }
    foreign.sort_unstable();
    let mut numbers = Numbers::lock(db, &foreign).await?;
    for room in foreign {
        if rooms::remove_role(db, room, member).await? {
            let revoked = Draft {
                kind: EntryKind::RoleRevoked,
                subject: member,
                actor: Some(steward.id),
                digest: digest(&[]),
            };
            numbers.add(room, &revoked, now())?;
        }
    }
    numbers.write(db).await
}
