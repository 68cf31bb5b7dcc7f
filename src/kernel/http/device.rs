//! The mark of a browser in which a member has signed in before: it signs nobody in, but tries there are counted by
//! themselves, so that nobody else's failures keep its member out.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use uuid::Uuid;

use crate::kernel::access::{hex, token_hash};
use crate::state::State;

/// How long a browser is remembered. None keeps a cookie for longer.
const DAYS: i64 = 400;
/// The one call that reads it.
const PATH: &str = "/api/v1/sign-in";

/// What a browser shows. It names nobody: whose it is can only be tried.
pub struct Device {
    /// Of this browser, and of no use for anything else.
    pub name: String,
    seal: String,
}

fn cookie_name(state: &State) -> &'static str {
    if state.is_https() { "__Secure-plenary-device" } else { "plenary-device" }
}

fn seal(state: &State, name: &str, member: Uuid) -> String {
    hex(&state.device_key.seal(&[name.as_bytes(), member.as_bytes()]))
}

impl Device {
    /// What the browser of a request shows.
    pub fn of(request: &HttpRequest, state: &State) -> Option<Self> {
        let cookie = request.cookie(cookie_name(state))?;
        let (name, seal) = cookie.value().split_once('.')?;
        (name.len() == 32).then(|| Self { name: name.to_owned(), seal: seal.to_owned() })
    }

    /// True when this member has signed in here before.
    pub fn is_of(&self, state: &State, member: Uuid) -> bool {
        // By their hashes: how long it takes to compare those tells nothing.
        token_hash(&self.seal) == token_hash(&seal(state, &self.name, member))
    }
}

/// The cookie that marks the browser in which a member has just signed in.
pub fn cookie(state: &State, member: Uuid) -> Cookie<'static> {
    let name = Uuid::new_v4().simple().to_string();
    let value = format!("{name}.{}", seal(state, &name, member));
    Cookie::build(cookie_name(state), value)
        .path(PATH)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.is_https())
        .max_age(Duration::days(DAYS))
        .finish()
}
