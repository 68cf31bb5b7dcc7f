//! Cursors of lists: opaque to callers, plain inside.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::kernel::domain::{PAGE_DEFAULT, PAGE_MAX};
use crate::kernel::views::Page;

/// The query of a plain list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// At most so many items (1 to 100).
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl ListQuery {
    /// The limit, within bounds.
    pub fn limit(&self) -> i64 {
        limit(self.limit)
    }
}

/// A limit, within bounds.
pub fn limit(limit: Option<i64>) -> i64 {
    limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)
}

/// A cursor that is a number.
///
/// # Errors
/// Malformed.
pub fn number(cursor: &str) -> Result<i64> {
    cursor.parse().map_err(|_| bad())
}

/// A cursor of two parts.
///
/// # Errors
/// Malformed.
pub fn pair(cursor: &str) -> Result<(String, String)> {
    let (left, right) = cursor.rsplit_once('~').ok_or_else(bad)?;
    let left = percent_decode_str(left).decode_utf8().map_err(|_| bad())?;
    if left.contains('\0') {
        return Err(bad());
    }
    Ok((left.into_owned(), right.to_owned()))
}

/// Writes a cursor of two parts.
pub fn of_pair(left: &str, right: &str) -> String {
    format!("{}~{right}", percent_encoding::utf8_percent_encode(left, percent_encoding::NON_ALPHANUMERIC))
}

/// The answer to a cursor that we did not write.
pub fn bad() -> Error {
    Error::Malformed("This cursor is not one of ours.".into())
}

/// A cursor that is an id.
///
/// # Errors
/// Malformed.
pub fn id(after: Option<&str>) -> Result<Option<Uuid>> {
    let parse = |text| Uuid::try_parse(text).map_err(|_| bad());
    after.filter(|text| !text.is_empty()).map(parse).transpose()
}

/// Cuts a page of one row more than asked to the page and its cursor.
pub fn page<R, T>(mut rows: Vec<R>, limit: i64, id: impl Fn(&R) -> Uuid, view: impl Fn(R) -> T) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| id(row).to_string());
    Page { items: rows.into_iter().map(view).collect(), next }
}
