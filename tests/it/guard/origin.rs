//! Where requests may come from when the cookie signs in.

use serde_json::json;

use crate::support::rooms::Stage;
use crate::support::socket::{Socket, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_bearer_token_frees_a_socket_from_its_origin() {
    let stage = Stage::new(json!({})).await;
    let server = &stage.server;
    let evil = "http://evil.example";
    for authorization in ["Basic eDp5", "Digest x", "bearer x", "Bearer", "Negotiate YII=", ""] {
        for origin in [evil, ""] {
            let mut asked = request(server, &stage.chair.token, origin);
            asked.headers_mut().insert("authorization", authorization.parse().unwrap());
            let refused = Socket::connect(server, asked, None).await.err().expect("refused");
            let code = &refused.1["error"]["code"];
            assert_eq!((refused.0, code), (403, &json!("forbidden_origin")), "{authorization:?} {origin:?}");
        }
        // From our own page the cookie goes on signing in, as behind HTTP Basic.
        let mut asked = request(server, &stage.chair.token, &server.origin);
        asked.headers_mut().insert("authorization", authorization.parse().unwrap());
        assert!(Socket::connect(server, asked, None).await.is_ok(), "{authorization:?}");
        // The same for changes.
        let url = format!("{}/api/v1/me", server.origin);
        let change = stage.chair.browser.http.patch(url).header("authorization", authorization);
        let change = change.header("origin", evil).json(&json!({ "locale": "en" }));
        assert_eq!(stage.chair.browser.send(change).await.code(), (403, "forbidden_origin"));
    }
    // A bearer token needs no origin, and signs in whoever holds it, not the cookie beside it.
    let mut asked = request(server, "", evil);
    let bearer = format!("Bearer {}", stage.chair.token);
    asked.headers_mut().insert("authorization", bearer.parse().unwrap());
    assert!(Socket::connect(server, asked, None).await.is_ok());
    let mut asked = request(server, &stage.chair.token, evil);
    asked.headers_mut().insert("authorization", "Bearer x".parse().unwrap());
    assert_eq!(Socket::connect(server, asked, None).await.err().expect("refused").0, 401);
    stage.server.stop().await;
}
