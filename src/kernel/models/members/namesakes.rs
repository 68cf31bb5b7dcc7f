//! Members who could be taken for each other.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::kernel::domain::kinds::{MemberStatus, PlatformRole, RoomRole};
use crate::kernel::models::Db;
use crate::schema::{members, organisations, room_roles};

/// A member whose name looks like another one.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Namesake {
    pub id: Uuid,
    pub constituency: String,
    pub platform_role: PlatformRole,
    pub organisation: String,
}

/// Members whose names look like this one, by [`names::look`](crate::kernel::domain::text::names::look).
///
/// # Errors
/// From the database.
pub async fn namesakes(db: &mut Db, look: &str) -> QueryResult<Vec<Namesake>> {
    members::table
        .inner_join(organisations::table)
        .filter(members::name_key.eq(look).and(members::status.ne(MemberStatus::Banned)))
        .order(members::id)
        .select((members::id, members::constituency, members::platform_role, organisations::name))
        .load(db)
        .await
}

/// Keeps others from taking a name that looks like this one until the transaction ends.
///
/// # Errors
/// From the database.
pub async fn hold_name(db: &mut Db, look: &str) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<diesel::sql_types::Text, _>(format!("name {look}"))
        .execute(db)
        .await?;
    Ok(())
}

/// True when one of these is chair or moderator of a room.
///
/// # Errors
/// From the database.
pub async fn runs_a_room(db: &mut Db, members: &[Uuid]) -> QueryResult<bool> {
    let found = room_roles::table
        .filter(room_roles::member_id.eq_any(members))
        .filter(room_roles::role.eq_any([RoomRole::Chair, RoomRole::Moderator]));
    diesel::select(diesel::dsl::exists(found)).get_result(db).await
}
