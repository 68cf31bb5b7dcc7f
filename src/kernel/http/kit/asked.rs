//! Fields that many requests share: texts by language, reasons, languages.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::kernel::access::RoomState;
use crate::kernel::actions::moderation::ActReasonInput;
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape::{self, ReasonId};
use crate::kernel::domain::text::NOTE_MAX;
use crate::kernel::http::extract::Actor;
use crate::kernel::log::event::Audience;

/// The language of a text that names none.
pub fn english() -> Lang {
    Lang::En
}

/// The attribution of a text that names none.
pub fn named() -> Attribution {
    Attribution::Named
}

/// Reason for an act of moderation.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WhyRequest {
    /// From the installation's list.
    #[serde(default = "other")]
    #[schema(value_type = ReasonId)]
    reason: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<NOTE_MAX>)]
    note: String,
}

fn other() -> String {
    "other".into()
}

impl WhyRequest {
    /// As an action takes it.
    pub fn sent(self) -> ActReasonInput {
        ActReasonInput { reason: self.reason, note: self.note }
    }
}

/// How the actor sees the posts of a room.
pub fn audience(room: &RoomState, actor: &Actor) -> Audience {
    if room.may(actor, Action::ReadDesk).is_ok() { Audience::Desk } else { Audience::Participant }
}

/// Tells a field that is null from one that is absent.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

/// A language of a path.
///
/// # Errors
/// Not found.
pub fn lang(segment: &str) -> Result<Lang> {
    Lang::parse(segment).ok_or(Error::NotFound)
}
