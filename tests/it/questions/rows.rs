//! Who is answered what, on the routes of questions.

use crate::routes::table::{Row, TALK, WHY, desk, in_room, read};

pub const ROWS: &[Row] = &[
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
];
