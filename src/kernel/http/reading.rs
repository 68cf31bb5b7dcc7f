//! Answers to what is read again and again: kept as written, and compressed once.

use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use bytes::Bytes;
use uuid::Uuid;

use super::extract::{Actor, Shared, TwoPartBody, written_json};
use crate::error::{Error, Result};
use crate::kernel::domain::permissions::Action;
use crate::kernel::reads::{PageOfPosts, Reader, SessionPart};

/// Below this many bytes gzip gains nothing.
const GZIP_FROM: usize = 1024;

/// What a reader asks for, and whether in gzip.
pub struct Reading {
    target: String,
    gzip: bool,
}

impl FromRequest for Reading {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let target = request.uri().path_and_query().map_or("", |target| target.as_str()).to_owned();
        ready(Ok(Self { target, gzip: accepted.is_some_and(takes_gzip) }))
    }
}

/// True when an `Accept-Encoding` names gzip and does not refuse it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = |part: &str| {
            part.strip_prefix("q=").and_then(|quality| quality.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
        };
        named && !parts.any(refused)
    })
}

fn in_gzip(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

impl Reading {
    /// The answer as it was written for this actor, if nothing has changed since; else as `compose`
    /// writes it.
    ///
    /// # Errors
    /// What `compose` fails with.
    pub async fn answer(
        &self,
        state: &Shared,
        actor: &Actor,
        compose: impl Future<Output = Result<Vec<u8>>>,
    ) -> Result<HttpResponse> {
        let answer = state.reads.answer(actor, &self.target, compose).await?;
        Ok(match self.gzip && answer.json.len() >= GZIP_FROM {
            true => in_gzip(written_json(answer.gzip())),
            false => written_json(answer.json.clone()),
        })
    }

    /// A part of a session.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn session_part(
        &self,
        state: &Shared,
        actor: &Actor,
        session: Uuid,
        part: &dyn SessionPart,
    ) -> Result<HttpResponse> {
        let (room, session) = state.access.session(actor, session, Action::Read).await?;
        let compose = async {
            let head = state.access.head(session.room_id).await?;
            part.read(&Reader { actor, room: &room, session: &session, head }).await
        };
        self.answer(state, actor, compose).await
    }

    /// A page of posts.
    pub fn posts(&self, page: &PageOfPosts) -> HttpResponse {
        match self.gzip {
            true => in_gzip(written_json(TwoPartBody(page.gzip()))),
            false => written_json(TwoPartBody(page.json())),
        }
    }
}

/// A page of a list as JSON, of items that are written already.
pub fn page_of(items: &[Vec<u8>], next: Option<&str>) -> Result<Vec<u8>> {
    let next = serde_json::to_string(&next).map_err(|error| Error::Internal(format!("json: {error}")))?;
    let mut page = b"{\"items\":[".to_vec();
    page.extend(items.join(&b','));
    page.extend_from_slice(b"],\"next\":");
    page.extend_from_slice(next.as_bytes());
    page.push(b'}');
    Ok(page)
}

/// One object as JSON that is written already.
pub fn written(json: Vec<u8>) -> HttpResponse {
    written_json(Bytes::from(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_gzip() {
        for yes in ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "deflate,gzip"] {
            assert!(takes_gzip(yes), "{yes}");
        }
        for no in ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip"] {
            assert!(!takes_gzip(no), "{no}");
        }
    }

    #[test]
    fn pages_are_json() {
        let read = |page: Vec<u8>| serde_json::from_slice::<serde_json::Value>(&page).unwrap();
        assert_eq!(read(page_of(&[], None).unwrap()), serde_json::json!({"items": [], "next": null}));
        let page = page_of(&[b"{\"a\":1}".to_vec(), b"2".to_vec()], Some("a\"b")).unwrap();
        assert_eq!(read(page), serde_json::json!({"items": [{"a": 1}, 2], "next": "a\"b"}));
    }
}
