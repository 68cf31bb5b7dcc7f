//! Members and their sign-ins.

mod namesakes;
mod sign_ins;

pub use namesakes::{Namesake, hold_name, namesakes, runs_a_room};
pub use sign_ins::{
    SignIn, SignInTimes, delete_ended_sign_ins, delete_sign_in, delete_sign_ins, delete_sign_ins_beyond,
    insert_sign_in, renew_sign_in, sign_ins_by_id, sign_ins_by_token, sign_ins_of, touch_sign_ins,
};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::email;
use crate::kernel::domain::kinds::{Lang, MemberStatus, PlatformRole, RoomKind, RoomRole};
use crate::kernel::domain::standing;
use crate::kernel::domain::text::names;
use crate::schema::{members, organisations, room_roles, rooms};

/// A member with the name of the organisation.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = members)]
pub struct Member {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub constituency: String,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub platform_role: PlatformRole,
    pub status: MemberStatus,
    pub locale: Lang,
    pub is_demo: bool,
    pub created_at: DateTime<Utc>,
    /// What the member wants to be called, until a steward agrees.
    pub wanted_name: Option<String>,
    /// What the member was called before, oldest first.
    pub former_names: Vec<String>,
    #[diesel(select_expression = organisations::name)]
    pub organisation: String,
}

impl Member {
    /// True when the member speaks for the constituency.
    pub fn speaks_for_constituency(&self) -> bool {
        standing::speaks_for_constituency(self.status, self.confirmed_at.is_some())
    }
}

/// The same in a query, of its row of `members`.
#[diesel::dsl::auto_type]
pub fn speaks_for_constituency() -> _ {
    let active: MemberStatus = MemberStatus::Active;
    members::status.eq(active).and(members::confirmed_at.is_not_null())
}

/// A member by id.
///
/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Member>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::id.eq(id))
        .select(Member::as_select())
        .first(db)
        .await
        .maybe()
}

/// Members by id.
///
/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Member>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::id.eq_any(ids))
        .select(Member::as_select())
        .load(db)
        .await
}

/// A member as it is stored for the first time.
#[derive(Debug, Insertable)]
#[diesel(table_name = members)]
pub struct NewMember {
    pub id: Uuid,
    pub email: String,
    pub password_hash: String,
    pub display_name: String,
    pub constituency: String,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub confirmed_by: Option<Uuid>,
    pub organisation_id: Uuid,
    pub platform_role: PlatformRole,
    pub status: MemberStatus,
    pub locale: Lang,
    pub is_demo: bool,
}

/// What may be changed about a member; None leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, AsChangeset)]
#[diesel(table_name = members)]
pub struct MemberChange {
    pub display_name: Option<String>,
    pub wanted_name: Option<Option<String>>,
    pub former_names: Option<Vec<String>>,
    pub constituency: Option<String>,
    pub confirmed_at: Option<Option<DateTime<Utc>>>,
    pub confirmed_by: Option<Option<Uuid>>,
    pub organisation_id: Option<Uuid>,
    pub platform_role: Option<PlatformRole>,
    pub status: Option<MemberStatus>,
    pub locale: Option<Lang>,
}

/// Which members a steward wants to see.
#[derive(Debug, Default)]
pub struct Filter {
    pub status: Option<MemberStatus>,
    pub confirmed: Option<bool>,
    /// Only those whose new name waits for a steward.
    pub wants_name: bool,
    /// Part of a name, an address or an organisation; empty for all.
    pub search: String,
}

/// # Errors
/// From the database; `members_email_key` when the address is taken.
pub async fn insert(db: &mut Db, member: &NewMember) -> QueryResult<()> {
    diesel::insert_into(members::table)
        .values((
            member,
            members::email_key.eq(email::key(&member.email)),
            members::name_key.eq(names::look(&member.display_name)),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn update(db: &mut Db, id: Uuid, change: &MemberChange) -> QueryResult<()> {
    if *change != MemberChange::default() {
        let key = change.display_name.as_deref().map(|name| members::name_key.eq(names::look(name)));
        diesel::update(members::table.find(id)).set((change, key)).execute(db).await?;
    }
    Ok(())
}

/// The member who signs in with this address, and the password hash.
///
/// # Errors
/// From the database.
pub async fn by_email(db: &mut Db, email: &str) -> QueryResult<Option<(Member, String)>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::email_key.eq(email::key(email)))
        .select((Member::as_select(), members::password_hash))
        .first(db)
        .await
        .maybe()
}

/// # Errors
/// From the database.
pub async fn password_hash(db: &mut Db, id: Uuid) -> QueryResult<Option<String>> {
    members::table.find(id).select(members::password_hash).first(db).await.maybe()
}

/// Puts a new password hash in the place of the one that was checked. False when it is another
/// by now.
///
/// # Errors
/// From the database.
pub async fn replace_password_hash(db: &mut Db, id: Uuid, old: &str, new: &str) -> QueryResult<bool> {
    let target = members::table.filter(members::id.eq(id).and(members::password_hash.eq(old)));
    Ok(diesel::update(target).set(members::password_hash.eq(new)).execute(db).await? > 0)
}

/// # Errors
/// From the database.
pub async fn set_password_hash(db: &mut Db, id: Uuid, new: &str) -> QueryResult<()> {
    diesel::update(members::table.find(id)).set(members::password_hash.eq(new)).execute(db).await?;
    Ok(())
}

/// Holds a member as it was checked until the transaction ends: not banned, and of the same password, where one was
/// checked. False when that is no longer so. One sign-in of a member after the other, so that they can be counted.
///
/// # Errors
/// From the database.
pub async fn hold_for_sign_in(db: &mut Db, id: Uuid, password_hash: Option<&str>) -> QueryResult<bool> {
    let found: Option<String> = members::table
        .filter(members::id.eq(id).and(members::status.ne(MemberStatus::Banned)))
        .select(members::password_hash)
        .for_no_key_update()
        .first(db)
        .await
        .maybe()?;
    Ok(found.is_some_and(|found| password_hash.is_none_or(|checked| checked == found)))
}

/// Holds a member's row until the transaction ends. False when there is no such member.
///
/// # Errors
/// From the database.
pub async fn lock(db: &mut Db, id: Uuid) -> QueryResult<bool> {
    let found: Option<Uuid> =
        members::table.find(id).select(members::id).for_no_key_update().first(db).await.maybe()?;
    Ok(found.is_some())
}

/// Holds the rows of all active admins until the transaction ends, always in the same order.
///
/// # Errors
/// From the database.
pub async fn lock_admins(db: &mut Db) -> QueryResult<Vec<Uuid>> {
    members::table
        .filter(members::platform_role.eq(PlatformRole::Admin).and(members::status.eq(MemberStatus::Active)))
        .order(members::id)
        .select(members::id)
        .for_no_key_update()
        .load(db)
        .await
}

/// True when somebody can administer the installation.
///
/// # Errors
/// From the database.
pub async fn has_admin(db: &mut Db) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(members::table.filter(
        members::platform_role.eq(PlatformRole::Admin).and(members::status.eq(MemberStatus::Active)),
    )))
    .get_result(db)
    .await
}

/// Members for the stewards, newest first, before an id.
///
/// # Errors
/// From the database.
pub async fn page(db: &mut Db, filter: &Filter, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<Member>> {
    let mut query = members::table.inner_join(organisations::table).select(Member::as_select()).into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(members::status.eq(status));
    }
    match filter.confirmed {
        Some(true) => query = query.filter(members::confirmed_at.is_not_null()),
        Some(false) => query = query.filter(members::confirmed_at.is_null()),
        None => {}
    }
    if filter.wants_name {
        query = query.filter(members::wanted_name.is_not_null());
    }
    if !filter.search.is_empty() {
        let pattern = format!("%{}%", super::escape_like(&filter.search));
        query = query.filter(
            members::display_name
                .ilike(pattern.clone())
                .or(members::email.ilike(pattern.clone()))
                .or(organisations::name.ilike(pattern)),
        );
    }
    if let Some(after) = after {
        query = query.filter(members::id.lt(after));
    }
    query.order(members::id.desc()).limit(limit).load(db).await
}

/// Stands in the place of a hash that no password fits: only a click signs in.
pub const NO_PASSWORD: &str = "!";

/// True when somebody is here who is not of the demo.
///
/// # Errors
/// From the database.
pub async fn has_real(db: &mut Db) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(members::table.filter(diesel::dsl::not(members::is_demo))))
        .get_result(db)
        .await
}

/// The member behind an id, if one of the demo without a password.
///
/// # Errors
/// From the database.
pub async fn demo_by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Member>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::id.eq(id).and(members::is_demo).and(members::password_hash.eq(NO_PASSWORD)))
        .select(Member::as_select())
        .first(db)
        .await
        .maybe()
}

/// The members of the demo who have no password, in the order they were made.
///
/// # Errors
/// From the database.
pub async fn demo(db: &mut Db, limit: i64) -> QueryResult<Vec<Member>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::is_demo.and(members::password_hash.eq(NO_PASSWORD)))
        .filter(members::status.ne(MemberStatus::Banned))
        .order(members::id)
        .limit(limit)
        .select(Member::as_select())
        .load(db)
        .await
}

/// The room roles of these members.
///
/// # Errors
/// From the database.
pub async fn room_roles_of(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, RoomRole)>> {
    room_roles::table
        .filter(room_roles::member_id.eq_any(ids))
        .select((room_roles::member_id, room_roles::role))
        .load(db)
        .await
}

/// Caucuses of other constituencies in which the member holds a role.
///
/// # Errors
/// From the database.
pub async fn foreign_caucuses(db: &mut Db, member: Uuid, constituency: &str) -> QueryResult<Vec<Uuid>> {
    room_roles::table
        .inner_join(rooms::table)
        .filter(room_roles::member_id.eq(member))
        .filter(rooms::kind.eq(RoomKind::Caucus).and(rooms::constituency.ne(constituency)))
        .select(rooms::id)
        .load(db)
        .await
}
