//! E-mail addresses: plausible is enough, since only a message that arrives proves one.

use icu_normalizer::ComposingNormalizer;

use super::field_code::FieldCode;
use super::text::characters::is_invisible;
use super::text::{FieldError, settled};

/// Most characters.
pub const MAX: usize = 254;

/// A plausible address: one @ with something on both sides, no blanks, and nothing that nobody sees. Accents are
/// composed; the rest is as typed.
///
/// # Errors
/// `required`, `too_long` or `invalid` on `field`.
pub fn check(field: &'static str, text: &str) -> Result<String, FieldError> {
    let address = ComposingNormalizer::new_nfc().normalize(text.trim()).into_owned();
    if address.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    if address.chars().count() > MAX {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    let plausible = address.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    // A ligature grows when it is folded.
    let fits = key(&address).chars().count() <= MAX;
    if plausible && fits && !address.chars().any(|c| c.is_whitespace() || is_invisible(c)) {
        Ok(address)
    } else {
        Err(FieldError::new(field, FieldCode::Invalid))
    }
}

/// The address for comparison, for looking it up and for counting tries under it: in one case and one width. Only
/// this is ever compared; the database keeps it as it is made here.
pub fn key(address: &str) -> String {
    let nfkc = ComposingNormalizer::new_nfkc();
    settled(address.trim().to_owned(), |key| {
        nfkc.normalize(&nfkc.normalize(key).to_lowercase()).trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plausible_addresses_only() {
        for good in ["a@b", "Ana.Lima+x@Example.org", "王@例子.中国"] {
            assert_eq!(check("email", good).unwrap(), good);
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b\0c",
            "a@.b",
            "a@b.",
            "a\u{200B}@b",
            "x\u{3164}@b",
            "x\u{FE0F}@b",
            "x\u{202E}@b",
            "x\u{FEFF}@b",
            "a@b\u{AD}c",
        ] {
            assert!(check("email", bad).is_err(), "{bad}");
        }
        assert!(check("email", &format!("{}@b", "a".repeat(253))).is_err());
    }

    #[test]
    fn one_address_has_one_key() {
        assert_eq!(check("email", "u\u{308}ber@x.org"), check("email", "über@x.org"));
        for other in ["ÜBER@X.ORG", "u\u{308}ber@x.org", " über@x.org ", "ｕ\u{308}ber@ｘ.org"] {
            assert_eq!(key(other), key("über@x.org"), "{other}");
        }
        // As Unicode folds it, in Rust and so in the database.
        assert_ne!(key("admİn@x.org"), key("admin@x.org"));
    }

    proptest! {
        #[test]
        fn keys_are_final(address in "\\PC{0,40}") {
            prop_assert_eq!(key(&key(&address)), key(&address));
        }
    }
}
