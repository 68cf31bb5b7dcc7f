//! Programmes, rooms and who holds a role in them.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::change::{Ctx, RoomTx};
use super::tx::or_constraint;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::agenda::YEARS;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{MemberStatus, RoomKind, RoomRole, Visibility};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, DESCRIPTION_MAX, SLUG_MAX, TITLE_MAX};
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::chain::digest;
use crate::kernel::log::event::{Committed, Draft};
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::rooms::{self, Programme, ProgrammeChange, Room};
use crate::kernel::models::{Db, organisations};

/// A room as a steward sends it.
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub title: String,
    pub slug: Option<String>,
    pub description: String,
    pub kind: RoomKind,
    pub visibility: Visibility,
    pub constituency: Option<String>,
    pub programme: Option<Uuid>,
    /// Who holds the chair; without it, the maker, where the maker may.
    pub chair: Option<Uuid>,
}

/// Makes a room. Its maker becomes the chair, except in a caucus of another constituency.
///
/// # Errors
/// Not permitted, invalid, `slug_taken`.
pub async fn create(ctx: &Ctx, actor: &Actor, new: NewRoom) -> Result<Room> {
    let maker = actor.steward()?.clone();
    let room = checked(&new, maker.id)?;
    check_programme(ctx, actor, room.programme_id).await?;
    let (room, entries) =
        ctx.transaction(async |db| insert(db, &room, &maker, new.chair, new.slug.is_some()).await).await?;
    ctx.publish(Committed { room: room.id, entries, posts: Vec::new() });
    Ok(room)
}

/// A programme that somebody does not see is as one that is not there.
async fn check_programme(ctx: &Ctx, actor: &Actor, programme: Option<Uuid>) -> Result<()> {
    let Some(programme) = programme else { return Ok(()) };
    match ctx.access.programme_for_room(actor, programme).await {
        Ok(_) => Ok(()),
        Err(Error::NotFound) => Err(Error::invalid("programme", FieldCode::Unknown)),
        Err(error) => Err(error),
    }
}

fn checked(new: &NewRoom, maker: Uuid) -> Result<Room> {
    let title = text::line("title", &new.title, TITLE_MAX)?;
    let description = text::optional_block("description", &new.description, DESCRIPTION_MAX)?;
    let constituency =
        new.constituency.as_deref().map(|name| text::line("constituency", name, 32)).transpose()?;
    match (new.kind, &constituency) {
        (RoomKind::Caucus, None) => return Err(Error::invalid("constituency", FieldCode::Required)),
        (RoomKind::Forum | RoomKind::Workshop, Some(_)) => {
            return Err(Error::invalid("constituency", FieldCode::OnlyForCaucus));
        }
        (RoomKind::Caucus, Some(_)) if new.visibility == Visibility::Public => {
            return Err(Error::invalid("visibility", FieldCode::NotForCaucus));
        }
        _ => {}
    }
    let id = Uuid::now_v7();
    let mut slug = match &new.slug {
        Some(slug) => text::slug("slug", slug)?,
        None => match text::slug_from(&title) {
            slug if slug.is_empty() => format!("room-{}", &id.simple().to_string()[20..]),
            slug => slug,
        },
    };
    // Nobody can guess it, and no chosen name ever meets it: a name that is taken would tell of a room that is hidden.
    if new.kind == RoomKind::Caucus || new.visibility == Visibility::Invited {
        slug = with_suffix(&slug, id);
    }
    Ok(Room {
        id,
        programme_id: new.programme,
        slug,
        title,
        description,
        kind: new.kind,
        visibility: new.visibility,
        constituency,
        head_seq: 0,
        slow_mode_s: 0,
        closed_at: None,
        created_by: maker,
        created_at: now(),
    })
}

/// A short name with an end of its own.
fn with_suffix(slug: &str, id: Uuid) -> String {
    let slug = slug[..slug.len().min(SLUG_MAX - 9)].trim_end_matches('-');
    format!("{slug}-{}", &id.simple().to_string()[24..])
}

async fn insert(
    db: &mut Db,
    room: &Room,
    maker: &Member,
    chair: Option<Uuid>,
    slug_was_chosen: bool,
) -> Result<(Room, Vec<crate::kernel::models::room_log::Entry>)> {
    let mut room = room.clone();
    // One that was made before hidden rooms had an end to their names is not told of either.
    if let Some(other) = rooms::by_slug(db, &room.slug).await?
        && (!slug_was_chosen || !is_open(&other))
    {
        room.slug = with_suffix(&room.slug, room.id);
    }
    if let Some(constituency) = &room.constituency
        && !organisations::constituency_exists(db, constituency).await?
    {
        return Err(Error::invalid("constituency", FieldCode::Unknown));
    }
    or_constraint(rooms::insert(db, &room).await, "rooms_slug_key", || Error::from(Code::SlugTaken))?;
    let mut numbers = Numbers::lock(db, &[room.id]).await?;
    let at = room.created_at;
    let made = Draft {
        kind: EntryKind::RoomCreated,
        subject: room.id,
        actor: Some(maker.id),
        digest: digest(&[room.title.as_bytes(), room.kind.as_str().as_bytes()]),
    };
    numbers.add(room.id, &made, at)?;
    let chair = match chair {
        Some(chair) => {
            Some(members::by_id(db, chair).await?.ok_or(Error::invalid("chair", FieldCode::Unknown))?)
        }
        None => may_hold_role(&room, maker).then(|| maker.clone()),
    };
    if let Some(chair) = chair {
        if !may_hold_role(&room, &chair) {
            return Err(Error::invalid("chair", FieldCode::OtherConstituency));
        }
        rooms::set_role(db, room.id, chair.id, RoomRole::Chair, Some(maker.id)).await?;
        let granted = Draft {
            kind: EntryKind::RoleGranted,
            subject: chair.id,
            actor: Some(maker.id),
            digest: digest(&[RoomRole::Chair.as_str().as_bytes()]),
        };
        numbers.add(room.id, &granted, at)?;
    }
    let entries = numbers.write(db).await?;
    room.head_seq = entries.len() as i64;
    Ok((room, entries))
}

/// True when every member sees the room.
fn is_open(room: &Room) -> bool {
    room.kind != RoomKind::Caucus && room.visibility != Visibility::Invited
}

/// In a caucus only its own, confirmed constituency holds roles; nobody waiting or banned does anywhere.
fn may_hold_role(room: &Room, member: &Member) -> bool {
    member.status == MemberStatus::Active
        && room
            .constituency
            .as_ref()
            .is_none_or(|constituency| *constituency == member.constituency && member.confirmed_at.is_some())
}

/// What a chair or moderator may change about a room.
#[derive(Debug, Clone, Default)]
pub struct RoomEdit {
    pub title: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub programme: Option<Option<Uuid>>,
}

/// Changes a room's settings.
///
/// # Errors
/// Not found, not permitted, `room_closed`, invalid.
pub async fn edit(ctx: &Ctx, actor: &Actor, room: Uuid, edit: RoomEdit) -> Result<Room> {
    ctx.access.room(actor, room, Action::EditRoom).await?;
    check_programme(ctx, actor, edit.programme.flatten()).await?;
    ctx.change(actor, room, Action::EditRoom, async |change| {
        let title = edit.title.map(|title| text::line("title", &title, TITLE_MAX)).transpose()?;
        let description = edit
            .description
            .map(|description| text::optional_block("description", &description, DESCRIPTION_MAX))
            .transpose()?;
        if change.state.room.kind == RoomKind::Caucus && edit.visibility == Some(Visibility::Public) {
            return Err(Error::invalid("visibility", FieldCode::NotForCaucus));
        }
        if title.is_none() && description.is_none() && edit.visibility.is_none() && edit.programme.is_none() {
            return Ok(change.state.room.clone());
        }
        let new = rooms::RoomPatch {
            title,
            description,
            visibility: edit.visibility,
            programme_id: edit.programme,
            ..rooms::RoomPatch::default()
        };
        let mut after = rooms::update(change.db(), room, &new).await?;
        after.head_seq = change.log(
            EntryKind::RoomEdited,
            room,
            &[after.title.as_bytes(), after.description.as_bytes(), after.visibility.as_str().as_bytes()],
        )?;
        Ok(after)
    })
    .await
}

/// Gives a member a role in a room, in place of the one held.
///
/// # Errors
/// Not found, not permitted, `last_chair`, `other_constituency`.
pub async fn set_role(ctx: &Ctx, actor: &Actor, room: Uuid, member: Uuid, role: RoomRole) -> Result<()> {
    ctx.change(actor, room, Action::ManageRoles, async |change| {
        let target = members::by_id(change.db(), member).await?.ok_or(Error::NotFound)?;
        if !may_hold_role(&change.state.room, &target) {
            return Err(Code::CannotHoldRole.into());
        }
        check_rank(change, member, Some(role))?;
        if change.state.roles.get(&member) == Some(&role) {
            return Ok(());
        }
        let by = change.member.id;
        rooms::set_role(change.db(), room, member, role, Some(by)).await?;
        change.log(EntryKind::RoleGranted, member, &[role.as_str().as_bytes()])?;
        Ok(())
    })
    .await
}

/// Takes a member's role in a room away.
///
/// # Errors
/// Not found, not permitted, `last_chair`.
pub async fn remove_role(ctx: &Ctx, actor: &Actor, room: Uuid, member: Uuid) -> Result<()> {
    ctx.change(actor, room, Action::ManageRoles, async |change| {
        check_rank(change, member, None)?;
        if !rooms::remove_role(change.db(), room, member).await? {
            return Err(Error::NotFound);
        }
        change.log(EntryKind::RoleRevoked, member, &[])?;
        Ok(())
    })
    .await
}

/// A moderator neither makes nor unmakes a chair, and a room keeps its last chair.
fn check_rank(change: &RoomTx, member: Uuid, new: Option<RoomRole>) -> Result<()> {
    let roles = &change.state.roles;
    let held = roles.get(&member).copied();
    let actor_role = roles.get(&change.member.id).copied();
    let touches_chair = held == Some(RoomRole::Chair) || new == Some(RoomRole::Chair);
    if touches_chair && actor_role == Some(RoomRole::Moderator) {
        return Err(Code::NotPermitted.into());
    }
    let chairs = roles.values().filter(|role| **role == RoomRole::Chair).count();
    if held == Some(RoomRole::Chair) && new != Some(RoomRole::Chair) && chairs == 1 {
        return Err(Code::LastChair.into());
    }
    Ok(())
}

/// A programme as a steward sends it.
#[derive(Debug, Clone)]
pub struct NewProgramme {
    pub title: String,
    pub slug: Option<String>,
    pub description: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

/// Makes a programme.
///
/// # Errors
/// Not permitted, invalid, `slug_taken`.
pub async fn create_programme(ctx: &Ctx, actor: &Actor, new: NewProgramme) -> Result<Programme> {
    let maker = actor.steward()?.id;
    let title = text::line("title", &new.title, TITLE_MAX)?;
    check_dates(new.starts_on, new.ends_on)?;
    let id = Uuid::now_v7();
    let slug = match &new.slug {
        Some(slug) => text::slug("slug", slug)?,
        None => format!("{}-{}", text::slug_from(&title), &id.simple().to_string()[24..])
            .trim_start_matches('-')
            .to_owned(),
    };
    let programme = Programme {
        id,
        slug,
        title,
        description: text::optional_block("description", &new.description, DESCRIPTION_MAX)?,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        created_by: maker,
        created_at: now(),
    };
    let mut db = ctx.db.get().await?;
    or_constraint(rooms::insert_programme(&mut db, &programme).await, "programmes_slug_key", || {
        Code::SlugTaken.saying("Another programme has this short name.")
    })?;
    Ok(programme)
}

/// Changes a programme.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn edit_programme(
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    mut edit: ProgrammeChange,
) -> Result<Programme> {
    actor.steward()?;
    let before = ctx.access.programme(actor, id).await?;
    let mut db = ctx.db.get().await?;
    edit.title = edit.title.map(|title| text::line("title", &title, TITLE_MAX)).transpose()?;
    edit.description = edit
        .description
        .map(|description| text::optional_block("description", &description, DESCRIPTION_MAX))
        .transpose()?;
    check_dates(edit.starts_on.unwrap_or(before.starts_on), edit.ends_on.unwrap_or(before.ends_on))?;
    let nothing = edit.title.is_none() && edit.description.is_none() && edit.starts_on.is_none();
    if nothing && edit.ends_on.is_none() {
        return Ok(before);
    }
    let after = rooms::update_programme(&mut db, id, &edit).await?;
    drop(db);
    ctx.access.programmes_changed();
    Ok(after)
}

fn check_dates(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<()> {
    for (field, date) in [("starts_on", from), ("ends_on", to)] {
        if date.is_some_and(|date| !YEARS.contains(&date.year())) {
            return Err(Error::invalid(field, FieldCode::OutOfRange));
        }
    }
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(Error::invalid("ends_on", FieldCode::BeforeStart)),
        _ => Ok(()),
    }
}
