//! Route × role × expected status.

/// A call and what each role is answered, in a room for members.
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

const fn row(method: &'static str, path: &'static str, body: &'static str, expected: [u16; 9]) -> Row {
    Row { method, path, body, expected, public: None }
}

/// The same for everyone.
const fn all(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    row(method, path, body, [status; 9])
}

/// For whoever is signed in.
const fn own(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    row(method, path, body, [401, s, s, s, s, s, s, s, s])
}

/// For stewards and admins.
const fn steward(method: &'static str, path: &'static str, body: &'static str, done: [u16; 2]) -> Row {
    row(method, path, body, [401, 403, 403, 403, 403, 403, 403, done[0], done[1]])
}

/// For whoever may read the room; so may anyone in a public one.
const fn read(path: &'static str) -> Row {
    let expected = [404, 404, 200, 200, 200, 200, 200, 200, 200];
    Row { public: Some([200, 200]), ..row("GET", path, "", expected) }
}

/// For the room's moderators and chairs.
const fn desk(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    in_room(method, path, body, [403, 403, 403, s, s, 403, 403])
}

/// As [`desk`], about what only the desk knows of.
const fn draft(method: &'static str, path: &'static str, body: &'static str, status: u16) -> Row {
    let s = status;
    Row { public: Some([401, 404]), ..in_room(method, path, body, [404, 404, 404, s, s, 404, 404]) }
}

/// A change in a room: nobody must sign in, who waits does not see a room for members.
const fn in_room(method: &'static str, path: &'static str, body: &'static str, e: [u16; 7]) -> Row {
    let expected = [401, 404, e[0], e[1], e[2], e[3], e[4], e[5], e[6]];
    Row { public: Some([401, 403]), ..row(method, path, body, expected) }
}

/// A read that takes more than reading.
const fn inner(path: &'static str, e: [u16; 7]) -> Row {
    let expected = [404, 404, e[0], e[1], e[2], e[3], e[4], e[5], e[6]];
    Row { public: Some([401, 403]), ..row("GET", path, "", expected) }
}

const WHY: &str = r#"{"reason":"spam","note":"Twice"}"#;
/// What takes part.
const TALK: [u16; 7] = [201, 201, 403, 201, 201, 201, 201];

/// Every route, some of them with more than one body.
pub const TABLE: &[Row] = &[
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
        r#"{"email":"{new}@example.org","password":"four amber kettles sing","display_name":"N",
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
    all("GET", "/programmes/{programme}", "", 200),
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
    read("/sessions/{session}/floor"),
    desk("PATCH", "/sessions/{session}/floor", r#"{"limit_s":60}"#, 200),
    in_room(
        "POST",
        "/sessions/{lobby}/floor/requests",
        r#"{"kind":"question","client_id":"{nothing}"}"#,
        TALK,
    ),
    desk(
        "POST",
        "/sessions/{lobby}/floor/requests",
        r#"{"kind":"question","client_id":"{nothing}","on_behalf":{"name":"N","constituency":"workers"}}"#,
        201,
    ),
    // Nobody takes back what somebody else asked for.
    in_room("DELETE", "/floor-requests/{request}", "", [403; 7]),
    desk("POST", "/floor-requests/{request}/pass", r#"{"reason":"Not here"}"#, 200),
    desk("POST", "/sessions/{asked}/floor/next", r#"{"current":null}"#, 200),
    desk("POST", "/speeches/{speech}/pause", "", 200),
    desk("POST", "/speeches/{held}/resume", "", 200),
    desk("POST", "/speeches/{speech}/end", "", 200),
    desk("POST", "/rooms/{id}/delay", r#"{"minutes":{agenda}}"#, 200),
    desk("POST", "/rooms/{id}/delay", r#"{"minutes":{agenda},"dry_run":true}"#, 200),
    read("/rooms/{id}/calendar.ics"),
    own("GET", "/me/calendar", "", 200),
    own("POST", "/me/calendar", "", 201),
    own("DELETE", "/me/calendar", "", 204),
    all("GET", "/calendar/{feed}.ics", "", 200),
    all("GET", "/calendar/{nothing}.ics", "", 404),
    read("/sessions/{session}/snapshot"),
    read("/sessions/{session}/polls"),
    desk(
        "POST",
        "/sessions/{session}/polls",
        r#"{"kind":"single","question":{"en":"Q"},"options":[{"en":"A"},{"en":"B"}]}"#,
        201,
    ),
    read("/polls/{poll}"),
    Row {
        public: Some([404, 404]),
        ..row("GET", "/polls/{poll_draft}", "", [404, 404, 404, 404, 404, 200, 200, 404, 404])
    },
    draft("PATCH", "/polls/{poll_draft}", r#"{"question":{"en":"Q","zh":"Q"},"quorum_share":5}"#, 200),
    draft("DELETE", "/polls/{poll_draft}", "", 204),
    draft("POST", "/polls/{poll_draft}/open", "", 200),
    desk("POST", "/polls/{poll}/close", r#"{"anyway":true,"reason":"They agreed"}"#, 200),
    desk("POST", "/polls/{poll}/cancel", r#"{"reason":"Another wording"}"#, 200),
    inner("/polls/{poll}/voters", [403, 403, 403, 200, 200, 403, 403]),
    desk("POST", "/polls/{poll}/voters", r#"{"member":"{holder}","note":"A late train"}"#, 200),
    // Asked are who has a role and may talk.
    in_room("PUT", "/polls/{poll}/ballot", r#"{"options":[1]}"#, [403, 403, 403, 200, 200, 403, 403]),
    read("/sessions/{session}/questions"),
    in_room("POST", "/sessions/{lobby}/questions", r#"{"body":"Why?","client_id":"{nothing}"}"#, TALK),
    in_room(
        "POST",
        "/sessions/{lobby}/questions",
        r#"{"body":"Why?","client_id":"{nothing}","on_behalf":{"name":"N","constituency":"workers"}}"#,
        [403, 403, 403, 201, 201, 201, 201],
    ),
    read("/questions/{question}"),
    in_room("PUT", "/questions/{question}/support", "", [200, 200, 403, 200, 200, 200, 200]),
    in_room("DELETE", "/questions/{question}/support", "", [200, 200, 403, 200, 200, 200, 200]),
    desk("POST", "/questions/{question}/state", r#"{"state":"taken"}"#, 200),
    desk("PUT", "/questions/{question}/merged_into", r#"{"question":"{question}"}"#, 200),
    desk("DELETE", "/questions/{question_merged}/merged_into", "", 200),
    desk("PUT", "/questions/{question}/hidden", WHY, 200),
    desk("DELETE", "/questions/{question_hidden}/hidden", WHY, 200),
    read("/posts/{post}/translations"),
    desk("PUT", "/posts/{post}/translations/{zh}", r#"{"body":"B","state":"interpreter"}"#, 200),
    // Only who wrote the original says what was meant.
    in_room("POST", "/posts/{translated}/translations/{zh}/confirm", r#"{"version":1}"#, [403; 7]),
    desk("DELETE", "/posts/{translated}/translations/{zh}", "", 204),
    read("/questions/{question}/translations"),
    desk("PUT", "/questions/{question}/translations/{zh}", r#"{"body":"B","state":"draft"}"#, 200),
    in_room("POST", "/questions/{question}/translations/{zh}/confirm", r#"{"version":1}"#, [403; 7]),
    desk("DELETE", "/questions/{question_translated}/translations/{zh}", "", 204),
    read("/sessions/{session}/transcript"),
    desk(
        "POST",
        "/sessions/{lobby}/transcript",
        r#"{"body":"B","lang":"zh","original_lang":"en","client_id":"{nothing}"}"#,
        201,
    ),
    desk("DELETE", "/transcript/{line}", "", 204),
    in_room("POST", "/sessions/{live}/signals", r#"{"kind":"slower"}"#, [204, 204, 403, 204, 204, 204, 204]),
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
    all("POST", "/screens", "", 201),
    // Only a screen has one; the screen tests open it.
    all("GET", "/screen", "", 404),
    all("GET", "/screen/live", "", 403),
    inner("/rooms/{id}/screens", [403, 403, 403, 200, 200, 403, 403]),
    desk("POST", "/rooms/{id}/screens", r#"{"code":"{screen_code}","name":"Hall"}"#, 201),
    desk("DELETE", "/screens/{screen}", "", 204),
    inner("/rooms/{id}/screen", [403, 403, 403, 200, 200, 403, 403]),
    desk("PUT", "/rooms/{id}/screen", r#"{"scene":"message","en":"Break","zh":"休息"}"#, 200),
    read("/join/{join_code}"),
];
