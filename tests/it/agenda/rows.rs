//! Who is answered what, on the routes of delays and calendars.

use crate::routes::table::{Row, all, desk, own, read};

pub const ROWS: &[Row] = &[
    desk("POST", "/rooms/{id}/delay", r#"{"minutes":{agenda}}"#, 200),
    desk("POST", "/rooms/{id}/delay", r#"{"minutes":{agenda},"dry_run":true}"#, 200),
    read("/rooms/{id}/calendar.ics"),
    own("GET", "/me/calendar", "", 200),
    own("POST", "/me/calendar", "", 201),
    own("DELETE", "/me/calendar", "", 204),
    all("GET", "/calendar/{feed}.ics", "", 200),
    all("GET", "/calendar/{nothing}.ics", "", 404),
];
