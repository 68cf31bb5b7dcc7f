//! The OpenAPI of this server, and a page to read it.

use actix_web::{HttpResponse, get};
use serde_json::Value;
use utoipa::OpenApi;

use super::routes::Api;

/// The document, with the error body that every call may answer with.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
    let error = serde_json::json!({
        "description": "A failure, with a stable code",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    });
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for call in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|calls| calls.values_mut()) {
            // Handlers of several features have the same name; an operation's must be its own.
            let (tag, name) = (call["tags"][0].as_str(), call["operationId"].as_str());
            call["operationId"] = format!("{}_{}", tag.unwrap_or_default(), name.unwrap_or_default()).into();
            if let Some(responses) = call.get_mut("responses").and_then(Value::as_object_mut) {
                responses.insert("default".into(), error.clone());
            }
        }
    }
    document["components"]["schemas"]["ErrorBody"] = serde_json::json!({
        "type": "object", "required": ["error"],
        "properties": {"error": {
            "type": "object", "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"}, "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "retry_after_s": {"type": "integer"}
            }
        }}
    });
    document
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
        assert_eq!(document["components"]["schemas"]["Lang"]["enum"], serde_json::json!(["en", "zh"]));
    }
}
