//! Limits of what people may write, checked at the edge and again by the database.

pub mod characters;
pub mod names;
mod slugs;

pub use slugs::{SLUG_MAX, slug, slug_from};

use icu_normalizer::ComposingNormalizer;

use super::field_code::FieldCode;
use characters::{clean, is_letter_or_number, is_visible};

/// A field that is not valid, and why, as a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldError {
    pub field: &'static str,
    pub code: FieldCode,
}

impl FieldError {
    /// `field` is not valid because of `code`.
    pub const fn new(field: &'static str, code: FieldCode) -> Self {
        Self { field, code }
    }
}

/// Characters in a post.
pub const BODY_MAX: usize = 20_000;
/// Characters in a title.
pub const TITLE_MAX: usize = 200;
/// Characters in a description.
pub const DESCRIPTION_MAX: usize = 2_000;
/// Characters in the note of an act of moderation.
pub const NOTE_MAX: usize = 2_000;
/// Characters in a display name.
pub const NAME_MAX: usize = 80;
/// Characters in an organisation's name.
pub const ORGANISATION_MAX: usize = 120;

/// A text as one line: cleaned, accents composed, blanks and line ends as single blanks. May be empty.
pub fn tidy(text: &str) -> String {
    let nfc = ComposingNormalizer::new_nfc();
    let line = settled(clean(text).into_owned(), |line| clean(&nfc.normalize(line)).into_owned());
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text after as many of these steps as still change it: what one of them composes or takes away may bring
/// together what the next one composes. Twice is enough for what people write, and four times is the end.
pub(super) fn settled(mut text: String, step: impl Fn(&str) -> String) -> String {
    for _ in 0..4 {
        let next = step(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// A name, a title or a label: one line of 1 to `max` characters with a letter or a number that one can see.
///
/// # Errors
/// `required`, `shows_nothing`, `no_letter` or `too_long` on `field`.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let tidy = optional_line(field, text, max)?;
    if tidy.is_empty() {
        return Err(FieldError::new(field, nothing(text)));
    }
    if !tidy.chars().any(is_letter_or_number) {
        let shows = tidy.chars().any(is_visible);
        return Err(FieldError::new(
            field,
            if shows { FieldCode::NoLetter } else { FieldCode::ShowsNothing },
        ));
    }
    Ok(tidy)
}

/// As [`line`], but may be empty, or all signs.
///
/// # Errors
/// `too_long` on `field`.
pub fn optional_line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let tidy = tidy(text);
    if tidy.chars().count() > max { Err(FieldError::new(field, FieldCode::TooLong)) } else { Ok(tidy) }
}

/// Text of several lines that shows something, 1 to `max` characters, cleaned.
///
/// # Errors
/// `required`, `shows_nothing` or `too_long` on `field`.
pub fn block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let kept = optional_block(field, text, max)?;
    if kept.is_empty() {
        Err(FieldError::new(field, nothing(text)))
    } else if !kept.chars().any(is_visible) {
        Err(FieldError::new(field, FieldCode::ShowsNothing))
    } else {
        Ok(kept)
    }
}

/// As [`block`], but may be empty.
///
/// # Errors
/// `too_long` on `field`.
pub fn optional_block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = clean(text);
    let text = text.trim_matches('\n').trim_end();
    if text.chars().count() > max {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    Ok(if text.trim().is_empty() { String::new() } else { text.to_owned() })
}

/// Why a text of which nothing was left is not valid: left out, or only of what nobody sees.
fn nothing(text: &str) -> FieldCode {
    if text.trim().is_empty() { FieldCode::Required } else { FieldCode::ShowsNothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_count_characters_not_bytes() {
        let han = "转".repeat(TITLE_MAX);
        assert_eq!(line("title", &han, TITLE_MAX).unwrap(), han);
        assert_eq!(
            line("title", &(han + "型"), TITLE_MAX).unwrap_err(),
            FieldError::new("title", FieldCode::TooLong)
        );
    }

    #[test]
    fn what_shows_nothing_is_no_text() {
        let code = |result: Result<String, FieldError>| result.unwrap_err().code;
        assert_eq!(code(block("body", " \n\t ", BODY_MAX)), FieldCode::Required);
        assert_eq!(code(line("title", "\u{3000}", TITLE_MAX)), FieldCode::Required);
        for nothing in
            ["\u{200B}", "\u{3164}", "\u{2060}", "\u{AD}", "\u{E000}", "\u{2800}", "\u{202E}", "\u{0}"]
        {
            assert_eq!(code(block("body", nothing, BODY_MAX)), FieldCode::ShowsNothing, "{nothing:?}");
            assert_eq!(code(line("name", nothing, NAME_MAX)), FieldCode::ShowsNothing, "{nothing:?}");
        }
        assert_eq!(code(line("name", "-.-", NAME_MAX)), FieldCode::NoLetter);
        assert!(block("body", "👍", BODY_MAX).is_ok());
    }

    #[test]
    fn lines_have_single_blanks_and_composed_letters() {
        assert_eq!(line("name", " Ada\u{A0}\u{2028} Cafe\u{301}\nx ", NAME_MAX).unwrap(), "Ada Café x");
        assert_eq!(block("body", "a\u{202E}b\u{0}c", BODY_MAX).unwrap(), "abc");
    }

    proptest! {
        #[test]
        fn what_passes_passes_again(text in any::<String>()) {
            if let Ok(once) = block("body", &text, 200) {
                prop_assert_eq!(block("body", &once, 200).unwrap(), once);
            }
            if let Ok(once) = line("title", &text, 200) {
                prop_assert_eq!(line("title", &once, 200).unwrap(), once);
            }
        }
    }
}
