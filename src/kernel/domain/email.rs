//! E-mail addresses: plausible is enough, since only a message that arrives proves one.

use super::field_code::FieldCode;
use super::text::{self, FieldError};

/// Most characters.
pub const MAX: usize = 254;

/// A plausible address, as typed: one @ with something on both sides and no blanks.
///
/// # Errors
/// `required`, `too_long`, `control_characters` or `invalid` on `field`.
pub fn check(field: &'static str, text: &str) -> Result<String, FieldError> {
    let address = text::line(field, text, MAX)?;
    let plausible = address.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if plausible && !address.chars().any(|c| c.is_whitespace() || is_invisible(c)) {
        Ok(address)
    } else {
        Err(FieldError::new(field, FieldCode::Invalid))
    }
}

/// Characters of no width, with which one address could pass for another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_addresses_only() {
        for good in ["a@b", "Ana.Lima+x@Example.org", "王@例子.中国"] {
            assert_eq!(check("email", good).unwrap(), good);
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\0c", "a@.b", "a@b.", "a\u{200B}@b"] {
            assert!(check("email", bad).is_err(), "{bad}");
        }
        assert!(check("email", &format!("{}@b", "a".repeat(253))).is_err());
    }
}
