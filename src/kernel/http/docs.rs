//! The OpenAPI of this server, and a page to read it.

use actix_web::{HttpResponse, get};

use super::extract::Shared;

/// The OpenAPI 3.1 document.
#[get("/openapi.json")]
pub async fn openapi(state: Shared) -> HttpResponse {
    HttpResponse::Ok().json(&state.document)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A plain page that lists every call.
#[get("/docs")]
pub async fn page(state: Shared) -> HttpResponse {
    let document = &state.document;
    let mut rows = String::new();
    for (path, calls) in document["paths"].as_object().into_iter().flatten() {
        for (method, call) in calls.as_object().into_iter().flatten() {
            let text = |name: &str| escape(call[name].as_str().unwrap_or(""));
            rows.push_str(&format!(
                "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>\n",
                method.to_uppercase(),
                escape(path),
                text("summary")
            ));
        }
    }
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Plenary API</title></head>\
         <body><main><h1>Plenary API</h1><p>Machine-readable: <a href=\"/api/v1/openapi.json\">openapi.json</a></p>\
         <table><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead><tbody>{rows}</tbody></table>\
         </main></body></html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
}
