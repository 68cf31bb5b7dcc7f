//! Who is answered what, on the routes of screens and join codes.

use crate::routes::table::{Row, all, desk, inner, read};

pub const ROWS: &[Row] = &[
    all("POST", "/screens", "", 201),
    // Only a screen has one; the screen tests open it.
    all("GET", "/screen", "", 200),
    all("GET", "/screen/live", "", 403),
    inner("/rooms/{id}/screens", [403, 403, 403, 200, 200, 403, 403]),
    desk("POST", "/rooms/{id}/screens", r#"{"code":"{screen_code}","name":"Hall"}"#, 201),
    desk("DELETE", "/screens/{screen}", "", 204),
    inner("/rooms/{id}/screen", [403, 403, 403, 200, 200, 403, 403]),
    desk("PUT", "/rooms/{id}/screen", r#"{"scene":"message","en":"Break","zh":"休息"}"#, 200),
    read("/join/{join_code}"),
];
