//! Rows and every query. One file for a table family; each returns `QueryResult`.

pub mod agenda;
pub mod held;
pub mod installation;
pub mod invitations;
pub mod members;
pub mod moderation;
pub mod organisations;
pub mod post_places;
pub mod posts;
pub mod presence;
pub mod read_marks;
pub mod rights;
pub mod room_log;
pub mod rooms;
pub mod sessions;
pub mod thread_list;
pub mod threads;
pub mod translations;
pub mod unread;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

/// What every query runs on.
pub type Db = AsyncPgConnection;

/// Keeps the wait for a row that may be absent apart from an error.
pub trait Maybe<T> {
    /// None when there is no such row.
    fn maybe(self) -> QueryResult<Option<T>>;
}

impl<T> Maybe<T> for QueryResult<T> {
    fn maybe(self) -> QueryResult<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(diesel::result::Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Text for LIKE, with its wildcards taken literally.
pub fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
