//! Requests for the floor.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::FloorRequest;
use crate::features::floor::rules::RequestState;
use crate::kernel::models::{Db, Maybe};
use crate::schema::floor_requests;

/// # Errors
/// From the database; `floor_requests_one_waiting_key` when the person asks for the same already.
pub async fn insert_request(db: &mut Db, request: &FloorRequest) -> QueryResult<()> {
    diesel::insert_into(floor_requests::table).values(request).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn request_by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<FloorRequest>> {
    floor_requests::table.find(id).select(FloorRequest::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn requests_by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<FloorRequest>> {
    floor_requests::table
        .filter(floor_requests::id.eq_any(ids))
        .select(FloorRequest::as_select())
        .load(db)
        .await
}

/// What an author sent under a client id.
///
/// # Errors
/// From the database.
pub async fn by_client_id(db: &mut Db, author: Uuid, client_id: Uuid) -> QueryResult<Option<FloorRequest>> {
    floor_requests::table
        .filter(floor_requests::author_id.eq(author).and(floor_requests::client_id.eq(client_id)))
        .select(FloorRequest::as_select())
        .first(db)
        .await
        .maybe()
}

/// A member's own requests that wait in a room.
///
/// # Errors
/// From the database.
pub async fn waiting_of(db: &mut Db, room: Uuid, member: Uuid) -> QueryResult<Vec<FloorRequest>> {
    floor_requests::table
        .filter(floor_requests::room_id.eq(room).and(floor_requests::member_id.eq(member)))
        .filter(floor_requests::state.eq(RequestState::Waiting))
        .order(floor_requests::seq)
        .select(FloorRequest::as_select())
        .load(db)
        .await
}

/// The rooms in which a member waits.
///
/// # Errors
/// From the database.
pub async fn rooms_where_waiting(db: &mut Db, member: Uuid) -> QueryResult<Vec<Uuid>> {
    floor_requests::table
        .filter(floor_requests::member_id.eq(member).and(floor_requests::state.eq(RequestState::Waiting)))
        .select(floor_requests::room_id)
        .distinct()
        .load(db)
        .await
}
