//! The OpenAPI document of the server.

use serde_json::Value;

use super::mount::Routes;
use super::routes::ROUTES;

/// The document, with the error body that every call may answer with.
pub fn document(features: impl Iterator<Item = Routes>) -> Value {
    let mut api = (ROUTES.api)();
    for routes in features {
        api.merge((routes.api)());
    }
    let mut document = serde_json::to_value(api).unwrap_or_default();
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
