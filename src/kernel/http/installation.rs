//! The installation, as clients need to know it before sign-in.

use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Actor, Query, Shared};
use super::kit::cursor;
use crate::error::{Error, Result};
use crate::kernel::domain::kinds::Lang;
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text;
use crate::kernel::models::{members, moderation, organisations};
use crate::kernel::views::Page;
use crate::kernel::views::members::{InstallationView, MeView, OrganisationView, PermissionsView};

/// Reads the settings of the installation, its constituencies and the reasons for acts of moderation.
#[utoipa::path(tag = "installation", responses((status = 200, body = InstallationView)))]
#[get("/installation")]
pub async fn installation(state: Shared, actor: Actor) -> Result<HttpResponse> {
    let mut db = state.db.get().await?;
    let constituencies = organisations::constituencies(&mut db).await?;
    let reasons = moderation::reasons(&mut db).await?;
    let needs_first_admin = !members::has_admin(&mut db).await?;
    Ok(HttpResponse::Ok().json(InstallationView {
        name: "Plenary",
        version: env!("CARGO_PKG_VERSION"),
        registration: state.config.registration,
        demo: state.config.demo.is_on(),
        epoch: state.epoch,
        locales: Lang::ALL,
        constituencies: constituencies.into_iter().map(Into::into).collect(),
        moderation_reasons: reasons.into_iter().map(Into::into).collect(),
        needs_first_admin,
        me: actor.member().ok().map(MeView::from),
    }))
}

/// Reads the table of permissions: which role may do what in a room.
#[utoipa::path(tag = "installation", responses((status = 200, body = PermissionsView)))]
#[get("/permissions")]
pub async fn permissions() -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(PermissionsView::default()))
}

/// Which organisations.
#[derive(Deserialize, IntoParams)]
pub struct OrganisationsQuery {
    #[param(value_type = Option<ConstituencyId>)]
    pub constituency: Option<String>,
    #[param(schema_with = shape::cursor_id)]
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Lists organisations by name.
#[utoipa::path(tag = "installation", params(OrganisationsQuery),
    responses((status = 200, body = Page<OrganisationView>), (status = 404), (status = 422)))]
#[get("/organisations")]
pub async fn list_organisations(state: Shared, query: Query<OrganisationsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let constituency = match query.constituency.as_deref().map_or("", str::trim) {
        "" => None,
        word => Some(text::line("constituency", word, 32)?),
    };
    let limit = cursor::limit(query.limit);
    let mut db = state.db.get().await?;
    let after = match cursor::id(query.after.as_deref())? {
        Some(id) => Some(organisations::by_id(&mut db, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let after = after.as_ref().map(|row| (row.name.as_str(), row.id));
    let rows = organisations::page(&mut db, constituency.as_deref(), after, limit + 1).await?;
    Ok(HttpResponse::Ok().json(cursor::page(rows, limit, |row| row.id, OrganisationView::from)))
}
