//! Route × role × expected status. The rows of a feature stand with its tests.

use std::sync::LazyLock;

use crate::{agenda, floor, interpretation, polls, questions, screen};

/// A call and what each role is answered, in a room for members.
#[derive(Clone, Copy)]
pub struct Row {
    pub method: &'static str,
    /// As in the route table, with `{…}` for what is made for the call.
    pub path: &'static str,
    /// JSON, with `{…}` too; empty for none.
    pub body: &'static str,
    /// In the order of [`ROLES`].
    pub expected: [u16; 9],
    /// What nobody and who waits are answered in a public room.
    pub public: Option<[u16; 2]>,
}

/// Who calls. `other` is of another constituency than the participant.
pub const ROLES: [&str; 9] =
    ["anonymous", "pending", "other", "participant", "observer", "moderator", "chair", "steward", "admin"];

pub const fn row(method: &'static str, path: &'static str, body: &'static str, expected: [u16; 9]) -> Row {
    Row { method, path, body, expected, public: None }
}

/// The same for everyone.
pub const fn all(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    row(method, path, body, [status; 9])
}

/// For whoever is signed in.
pub const fn own(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    row(method, path, body, [401, s, s, s, s, s, s, s, s])
}

/// For stewards and admins.
pub const fn steward(method: &'static str, path: &'static str, body: &'static str, done: [u16; 2]) -> Row {
    row(method, path, body, [401, 403, 403, 403, 403, 403, 403, done[0], done[1]])
}

/// For whoever may read the room; so may anyone in a public one.
pub const fn read(path: &'static str) -> Row {
    let expected = [404, 404, 200, 200, 200, 200, 200, 200, 200];
    Row { public: Some([200, 200]), ..row("GET", path, "", expected) }
}

/// For the room's moderators and chairs.
pub const fn desk(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    in_room(method, path, body, [403, 403, 403, s, s, 403, 403])
}

/// As [`desk`], about what only the desk knows of.
pub const fn draft(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    Row { public: Some([401, 404]), ..in_room(method, path, body, [404, 404, 404, s, s, 404, 404]) }
}

/// A change in a room: nobody must sign in, who waits does not see a room for members.
pub const fn in_room(method: &'static str, path: &'static str, body: &'static str, e: [u16; 7]) -> Row {
    let expected = [401, 404, e[0], e[1], e[2], e[3], e[4], e[5], e[6]];
    Row { public: Some([401, 403]), ..row(method, path, body, expected) }
}

/// A read that takes more than reading.
pub const fn inner(path: &'static str, e: [u16; 7]) -> Row {
    let expected = [404, 404, e[0], e[1], e[2], e[3], e[4], e[5], e[6]];
    Row { public: Some([401, 403]), ..row("GET", path, "", expected) }
}

/// A reason for an act of moderation.
pub const WHY: &str = r#"{"reason":"spam","note":"Twice"}"#;
/// What takes part.
pub const TALK: [u16; 7] = [201, 201, 403, 201, 201, 201, 201];

/// Every route, some of them with more than one body.
pub static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    [
        KERNEL,
        agenda::rows::ROWS,
        floor::rows::ROWS,
        polls::rows::ROWS,
        questions::rows::ROWS,
        interpretation::rows::ROWS,
        screen::rows::ROWS,
    ]
    .concat()
});

const KERNEL: &[Row] = &[
    all("GET", "/installation", "", 200),
    all("GET", "/permissions", "", 200),
    all("GET", "/organisations", "", 200),
    all("GET", "/openapi.json", "", 200),
    all("GET", "/docs", "", 200),
    all("GET", "/health/live", "", 200),
    all("GET", "/health/ready", "", 200),
    all("GET", "/metrics", "", 200),
    all(
        "POST",
        "/register",
        r#"{"email":"{new}@example.org","password":"four amber kettles sing","display_name":"N{new}",
            "constituency":"workers","organisation":"O","locale":"en"}"#,
        201,
    ),
    all("POST", "/sign-in", r#"{"email":"{email}","password":"four amber kettles sing"}"#, 200),
    all("POST", "/sign-in", r#"{"email":"{email}","password":"five amber kettles sing"}"#, 401),
    all("POST", "/sign-out", "", 204),
    own("GET", "/me", "", 200),
    own("PATCH", "/me", r#"{"locale":"zh"}"#, 200),
    own(
        "PUT",
        "/me/password",
        r#"{"current":"four amber kettles sing","new":"four amber kettles sing"}"#,
        204,
    ),
    own("GET", "/me/sign-ins", "", 200),
    own("DELETE", "/me/sign-ins/{sign_in}", "", 404),
    own("DELETE", "/me/sign-ins", "", 204),
    all("GET", "/demo/members", "", 404),
    all("POST", "/demo/sign-in", r#"{"member":"{member}"}"#, 404),
    steward("GET", "/members", "", [200, 200]),
    steward("POST", "/members/{member}/confirm", "{}", [200, 200]),
    steward("PATCH", "/members/{member}", r#"{"status":"banned"}"#, [200, 200]),
    steward("PATCH", "/members/{member}", r#"{"platform_role":"steward"}"#, [403, 200]),
    steward("PATCH", "/members/{other_steward}", r#"{"status":"banned"}"#, [403, 200]),
    steward("POST", "/invitations", "{}", [201, 201]),
    steward("POST", "/invitations", r#"{"platform_role":"admin"}"#, [403, 201]),
    steward("GET", "/invitations", "", [200, 200]),
    all("GET", "/invitations/by-token/{token}", "", 200),
    all("GET", "/invitations/by-token/{nothing}", "", 404),
    steward("DELETE", "/invitations/{invitation}", "", [204, 204]),
    all("GET", "/programmes", "", 200),
    steward("POST", "/programmes", r#"{"title":"Week"}"#, [201, 201]),
    // It has no room yet.
    row("GET", "/programmes/{programme}", "", [404, 404, 404, 404, 404, 404, 404, 200, 200]),
    steward("PATCH", "/programmes/{programme}", r#"{"title":"Month"}"#, [200, 200]),
    all("GET", "/rooms", "", 200),
    steward("POST", "/rooms", r#"{"title":"R","kind":"forum","visibility":"members"}"#, [201, 201]),
    read("/rooms/{id}"),
    in_room("PATCH", "/rooms/{id}", r#"{"title":"Other"}"#, [403, 403, 403, 200, 200, 200, 200]),
    inner("/rooms/{id}/roles", [200; 7]),
    inner("/rooms/{id}/roles/{holder}", [200; 7]),
    in_room(
        "PUT",
        "/rooms/{id}/roles/{member}",
        r#"{"role":"observer"}"#,
        [403, 403, 403, 200, 200, 200, 200],
    ),
    in_room("PUT", "/rooms/{id}/roles/{member}", r#"{"role":"chair"}"#, [403, 403, 403, 403, 200, 200, 200]),
    in_room("DELETE", "/rooms/{id}/roles/{holder}", "", [403, 403, 403, 204, 204, 204, 204]),
    in_room("DELETE", "/rooms/{id}/roles/{chair}", "", [403, 403, 403, 403, 409, 409, 409]),
    inner("/rooms/{id}/members", [403, 403, 403, 200, 200, 200, 200]),
    read("/rooms/{id}/threads"),
    in_room(
        "POST",
        "/rooms/{id}/threads",
        r#"{"kind":"question","title":"Q","body":"Why?","client_id":"{nothing}"}"#,
        TALK,
    ),
    read("/threads/{thread}"),
    in_room("PATCH", "/threads/{thread}", r#"{"title":"T"}"#, [403, 403, 403, 200, 200, 403, 403]),
    Row { public: Some([401, 204]), ..in_room("PUT", "/threads/{thread}/read", r#"{"seq":1}"#, [204; 7]) },
    desk("PUT", "/threads/{thread}/lock", WHY, 200),
    desk("DELETE", "/threads/{thread}/lock", WHY, 200),
    desk("PUT", "/threads/{thread}/pin", WHY, 200),
    desk("DELETE", "/threads/{thread}/pin", WHY, 200),
    desk("PUT", "/threads/{thread}/review", WHY, 200),
    desk("DELETE", "/threads/{thread}/review", WHY, 200),
    inner("/rooms/{id}/desk", [403, 403, 403, 200, 200, 403, 403]),
    Row {
        public: Some([401, 200]),
        ..row("GET", "/threads/{thread}/held", "", [404, 404, 200, 200, 200, 200, 200, 200, 200])
    },
    draft("PUT", "/held/{held_post}/claim", "", 200),
    draft("DELETE", "/held/{held_post}/claim", "", 204),
    draft("POST", "/held/{held_post}/decision", r#"{"decision":"decline","reason":"spam"}"#, 200),
    // Its author's own business.
    Row { public: Some([401, 404]), ..in_room("DELETE", "/held/{held_post}", "", [404; 7]) },
    read("/threads/{thread}/posts"),
    in_room("POST", "/threads/{thread}/posts", r#"{"body":"B","client_id":"{nothing}"}"#, TALK),
    read("/posts/{post}"),
    // Nobody changes what somebody else said.
    in_room("PATCH", "/posts/{post}", r#"{"body":"B","revision":1}"#, [403; 7]),
    read("/posts/{post}/revisions"),
    Row {
        public: Some([404, 404]),
        ..inner("/posts/{hidden}/revisions", [404, 404, 404, 200, 200, 404, 404])
    },
    desk("PUT", "/posts/{post}/hidden", WHY, 200),
    desk("DELETE", "/posts/{hidden}/hidden", WHY, 200),
    in_room("PUT", "/posts/{post}/reactions/{agree}", "", [200, 200, 403, 200, 200, 200, 200]),
    in_room("DELETE", "/posts/{post}/reactions/{agree}", "", [200, 200, 403, 200, 200, 200, 200]),
    own("POST", "/preview", r#"{"body":"*B*"}"#, 200),
    read("/rooms/{id}/sessions"),
    desk(
        "POST",
        "/rooms/{id}/sessions",
        r#"{"title":"S","starts_at":"2027-01-01T08:00:00Z","ends_at":"2027-01-01T09:00:00Z"}"#,
        201,
    ),
    read("/sessions/{session}"),
    desk("PATCH", "/sessions/{session}", r#"{"title":"S"}"#, 200),
    desk("DELETE", "/sessions/{session}", "", 204),
    desk("POST", "/sessions/{session}/state", r#"{"state":"lobby"}"#, 200),
    read("/sessions/{session}/snapshot"),
    desk("PUT", "/rooms/{id}/slow-mode", r#"{"seconds":1,"reason":"spam"}"#, 200),
    desk("PUT", "/rooms/{id}/closed", WHY, 200),
    desk("DELETE", "/rooms/{id}/closed", WHY, 200),
    inner("/rooms/{id}/mutes", [403, 403, 403, 200, 200, 403, 403]),
    desk("PUT", "/rooms/{id}/mutes/{member}", r#"{"minutes":1,"reason":"spam"}"#, 200),
    desk("DELETE", "/rooms/{id}/mutes/{muted}", WHY, 204),
    read("/rooms/{id}/moderation-log"),
    read("/rooms/{id}/log"),
    // Not a handshake, and not from a page; the live tests connect.
    all("GET", "/live", "", 403),
    inner("/rooms/{id}/presence", [403, 403, 403, 200, 200, 403, 403]),
];
