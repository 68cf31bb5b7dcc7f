//! Who is answered what, on the routes of translations, transcripts and signals.

use crate::routes::table::{Row, desk, in_room, read};

pub const ROWS: &[Row] = &[
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
];
