//! Who is answered what, on the routes of the floor.

use crate::routes::table::{Row, TALK, desk, in_room, read};

pub const ROWS: &[Row] = &[
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
];
