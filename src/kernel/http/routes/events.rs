//! What the socket says, for the OpenAPI: the frames, and the data of an event by its kind.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::features::floor::view::FloorView;
use crate::features::polls::view::PollView;
use crate::features::questions::view::QuestionEvent;
use crate::features::transcript::view::LineView;
use crate::kernel::domain::kinds::{EntryKind, Subject};
use crate::kernel::log::frame::Frame;
use crate::kernel::views::agenda::AgendaView;
use crate::kernel::views::events::{
    MuteEvent, PostData, RemovedEvent, RoleEvent, RoomEvent, TranslationEvent,
};
use crate::kernel::views::sessions::SessionView;
use crate::kernel::views::threads::ThreadView;

/// The name of the schema of the data that an event of this kind carries.
fn data_of(kind: EntryKind) -> Cow<'static, str> {
    match kind.subject() {
        Subject::Room => RoomEvent::name(),
        Subject::Member => match kind {
            EntryKind::RoleGranted | EntryKind::RoleRevoked => RoleEvent::name(),
            _ => MuteEvent::name(),
        },
        Subject::Thread => ThreadView::name(),
        Subject::Post => PostData::name(),
        Subject::Session => SessionView::name(),
        Subject::Question => QuestionEvent::name(),
        Subject::Translation => TranslationEvent::name(),
        Subject::TranscriptLine => LineView::name(),
        Subject::Floor => FloorView::name(),
        Subject::Agenda => AgendaView::name(),
        Subject::Poll => PollView::name(),
    }
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An entry of the log as it is told: by its kind, the current view of what it is about, or that this is gone.
pub fn log_event() -> Value {
    let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for kind in EntryKind::ALL {
        kinds.entry(data_of(*kind).into_owned()).or_default().push(kind.as_str());
    }
    let event = |(data, kinds): (&String, &Vec<&str>)| {
        json!({
            "type": "object", "required": ["room", "seq", "kind", "at", "data"],
            "properties": {
                "type": { "type": "string", "enum": ["event"] },
                "room": { "type": "string", "format": "uuid" },
                "seq": { "type": "integer", "format": "int64" },
                "kind": { "type": "string", "enum": kinds },
                "at": { "type": "string", "format": "date-time" },
                "data": { "oneOf": [schema(data), schema(&RemovedEvent::name())] }
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
