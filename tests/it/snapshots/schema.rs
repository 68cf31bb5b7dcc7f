//! Checks what is sent against the OpenAPI: as much of JSON Schema as its document uses.

use std::collections::{BTreeMap, HashMap};

use chrono::Utc;
use plenary::error::Code;
use plenary::features::FEATURES;
use plenary::kernel::domain::kinds::SignalKind;
use plenary::kernel::hooks;
use plenary::kernel::http::api::document;
use plenary::kernel::log::frame::{Frame, PROTOCOL, SignalFrom, Unsubscribed};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The schemas of the server.
pub struct Schemas(Value);

impl Schemas {
    pub fn new() -> Self {
        Self(document(hooks::routes(&FEATURES), &hooks::events(&FEATURES), &hooks::parts(&FEATURES))["components"]["schemas"].take())
    }

    fn named<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(path) => self.named(&self.0[path.rsplit('/').next().unwrap()]),
            None => schema,
        }
    }

    /// What is wrong with a value of the schema of this name.
    pub fn check(&self, name: &str, value: &Value) {
        let schema = &self.0[name];
        assert!(schema.is_object(), "there is no schema {name}");
        if let Err(wrong) = self.fits(schema, value) {
            panic!("not a {name}: {wrong}\n{value}");
        }
    }

    /// All properties of a schema and of those that it is made of; None when others may stand beside them.
    fn properties<'a>(&'a self, schema: &'a Value) -> Option<Map<String, Value>> {
        let schema = self.named(schema);
        let mut all = schema["properties"].as_object().cloned().unwrap_or_default();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.properties(part)?);
        }
        let is_open =
            schema["oneOf"].is_array() || schema["additionalProperties"].is_object() || all.is_empty();
        (!is_open).then_some(all)
    }

    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.named(schema);
        if let Some(ways) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            let wrong: Vec<String> = ways.iter().filter_map(|way| self.fits(way, value).err()).collect();
            if wrong.len() == ways.len() {
                return Err(format!("none of: {}", wrong.join("; ")));
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fits_open(part, value)?;
        }
        self.fits_open(schema, value)?;
        if let (Some(known), Some(object)) = (self.properties(schema), value.as_object())
            && let Some(key) = object.keys().find(|key| !known.contains_key(*key))
        {
            return Err(format!("{key} is not in the schema"));
        }
        Ok(())
    }

    /// As `fits`, where other properties may stand beside.
    fn fits_open(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.named(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fits_open(part, value)?;
        }
        let types = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is_a(name, value)) {
            return Err(format!("{value:.60} is not {types:?}"));
        }
        if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
            return Err(format!("{value:.60} is not one of {}", words.len()));
        }
        if let Some(items) = value.as_array() {
            items.iter().try_for_each(|item| self.fits(&schema["items"], item))?;
        }
        let Some(object) = value.as_object() else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, value) in object {
            let of = match &schema["properties"][name] {
                Value::Null => &schema["additionalProperties"],
                found => found,
            };
            self.fits(of, value).map_err(|wrong| format!("{name}: {wrong}"))?;
        }
        Ok(())
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("what is {other}?"),
    }
}

#[test]
fn frames_are_what_the_schema_says() {
    let schemas = Schemas::new();
    let (room, time) = (Uuid::now_v7(), Utc::now());
    let counts = BTreeMap::from([("workers".to_owned(), 2)]);
    let frames = [
        Frame::Hello { version: PROTOCOL, epoch: room, heartbeat_s: 15, time },
        Frame::Subscribed { room, head: 3, recovered: true, epoch: room },
        Frame::Replayed { room, seq: 3 },
        Frame::Reset { room, head: 3 },
        Frame::Unsubscribed { room, code: Unsubscribed::RoleChanged },
        Frame::Presence { room, hall: 1, online: 1, by_constituency: &counts },
        Frame::Heartbeat { time, heads: HashMap::from([(room, 3)]) },
        Frame::Typing { room, thread: room, constituency: "workers" },
        Frame::Signal {
            room,
            session: room,
            kind: SignalKind::Term,
            from: SignalFrom::Member,
            term: Some("quorum".into()),
        },
        Frame::Held { room, thread: room },
        Frame::Error { code: Code::TooManyRooms, message: "Too many rooms.", room: Some(room) },
    ];
    for frame in &frames {
        let sent: Value = serde_json::from_str(&frame.text()).unwrap();
        schemas.check("Frame", &sent);
        schemas.check("ServerFrame", &sent);
    }
    let wrong = json!({ "type": "held", "room": room });
    assert!(schemas.fits(&schemas.0["Frame"], &wrong).is_err());
    let more = json!({ "type": "held", "room": room, "thread": room, "more": 1 });
    assert!(schemas.fits(&schemas.0["Frame"], &more).is_err());
}
