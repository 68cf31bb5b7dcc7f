//! The code that leads to a room.

use serde_json::json;

use super::show;
use crate::support::rooms::{Stage, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_code_leads_who_may_see_the_room_and_nobody_else() {
    let stage = Stage::new(json!({ "visibility": "invited" })).await;
    let guest = stage.with_role("Ines", "workers", "observer").await;
    let stranger = stage.server.person("Sven", "employers").await;
    let path = format!("/rooms/{}/screen", stage.room);
    let join = stage.chair.read(&path).await["join"].clone();
    let code = text(&join["code"]);
    assert_eq!(code.len(), 7);
    assert_eq!(stage.chair.read(&path).await["join"], join, "it stays");
    let plain = code.replace(' ', "");
    assert_eq!(join["link"], format!("{}/j/{plain}", stage.server.origin));
    assert_eq!(join["place"], format!("{}/j", stage.server.origin.trim_start_matches("http://")));
    let (size, drawn) = plenary::features::screens::rules::qr::path(join["link"].as_str().unwrap()).unwrap();
    assert_eq!(join["qr"], json!({ "size": size, "path": drawn }));

    let room = stage.chair.read(&format!("/rooms/{}", stage.room)).await;
    for typed in [plain.clone(), plain.to_lowercase(), code.replace(' ', "-"), code.replace(' ', "%20")] {
        assert_eq!(guest.read(&format!("/join/{typed}")).await, json!({ "room": room["slug"] }), "{typed}");
        for browser in [&stranger.browser, &stage.server.browser()] {
            assert_eq!(browser.get(&format!("/join/{typed}")).await.code(), (404, "not_found"));
        }
    }
    for wrong in ["AAAAAA", "HM7K2", "0O1I00", "x"] {
        assert_eq!(guest.get(&format!("/join/{wrong}")).await.code(), (404, "not_found"), "{wrong}");
    }
    // It grants nothing.
    let opened = stranger.get(&format!("/rooms/{}", room["slug"].as_str().unwrap())).await;
    assert_eq!(opened.code(), (404, "not_found"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_finds_a_public_room_by_its_code() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let shown = show(&stage, json!({ "scene": "welcome" })).await;
    let code = text(&shown["view"]["frame"]["join"]["code"]).replace(' ', "");
    let answer = stage.server.browser().get(&format!("/join/{code}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    stage.server.stop().await;
}
