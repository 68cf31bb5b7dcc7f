//! The web UI: files built beforehand, compressed beforehand, embedded in the binary.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use super::extract::Shared;
use super::methods;
use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Files;

/// A file of the UI, or its first page for any address that the UI itself understands.
pub async fn serve(state: Shared, request: HttpRequest) -> HttpResponse {
    use actix_web::ResponseError;
    let path = request.path().trim_start_matches('/');
    let is_read = matches!(request.method().as_str(), "GET" | "HEAD");
    if path.starts_with("api/") || (!is_read && is_served(path)) {
        return state.methods.no_handler(request.path());
    }
    if !is_read {
        return methods::not_allowed("GET, HEAD");
    }
    match file(&request, path) {
        Some(response) => response,
        // A missing file is not a page: an old hashed name must not be answered with HTML.
        None if path.starts_with("assets/") => Error::NotFound.error_response(),
        None => file(&request, "index.html").unwrap_or_else(|| {
            HttpResponse::NotFound()
                .content_type("text/plain")
                .body("The web UI is not built: run `make web`.\n")
        }),
    }
}

/// Beside the UI and the API.
fn is_served(path: &str) -> bool {
    path.starts_with("health/") || path == "metrics"
}

fn file(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Files::get(path)?;
    let accepts =
        request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| {
            accepts.split(',').any(|part| part.split(';').next().unwrap_or("").trim() == *name)
        })
        .find_map(|(name, ending)| Some((name, Files::get(&format!("{path}{ending}"))?)));
    let hashed = path.starts_with("assets/");
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, media_type(path)))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((
            header::CACHE_CONTROL,
            HeaderValue::from_static(if hashed { "public, max-age=31536000, immutable" } else { "no-cache" }),
        ));
    Some(match packed {
        Some((name, file)) => {
            response.insert_header((header::CONTENT_ENCODING, name)).body(file.data.into_owned())
        }
        None => response.body(plain.data.into_owned()),
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
