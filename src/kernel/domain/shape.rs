//! What a field may hold, as the OpenAPI says it: made of the constants that the checks use, so that neither is ever
//! stricter than the other says.

use utoipa::ToSchema;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::text::SLUG_MAX;
use super::{email, passwords};

/// A constituency of this installation.
#[derive(ToSchema)]
#[schema(pattern = "^[a-z][a-z0-9_]{1,31}$")]
pub struct ConstituencyId(pub String);

/// A reason from the list of this installation.
#[derive(ToSchema)]
#[schema(pattern = "^[a-z][a-z0-9_]{1,31}$")]
pub struct ReasonId(pub String);

/// What no text may hold: control characters, and those that reorder or hide text.
macro_rules! unwanted {
    () => {
        r"\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF"
    };
}
/// The same in a line, where a line end is one, too.
macro_rules! in_line {
    () => {
        concat!(r"\u0000-\u001F", unwanted!())
    };
}
macro_rules! in_block {
    () => {
        concat!(r"\u0000-\u0008\u000B\u000C\u000E-\u001F", unwanted!())
    };
}
/// With something that is not blank.
const LINE: &str = concat!("^[^", in_line!(), r"]*[^\s", in_line!(), "][^", in_line!(), "]*$");
const WORDS: &str = concat!("^[^", in_line!(), "]*$");
const BLOCK: &str = concat!("^[^", in_block!(), r"]*[^\s", in_block!(), "][^", in_block!(), "]*$");
const TEXT: &str = concat!("^[^", in_block!(), "]*$");

fn string(min: usize, max: usize, pattern: Option<&str>) -> ObjectBuilder {
    let least = (min > 0).then_some(min);
    ObjectBuilder::new().schema_type(Type::String).min_length(least).max_length(Some(max)).pattern(pattern)
}

fn or_null(builder: ObjectBuilder) -> Object {
    builder.schema_type(SchemaType::from_iter([Type::String, Type::Null])).build()
}

/// What [`line`](super::text::line) takes.
pub fn line<const MAX: usize>() -> Object {
    string(1, MAX, Some(LINE)).build()
}

/// As [`line`], or null.
pub fn line_or_null<const MAX: usize>() -> Object {
    or_null(string(1, MAX, Some(LINE)))
}

/// A line that may be empty.
pub fn words<const MAX: usize>() -> Object {
    string(0, MAX, Some(WORDS)).build()
}

/// As [`words`], or null.
pub fn words_or_null<const MAX: usize>() -> Object {
    or_null(string(0, MAX, Some(WORDS)))
}

/// What [`block`](super::text::block) takes.
pub fn block<const MAX: usize>() -> Object {
    string(1, MAX, Some(BLOCK)).build()
}

/// As [`block`], or null.
pub fn block_or_null<const MAX: usize>() -> Object {
    or_null(string(1, MAX, Some(BLOCK)))
}

/// What [`optional_block`](super::text::optional_block) takes.
pub fn text<const MAX: usize>() -> Object {
    string(0, MAX, Some(TEXT)).build()
}

/// As [`text`], or null.
pub fn text_or_null<const MAX: usize>() -> Object {
    or_null(string(0, MAX, Some(TEXT)))
}

/// A short name for addresses, or null.
pub fn slug_or_null() -> Object {
    or_null(string(1, SLUG_MAX, Some("^[a-z0-9][a-z0-9-]*$")))
}

/// One @ between a name and a host, nothing blank or invisible, no dot at an end of the host.
const EMAIL: &str = concat!(
    r"^[^@\s",
    in_line!(),
    r"\u00AD\u200B-\u200F\u2060-\u2064]+@[^@.\s",
    in_line!(),
    r"\u00AD\u200B-\u200F\u2060-\u2064]+(\.[^@.\s",
    in_line!(),
    r"\u00AD\u200B-\u200F\u2060-\u2064]+)*$"
);

fn email_address() -> ObjectBuilder {
    string(3, email::MAX, Some(EMAIL))
}

/// A new e-mail address.
pub fn email() -> Object {
    email_address().build()
}

/// As [`email`], or null.
pub fn email_or_null() -> Object {
    or_null(email_address())
}

/// An address that a link may lead to: one of all that are taken.
pub fn link<const MAX: usize>() -> Object {
    string(1, MAX, Some(r"^[hH][tT][tT][pP][sS]?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(/[A-Za-z0-9/._~-]*)?$"))
        .build()
}

/// A new password.
pub fn password() -> Object {
    string(passwords::MIN, passwords::MAX, Some(r"^[^\u0000]*$")).build()
}

/// A whole number.
pub fn whole<const MIN: i64, const MAX: i64>() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(MIN)).maximum(Some(MAX)).build()
}

/// As [`whole`], or null.
pub fn whole_or_null<const MIN: i64, const MAX: i64>() -> Object {
    let kinds = SchemaType::from_iter([Type::Integer, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).minimum(Some(MIN)).maximum(Some(MAX)).build()
}

/// A cursor that is an id.
pub fn cursor_id() -> Object {
    or_null(string(36, 36, Some("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")))
}
