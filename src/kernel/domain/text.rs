//! Limits of what people may write, checked at the edge and again by the database.

use super::field_code::FieldCode;

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

/// Characters in a short name for addresses.
pub const SLUG_MAX: usize = 80;

/// A line of text: trimmed, without control characters, 1 to `max` characters.
///
/// # Errors
/// `required`, `too_long` or `control_characters` on `field`.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    if text.chars().count() > max {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    if text.chars().any(is_unwanted) {
        return Err(FieldError::new(field, FieldCode::ControlCharacters));
    }
    Ok(text.to_owned())
}

/// Text of several lines, 1 to `max` characters. Line ends become `\n`.
///
/// # Errors
/// `required`, `too_long` or `control_characters` on `field`.
pub fn block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = optional_block(field, text, max)?;
    if text.is_empty() { Err(FieldError::new(field, FieldCode::Required)) } else { Ok(text) }
}

/// As [`block`], but may be empty.
///
/// # Errors
/// `too_long` or `control_characters` on `field`.
pub fn optional_block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_matches(|c: char| c == '\n').trim_end();
    if text.chars().count() > max {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    if text.chars().any(|c| c != '\n' && c != '\t' && is_unwanted(c)) {
        return Err(FieldError::new(field, FieldCode::ControlCharacters));
    }
    Ok(if text.trim().is_empty() { String::new() } else { text.to_owned() })
}

/// Control characters, and those that reorder or hide text and so can make it lie.
fn is_unwanted(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// A short name for addresses: lower-case letters, digits and hyphens, 1 to 80.
///
/// # Errors
/// `invalid` on `field`.
pub fn slug(field: &'static str, text: &str) -> Result<String, FieldError> {
    let first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = text.len() <= SLUG_MAX
        && text.starts_with(first)
        && text.chars().all(|c| first(c) || c == '-')
        // Would be taken for an id.
        && uuid::Uuid::try_parse(text).is_err();
    if good { Ok(text.to_owned()) } else { Err(FieldError::new(field, FieldCode::Invalid)) }
}

/// A slug made from a title; empty when the title has no Latin letters or digits.
pub fn slug_from(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() == 60 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
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
    fn blank_text_is_no_text() {
        assert!(block("body", " \n\t ", BODY_MAX).is_err());
        assert!(line("title", "\u{3000}", TITLE_MAX).is_err());
        assert!(block("body", "a\u{202E}b", BODY_MAX).is_err());
        assert!(block("body", "a\u{0}b", BODY_MAX).is_err());
    }

    #[test]
    fn slug_of_title() {
        assert_eq!(slug_from("A Just Transition: what now?"), "a-just-transition-what-now");
        assert_eq!(slug_from("公正转型"), "");
    }

    proptest! {
        #[test]
        fn what_passes_passes_again(text in "\\PC{0,300}") {
            if let Ok(once) = block("body", &text, 200) {
                prop_assert_eq!(block("body", &once, 200).unwrap(), once);
            }
        }

        #[test]
        fn made_slugs_are_valid(title in "\\PC{0,300}") {
            let made = slug_from(&title);
            prop_assert!(made.is_empty() || slug("slug", &made).is_ok() || uuid::Uuid::try_parse(&made).is_ok());
        }
    }
}
