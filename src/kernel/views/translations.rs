//! Translations as readers see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::domain::kinds::{Lang, TranslationState};
use crate::kernel::models::translations::Translation;

/// A post or a question in another language. Who translated it is not shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Translation)]
pub struct TranslationView<'a> {
    pub id: Uuid,
    pub lang: Lang,
    pub state: TranslationState,
    pub body_md: &'a str,
    pub body_html: &'a str,
    /// The version of the original that it renders.
    pub based_on: i32,
    /// The original was edited since.
    pub outdated: bool,
    /// Grows with every change of the text.
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl<'a> TranslationView<'a> {
    /// The translation of an original that is at this version.
    pub fn new(translation: &'a Translation, revision: i32) -> Self {
        Self {
            id: translation.id,
            lang: translation.lang,
            state: translation.state,
            body_md: &translation.body_md,
            body_html: &translation.body_html,
            based_on: translation.based_on,
            outdated: translation.based_on < revision,
            version: translation.version,
            updated_at: translation.updated_at,
        }
    }
}

/// Sorts translations by what they translate.
pub fn by_original(translations: Vec<Translation>) -> HashMap<Uuid, Vec<Translation>> {
    let mut sorted: HashMap<Uuid, Vec<Translation>> = HashMap::new();
    for translation in translations {
        if let Some(original) = translation.post_id.or(translation.question_id) {
            sorted.entry(original).or_default().push(translation);
        }
    }
    sorted
}
