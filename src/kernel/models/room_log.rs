//! The numbered record of a room.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use crate::kernel::domain::entries::EntryKind;
use crate::schema::{room_log, rooms};

/// One entry of a room's log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = room_log)]
pub struct Entry {
    pub room_id: Uuid,
    pub seq: i64,
    pub kind: EntryKind,
    pub subject_id: Uuid,
    pub actor_id: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub digest: Vec<u8>,
    pub prev: Vec<u8>,
}

/// The newest number and hash of a room's log.
#[derive(Debug, Clone, Queryable)]
pub struct Head {
    pub room_id: Uuid,
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// The heads of rooms whose rows the transaction holds, or takes now in order of id, so that two
/// batches never wait for each other in a circle.
///
/// # Errors
/// From the database.
pub async fn lock_heads(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Head>> {
    rooms::table
        .filter(rooms::id.eq_any(ids))
        .order(rooms::id)
        .select((rooms::id, rooms::head_seq, rooms::head_hash))
        .for_no_key_update()
        .load(db)
        .await
}

/// Writes entries and moves the heads. The caller holds the rooms' locks.
///
/// # Errors
/// From the database.
pub async fn append(db: &mut Db, entries: &[Entry], heads: &[Head]) -> QueryResult<()> {
    macro_rules! column {
        ($field:ident) => {
            entries.iter().map(|entry| &entry.$field).collect::<Vec<_>>()
        };
    }
    diesel::sql_query(
        "WITH moved AS (UPDATE rooms r SET head_seq = h.seq, head_hash = h.hash \
           FROM unnest($9::uuid[], $10::bigint[], $11::bytea[]) AS h(id, seq, hash) WHERE r.id = h.id) \
         INSERT INTO room_log (room_id, seq, kind, subject_id, actor_id, at, digest, prev) \
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[], \
           $7::bytea[], $8::bytea[])",
    )
    .bind::<Array<SqlUuid>, _>(column!(room_id))
    .bind::<Array<BigInt>, _>(column!(seq))
    .bind::<Array<Text>, _>(column!(kind))
    .bind::<Array<SqlUuid>, _>(column!(subject_id))
    .bind::<Array<Nullable<SqlUuid>>, _>(column!(actor_id))
    .bind::<Array<Timestamptz>, _>(column!(at))
    .bind::<Array<Bytea>, _>(column!(digest))
    .bind::<Array<Bytea>, _>(column!(prev))
    .bind::<Array<SqlUuid>, _>(heads.iter().map(|head| head.room_id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(heads.iter().map(|head| head.seq).collect::<Vec<_>>())
    .bind::<Array<Bytea>, _>(heads.iter().map(|head| &head.hash).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

/// Entries above a number, in order.
///
/// # Errors
/// From the database.
pub async fn after(db: &mut Db, room: Uuid, seq: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    room_log::table
        .filter(room_log::room_id.eq(room).and(room_log::seq.gt(seq)))
        .order(room_log::seq)
        .limit(limit)
        .select(Entry::as_select())
        .load(db)
        .await
}

/// The head of a room as it was last committed.
///
/// # Errors
/// From the database.
pub async fn head(db: &mut Db, room: Uuid) -> QueryResult<Head> {
    rooms::table.find(room).select((rooms::id, rooms::head_seq, rooms::head_hash)).first(db).await
}

/// All rooms, for a check of the whole record.
///
/// # Errors
/// From the database.
pub async fn room_ids(db: &mut Db) -> QueryResult<Vec<Uuid>> {
    rooms::table.order(rooms::id).select(rooms::id).load(db).await
}
