//! Delays of an agenda, over HTTP.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::call::Call;
use super::extract::Body;
use super::limits;
use crate::error::Result;
use crate::kernel::actions::agenda::{self as change, Delay, REASON_MAX};
use crate::kernel::domain::shape;
use crate::kernel::domain::timetable::DELAY_MAX;
use crate::kernel::views::agenda::TimetableView;

/// Delays of an agenda, over HTTP.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DelayRequest {
    /// How much later the room runs than it is known to, at most 600; less than 0 when time was
    /// caught up.
    #[schema(schema_with = shape::whole::<{ -(DELAY_MAX as i64) }, { DELAY_MAX as i64 }>)]
    minutes: i32,
    /// At most 200 characters; shown to everyone.
    #[serde(default)]
    #[schema(schema_with = shape::text::<REASON_MAX>)]
    reason: String,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
    /// How late the caller believes the room to be; when it is not, the answer is `conflict`.
    late_minutes: Option<i64>,
}

/// Announces a delay of a room's agenda, or time caught up.
///
/// The sessions that have not ended move by their own rules, and everyone is told at once.
#[utoipa::path(tag = "sessions", security(("sign_in" = [])), params(("id" = String, Path)), request_body = DelayRequest,
    responses((status = 200, body = TimetableView)))]
#[post("/rooms/{id}/delay")]
pub async fn delay(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<DelayRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let Body(body) = body;
    let delay = Delay { minutes: body.minutes, reason: body.reason, late_minutes: body.late_minutes };
    let delayed = if body.dry_run {
        change::preview(&call.state.ctx, &call.actor, room, &delay).await?
    } else {
        call.run(|ctx, caller| async move { change::shift(&ctx, &caller, room, &delay).await }).await?
    };
    let applied = !body.dry_run && !delayed.moved().is_empty();
    Ok(HttpResponse::Ok().json(TimetableView::new(&delayed.timetable, &delayed.before, applied)))
}
