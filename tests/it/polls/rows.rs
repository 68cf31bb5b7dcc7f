//! Who is answered what, on the routes of polls.

use crate::routes::table::{Row, desk, draft, in_room, inner, read, row};

pub const ROWS: &[Row] = &[
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
];
