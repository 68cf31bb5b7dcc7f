//! Who is in which room, as each node says it, for the other nodes and for those that start anew.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use crate::kernel::domain::kinds::MemberStatus;
use crate::schema::{members, room_presence};

/// A node says at least this often, in seconds, who is there.
pub const SAID_EVERY_S: u64 = 20;
/// Who was seen within so many seconds is here: a minute, and the time that may pass until it is said again.
const LATELY_S: i32 = 60 + SAID_EVERY_S as i32;

/// So many seconds ago by the clock of the database, so that those of the nodes do not matter.
fn ago(seconds: i32) -> diesel::expression::SqlLiteral<Timestamptz> {
    sql(&format!("now() - interval '{seconds} seconds'"))
}

/// Notes that these members are in these rooms on a node: (room, member).
///
/// # Errors
/// From the database.
pub async fn note(db: &mut Db, node: Uuid, here: &[(Uuid, Uuid)]) -> QueryResult<()> {
    let (rooms, members): (Vec<Uuid>, Vec<Uuid>) = here.iter().copied().unzip();
    diesel::sql_query(
        "INSERT INTO room_presence (room_id, node_id, member_id, seen_at) \
         SELECT DISTINCT room, $1, member, now() FROM unnest($2, $3) t(room, member) \
         ON CONFLICT (room_id, node_id, member_id) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind::<SqlUuid, _>(node)
    .bind::<Array<SqlUuid>, _>(rooms)
    .bind::<Array<SqlUuid>, _>(members)
    .execute(db)
    .await?;
    Ok(())
}

/// Who is in a room, or was within the last minute, on other nodes than this one: (member, constituency, status,
/// confirmed).
///
/// # Errors
/// From the database.
pub async fn elsewhere(
    db: &mut Db,
    room: Uuid,
    node: Uuid,
) -> QueryResult<Vec<(Uuid, String, MemberStatus, bool)>> {
    room_presence::table
        .inner_join(members::table.on(members::id.eq(room_presence::member_id)))
        .filter(room_presence::room_id.eq(room).and(room_presence::node_id.ne(node)))
        .filter(room_presence::seen_at.gt(ago(LATELY_S)))
        .filter(members::status.ne(MemberStatus::Banned))
        .select((members::id, members::constituency, members::status, members::confirmed_at.is_not_null()))
        .distinct()
        .load(db)
        .await
}

/// Forgets who was seen long ago; any node may.
///
/// # Errors
/// From the database.
pub async fn forget(db: &mut Db) -> QueryResult<()> {
    let old = room_presence::table.filter(room_presence::seen_at.lt(ago(2 * LATELY_S)));
    diesel::delete(old).execute(db).await?;
    Ok(())
}
