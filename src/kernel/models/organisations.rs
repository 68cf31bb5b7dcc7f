//! Organisations and the constituencies they belong to.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::MemberStatus;
use crate::kernel::domain::text::names;
use crate::schema::{constituencies, members, organisations};

/// A constituency, which members speak for.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = constituencies)]
pub struct Constituency {
    pub id: String,
    pub name_en: String,
    pub name_zh: String,
    pub letter_en: String,
    pub letter_zh: String,
    pub shape: String,
    pub is_party: bool,
    pub position: i32,
}

/// A union, association, enterprise, ministry or agency.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = organisations)]
pub struct Organisation {
    pub id: Uuid,
    pub name: String,
    pub constituency: String,
}

/// # Errors
/// From the database.
pub async fn constituencies(db: &mut Db) -> QueryResult<Vec<Constituency>> {
    constituencies::table.order(constituencies::position).select(Constituency::as_select()).load(db).await
}

/// # Errors
/// From the database.
pub async fn constituency_exists(db: &mut Db, id: &str) -> QueryResult<bool> {
    diesel::select(exists(constituencies::table.find(id))).get_result(db).await
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Organisation>> {
    organisations::table.find(id).select(Organisation::as_select()).first(db).await.maybe()
}

/// Those of somebody whose constituency was confirmed, by name, after a name and id: what an applicant calls an
/// organisation is not shown before that.
///
/// # Errors
/// From the database.
pub async fn page(
    db: &mut Db,
    constituency: Option<&str>,
    after: Option<(&str, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Organisation>> {
    let confirmed = members::table
        .filter(members::organisation_id.eq(organisations::id))
        .filter(members::confirmed_at.is_not_null().and(members::status.eq(MemberStatus::Active)));
    let mut query =
        organisations::table.filter(exists(confirmed)).select(Organisation::as_select()).into_boxed();
    if let Some(constituency) = constituency {
        query = query.filter(organisations::constituency.eq(constituency.to_owned()));
    }
    if let Some((name, id)) = after {
        query = query.filter(
            organisations::name
                .gt(name.to_owned())
                .or(organisations::name.eq(name.to_owned()).and(organisations::id.gt(id))),
        );
    }
    query.order((organisations::name, organisations::id)).limit(limit).load(db).await
}

/// The organisation of this name in the constituency, however it is written; made when there is none. Two who ask
/// at once get the same one.
///
/// # Errors
/// From the database.
pub async fn find_or_insert(db: &mut Db, constituency: &str, name: &str) -> QueryResult<Uuid> {
    let key = names::fold(name);
    let by_name = || {
        organisations::table
            .filter(organisations::constituency.eq(constituency))
            .filter(organisations::name_key.eq(&key))
            .select(organisations::id)
    };
    if let Some(id) = by_name().first(db).await.maybe()? {
        return Ok(id);
    }
    let new =
        Organisation { id: Uuid::now_v7(), name: name.to_owned(), constituency: constituency.to_owned() };
    let made: Option<Uuid> = diesel::insert_into(organisations::table)
        .values((&new, organisations::name_key.eq(&key)))
        .on_conflict_do_nothing()
        .returning(organisations::id)
        .get_result(db)
        .await
        .maybe()?;
    match made {
        Some(id) => Ok(id),
        None => by_name().first(db).await,
    }
}
