//! Schemas of the WebSocket for the OpenAPI: the frames, and the data of an event by its kind.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::kernel::domain::entries::{EntryKind, Subject};
use crate::kernel::log::frame::Frame;
use crate::kernel::views::agenda::AgendaView;
use crate::kernel::views::events::{
    EventHook, MuteEvent, PostData, RemovedEvent, RoleEvent, RoomEvent, TranslationEvent,
};
use crate::kernel::views::sessions::SessionView;
use crate::kernel::views::threads::ThreadView;

/// The names of the schemas of the data that an event of this kind carries.
fn data_of(kind: EntryKind, hooks: &[&'static dyn EventHook]) -> Vec<Cow<'static, str>> {
    let subject = kind.subject();
    let own = match subject {
        Subject::Room => Some(RoomEvent::name()),
        Subject::Member => Some(match kind {
            EntryKind::RoleGranted | EntryKind::RoleRevoked => RoleEvent::name(),
            _ => MuteEvent::name(),
        }),
        Subject::Thread => Some(ThreadView::name()),
        Subject::Post => Some(PostData::name()),
        Subject::Session => Some(SessionView::name()),
        Subject::Translation => Some(TranslationEvent::name()),
        Subject::Agenda => Some(AgendaView::name()),
        // Told by the features whose they are.
        _ => None,
    };
    let told = hooks.iter().filter(|hook| hook.subjects().contains(&subject));
    own.into_iter().chain(told.map(|hook| hook.data(subject))).collect()
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An entry of the log as it is told: by its kind, the current view of what it is about, or that this is gone.
pub fn log_event(hooks: &[&'static dyn EventHook]) -> Value {
    let mut kinds: BTreeMap<Vec<Cow<'static, str>>, Vec<&str>> = BTreeMap::new();
    for kind in EntryKind::ALL {
        kinds.entry(data_of(*kind, hooks)).or_default().push(kind.as_str());
    }
    let event = |(data, kinds): (&Vec<Cow<'static, str>>, &Vec<&str>)| {
        let removed = RemovedEvent::name();
        let data: Vec<Value> = data.iter().chain([&removed]).map(|name| schema(name)).collect();
        json!({
            "type": "object", "required": ["room", "seq", "kind", "at", "data"],
            "properties": {
                "type": { "type": "string", "enum": ["event"] },
                "room": { "type": "string", "format": "uuid" },
                "seq": { "type": "integer", "format": "int64" },
                "kind": { "type": "string", "enum": kinds },
                "at": { "type": "string", "format": "date-time" },
                "data": { "oneOf": data }
            }
        })
    };
    json!({
        "description": "An entry of the log, with the current view of its subject, without personal parts.",
        "oneOf": kinds.iter().map(event).collect::<Vec<_>>()
    })
}

/// Whatever the server sends over the socket: a passing frame, or an event.
pub fn server_frame() -> Value {
    json!({ "oneOf": [schema(&Frame::name()), schema("LogEvent")] })
}
