//! The OpenAPI document of the server.

mod events;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::mount::Routes;
use super::routes::ROUTES;
use super::snapshot;
use crate::error::Code;
use crate::kernel::reads::PartHook;
use crate::kernel::views::events::EventHook;

/// The document: what the handlers of the kernel and of features say of themselves, what features tell of the log
/// and add to the snapshot of a session, with what is the same for all of them.
pub fn document(
    features: impl Iterator<Item = Routes>,
    hooks: &[&'static dyn EventHook],
    parts: &[PartHook],
) -> Value {
    let mut api = (ROUTES.api)();
    for routes in features {
        api.merge((routes.api)());
    }
    let mut document = serde_json::to_value(api).unwrap_or_default();
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
    bound_numbers(&mut document);
    let schemas = &mut document["components"]["schemas"];
    snapshot::describe(&mut schemas["SessionSnapshot"], parts);
    schemas["ErrorBody"] = error_body();
    schemas["LogEvent"] = events::log_event(hooks);
    schemas["ServerFrame"] = events::server_frame();
    document["components"]["securitySchemes"] = json!({
        "sign_in": { "type": "apiKey", "in": "cookie", "name": "plenary",
            "description": "The cookie of a sign-in; `__Host-plenary` over HTTPS." },
        "token": { "type": "http", "scheme": "bearer", "description": "The same token." },
    });
    document
}

/// A number of a size that is named says how great it may be, where it does not already.
fn bound_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let (least, most) = match fields.get("format").and_then(Value::as_str) {
                Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
                Some("int64") => (i64::MIN, i64::MAX),
                _ => {
                    fields.values_mut().for_each(bound_numbers);
                    return;
                }
            };
            fields.entry("minimum").or_insert_with(|| least.into());
            fields.entry("maximum").or_insert_with(|| most.into());
        }
        Value::Array(items) => items.iter_mut().for_each(bound_numbers),
        _ => {}
    }
}

/// Which words an installation has for what its tables name.
pub fn name_words(document: &mut Value, schema: &str, words: &[String]) {
    let schema = &mut document["components"]["schemas"][schema];
    if schema.is_object() {
        schema["enum"] = json!(words);
    }
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
