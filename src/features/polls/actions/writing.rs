//! What a moderator writes about a poll, checked.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::polls::rules::{self, Eligible, OPTION_MAX, PollKind, QUESTION_MAX, QUORUM_SHARE};
use crate::features::polls::store::{DraftChange, Poll, PollOption, PollWithOptions};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::domain::text;

/// A text in each language; empty where it is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub en: String,
    pub zh: String,
}

/// A poll as a moderator writes it; None is as it was, or as usual.
#[derive(Debug, Clone, Default)]
pub struct PollFields {
    pub kind: Option<PollKind>,
    pub question: Option<Words>,
    pub options: Option<Vec<Words>>,
    pub scale_max: Option<Option<i32>>,
    pub max_choices: Option<Option<i32>>,
    pub secret: Option<bool>,
    pub visible: Option<bool>,
    pub positions_public: Option<bool>,
    pub eligible: Option<Eligible>,
    pub languages: Option<Vec<Lang>>,
    pub quorum_share: Option<i32>,
}

/// Checks what was written, over what was there before.
pub(super) fn written(fields: PollFields, before: Option<&PollWithOptions>) -> Result<(DraftChange, Vec<Words>)> {
    let old = before.map(|whole| &whole.poll);
    let kind =
        fields.kind.or(old.map(|poll| poll.kind)).ok_or(Error::invalid("kind", FieldCode::Required))?;
    // Of another kind, what fitted the old one fits no more.
    let same = old.filter(|poll| poll.kind == kind);
    let question = match fields.question {
        Some(question) => {
            checked("question", &question, |text| text::optional_block("question", text, QUESTION_MAX))?
        }
        None => old
            .map(|poll| Words { en: poll.question_en.clone(), zh: poll.question_zh.clone() })
            .ok_or(Error::invalid("question", FieldCode::Required))?,
    };
    let words = match (fields.options, before) {
        (Some(options), _) if options.len() > rules::OPTIONS_MAX => {
            return Err(Error::invalid("options", FieldCode::OutOfRange));
        }
        (Some(options), _) => options.iter().map(option).collect::<Result<Vec<_>>>()?,
        (None, Some(whole)) if same.is_some() => whole
            .options
            .iter()
            .map(|one| Words { en: one.text_en.clone(), zh: one.text_zh.clone() })
            .collect(),
        (None, _) => Vec::new(),
    };
    let draft = DraftChange {
        kind,
        question_en: question.en,
        question_zh: question.zh,
        scale_max: fields.scale_max.unwrap_or(match same {
            Some(poll) => poll.scale_max,
            None => (kind == PollKind::Scale).then_some(5),
        }),
        max_choices: fields.max_choices.unwrap_or(same.and_then(|poll| poll.max_choices)),
        is_secret: fields.secret.or(old.map(|poll| poll.is_secret)).unwrap_or(false),
        is_visible: fields.visible.or(old.map(|poll| poll.is_visible)).unwrap_or(false),
        positions_public: fields.positions_public.or(same.map(|poll| poll.positions_public)).unwrap_or(false),
        eligible_rule: fields.eligible.or(old.map(|poll| poll.eligible_rule)).unwrap_or(Eligible::Room),
        languages: languages(fields.languages, old)?,
        quorum_share: fields.quorum_share.or(old.map(|poll| poll.quorum_share)).unwrap_or(QUORUM_SHARE),
    };
    if !(0..=100).contains(&draft.quorum_share) {
        return Err(Error::invalid("quorum_share", FieldCode::OutOfRange));
    }
    let shape = rules::Shape {
        kind,
        options: words.len(),
        scale_max: draft.scale_max,
        max_choices: draft.max_choices,
        secret: draft.is_secret,
        visible: draft.is_visible,
        positions: draft.positions_public,
    };
    shape.validate()?;
    Ok((draft, words))
}

fn checked(
    field: &'static str,
    words: &Words,
    check: impl Fn(&str) -> std::result::Result<String, text::FieldError>,
) -> Result<Words> {
    let words = Words { en: check(&words.en)?, zh: check(&words.zh)? };
    if words == Words::default() { Err(Error::invalid(field, FieldCode::Required)) } else { Ok(words) }
}

fn option(words: &Words) -> Result<Words> {
    checked("options", words, |text| {
        if text.trim().is_empty() { Ok(String::new()) } else { text::line("options", text, OPTION_MAX) }
    })
}

fn languages(given: Option<Vec<Lang>>, old: Option<&Poll>) -> Result<Vec<String>> {
    let Some(given) = given else {
        let both = || Lang::ALL.iter().map(|lang| lang.to_string()).collect();
        return Ok(old.map_or_else(both, |poll| poll.languages.clone()));
    };
    let wanted: BTreeSet<Lang> = given.into_iter().collect();
    if wanted.is_empty() {
        return Err(Error::invalid("languages", FieldCode::Required));
    }
    Ok(wanted.into_iter().map(|lang| lang.to_string()).collect())
}

pub(super) fn options_of(poll: Uuid, words: Vec<Words>) -> Vec<PollOption> {
    let option = |(at, words): (usize, Words)| PollOption {
        poll_id: poll,
        position: at as i32,
        text_en: words.en,
        text_zh: words.zh,
    };
    words.into_iter().enumerate().map(option).collect()
}
