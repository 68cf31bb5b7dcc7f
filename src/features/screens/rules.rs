//! Scenes of a room's screens.

pub mod pairing;
pub mod qr;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::domain::agenda::YEARS;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::text::{self, FieldError};

/// Screens of a room.
pub const SCREENS_MAX: i64 = 8;
/// Characters of a message, in each language.
pub const MESSAGE_MAX: usize = 280;
/// Characters of a post that fits on a screen.
pub const POST_MAX: usize = 600;

/// What is shown. A new kind of scene is a variant here, an arm in `features/screens/view.rs`, and a
/// component in the web UI's `screen/Scene.svelte`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "scene", rename_all = "snake_case")]
pub enum Scene {
    /// Nothing at all.
    Blank,
    /// How to join, and who is here.
    Welcome,
    /// What is on now, and what comes next.
    Agenda,
    /// Who speaks, and who is next.
    Floor,
    /// To a moment; without one, to the end of what is on, or to the beginning of what is next.
    Countdown {
        until: Option<DateTime<Utc>>,
        #[serde(default)]
        en: String,
        #[serde(default)]
        zh: String,
    },
    /// A few words, in one language or in both.
    Message {
        #[serde(default)]
        en: String,
        #[serde(default)]
        zh: String,
    },
    /// A contribution of the room.
    Post { post: Uuid },
}

impl Scene {
    /// The scene with its texts as they are kept.
    ///
    /// # Errors
    /// `required`, `too_long`, `shows_nothing`, `no_letter` or `out_of_range` on a field.
    pub fn checked(self) -> Result<Self, FieldError> {
        let line = |field, words: &str| match words.trim() {
            "" => Ok(String::new()),
            words => text::line(field, words, MESSAGE_MAX),
        };
        match self {
            Self::Countdown { until: Some(until), .. } if !YEARS.contains(&until.year()) => {
                Err(FieldError::new("until", FieldCode::OutOfRange))
            }
            Self::Countdown { until, en, zh } => {
                Ok(Self::Countdown { until, en: line("en", &en)?, zh: line("zh", &zh)? })
            }
            Self::Message { en, zh } => {
                let block = |field, words: &str| text::optional_block(field, words, MESSAGE_MAX);
                let (en, zh) = (block("en", &en)?, block("zh", &zh)?);
                if en.is_empty() && zh.is_empty() {
                    return Err(FieldError::new("en", FieldCode::Required));
                }
                Ok(Self::Message { en, zh })
            }
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(en: &str, zh: &str) -> Scene {
        Scene::Message { en: en.into(), zh: zh.into() }
    }

    #[test]
    fn a_message_has_words_in_one_language_at_least() {
        assert_eq!(message(" \n", "").checked().unwrap_err(), FieldError::new("en", FieldCode::Required));
        assert_eq!(message("", "休息").checked(), Ok(message("", "休息")));
        assert_eq!(message("Break\r\nuntil 11", "").checked(), Ok(message("Break\nuntil 11", "")));
        assert!(message(&"转".repeat(280), "").checked().is_ok());
        assert_eq!(
            message("", &"转".repeat(281)).checked().unwrap_err(),
            FieldError::new("zh", FieldCode::TooLong)
        );
        assert_eq!(message("\u{200B}", "").checked().unwrap_err().code, FieldCode::Required);
    }

    #[test]
    fn a_countdown_lies_in_our_time() {
        let to = |until: &str| Scene::Countdown {
            until: Some(until.parse().unwrap()),
            en: " Break ".into(),
            zh: String::new(),
        };
        assert!(to("2027-03-01T08:00:00Z").checked().is_ok());
        assert_eq!(to("2999-03-01T08:00:00Z").checked().unwrap_err().field, "until");
    }

    #[test]
    fn what_is_stored_is_tagged() {
        assert_eq!(serde_json::to_value(Scene::Blank).unwrap(), serde_json::json!({ "scene": "blank" }));
        let read: Scene = serde_json::from_str(r#"{"scene":"welcome","from":"tomorrow"}"#).unwrap();
        assert_eq!(read, Scene::Welcome);
        assert!(serde_json::from_str::<Scene>(r#"{"scene":"hologram"}"#).is_err());
    }

    proptest! {
        #[test]
        fn what_passes_is_kept_alike(en in "\\PC{0,300}", zh in "\\PC{0,300}") {
            if let Ok(scene) = message(&en, &zh).checked() {
                prop_assert_eq!(scene.clone().checked(), Ok(scene.clone()));
                let stored = serde_json::to_value(&scene).unwrap();
                prop_assert!(stored.to_string().len() < 8_000);
                prop_assert_eq!(serde_json::from_value::<Scene>(stored).unwrap(), scene);
            }
        }
    }
}
