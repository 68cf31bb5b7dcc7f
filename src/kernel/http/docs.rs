//! The OpenAPI of this server, and a page to read it.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, get};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::routes::{Api, events};
use crate::error::Code;

/// The document: what the handlers say of themselves, with what is the same for all of them.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
    for (path, calls) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, call) in calls.as_object_mut().into_iter().flatten() {
            // Handlers of several features have the same name; an operation's must be its own.
            let (tag, name) = (call["tags"][0].as_str(), call["operationId"].as_str());
            call["operationId"] = format!("{}_{}", tag.unwrap_or_default(), name.unwrap_or_default()).into();
            for status in errors(method, path, call) {
                call["responses"][status.to_string()] = refusal(status);
            }
            if let Some(ways) = call.get_mut("security").and_then(Value::as_array_mut) {
                ways.push(json!({ "token": [] }));
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    schemas["ErrorBody"] = error_body();
    schemas["LogEvent"] = events::log_event();
    schemas["ServerFrame"] = events::server_frame();
    document["components"]["securitySchemes"] = json!({
        "sign_in": { "type": "apiKey", "in": "cookie", "name": "plenary",
            "description": "The cookie of a sign-in; `__Host-plenary` over HTTPS." },
        "token": { "type": "http", "scheme": "bearer", "description": "The same token." },
    });
    document
}

/// With which statuses a call may be refused, by what it takes: a sign-in, an id in its path, a query, a body, a
/// limit. What only some calls have besides stands with those.
fn errors(method: &str, path: &str, call: &Value) -> BTreeSet<u16> {
    let has = |place: &str| {
        call["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["in"] == place)
    };
    let changes = method != "get";
    let signed_in = call["security"].is_array();
    let in_query = has("query");
    let has_body = call["requestBody"].is_object();
    let own = call["responses"].as_object().into_iter().flat_map(|responses| responses.keys());
    let mut errors: BTreeSet<u16> =
        own.filter_map(|status| status.parse().ok()).filter(|status| *status >= 400).collect();
    // The database, or all of the server, may be too busy.
    errors.extend((path != "/permissions").then_some(503));
    errors.extend((in_query || has_body).then_some(400));
    errors.extend(signed_in.then_some(401));
    errors.extend((signed_in || changes).then_some(403));
    errors.extend(has("path").then_some(404));
    errors.extend((changes && signed_in && has("path")).then_some(409));
    errors.extend((changes && signed_in).then_some(429));
    errors.extend(has_body.then_some([408, 413, 422]).into_iter().flatten());
    errors
}

fn refusal(status: u16) -> Value {
    let codes = Code::ALL.iter().filter(|code| code.status() == status);
    let words: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
    let description = match words.as_slice() {
        few @ [_, ..] if few.len() < 5 => format!("Refused: {}", few.join(" or ")),
        _ => "Refused; the code says why".into(),
    };
    json!({
        "description": description,
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } }
    })
}

fn error_body() -> Value {
    json!({
        "type": "object", "required": ["error"],
        "properties": { "error": {
            "type": "object", "required": ["code", "message"],
            "properties": {
                "code": { "$ref": "#/components/schemas/Code" },
                "message": { "type": "string" },
                "fields": {
                    "type": "object", "additionalProperties": { "$ref": "#/components/schemas/FieldCode" }
                },
                "retry_after_s": { "type": "integer" }
            }
        } }
    })
}

/// The OpenAPI 3.1 document.
#[get("/openapi.json")]
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A plain page that lists every call.
#[get("/docs")]
pub async fn page() -> HttpResponse {
    let document = document();
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn operations_have_names_of_their_own_and_words_are_as_on_the_wire() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let calls: Vec<&Value> =
            paths.values().flat_map(|calls| calls.as_object().unwrap().values()).collect();
        let names: HashSet<&str> = calls.iter().map(|call| call["operationId"].as_str().unwrap()).collect();
        assert_eq!(names.len(), calls.len());
        assert_eq!(document["components"]["schemas"]["Lang"]["enum"], json!(["en", "zh"]));
    }
}
