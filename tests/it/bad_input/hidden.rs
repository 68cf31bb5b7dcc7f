//! What is wrong with a body is told to those only who may know of what it is about.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::bodies::{OPTIONAL, send, with};
use crate::routes::cast::Cast;
use crate::routes::table::{ROLES, TABLE};

/// Values that a field of the right type does not take: too short, too long, out of range.
fn invalid_values() -> Vec<String> {
    let mut values: Vec<String> =
        ["\"\"", "\"a\\u0000b\"", "\"nothing\"", "-1", "0", "2147483647", "[]", "{}", "null", "true"]
            .map(str::to_owned)
            .into();
    values.push(json!("x".repeat(20_001)).to_string());
    values.push(json!("1850-01-01T00:00:00Z").to_string());
    values
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_see_it_is_not_told_what_is_wrong_with_the_body() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "invited" })).await;
    let outsider = cast.browser(ROLES.iter().position(|role| *role == "other").unwrap()).await;
    let (mut calls, mut not_there) = (0, 0);
    for row in TABLE.iter().filter(|row| row.public.is_some() && !row.body.is_empty()) {
        let (path, body) = cast.filled(&place, row).await;
        let id = path.split('/').nth(2).unwrap();
        let nowhere = path.replacen(id, &Uuid::now_v7().to_string(), 1);
        let body: Map<String, Value> = serde_json::from_str(&body).unwrap();
        let more = OPTIONAL.iter().filter(|(of, _)| *of == row.path).map(|(_, field)| *field);
        let fields: Vec<&str> = body.keys().map(String::as_str).chain(more).collect();
        for field in fields {
            for raw in invalid_values() {
                let sent = with(&body, field, &raw).into_bytes();
                let answer = send(&outsider, row.method, &path, sent.clone()).await;
                let same = send(&outsider, row.method, &nowhere, sent).await;
                let what = format!("{} {} with {field}: {raw:.40}", row.method, row.path);
                assert_eq!((answer.status, &answer.body), (same.status, &same.body), "{what}");
                // Of what cannot be read nobody is told more than that.
                assert!([400, 404].contains(&answer.status.as_u16()), "{what}: {answer:?}");
                not_there += usize::from(answer.status == 404);
            }
        }
        calls += 1;
    }
    assert!(calls > 25 && not_there > 200, "{calls} calls, {not_there} of their bodies invalid and not told");
    cast.server.stop().await;
}
