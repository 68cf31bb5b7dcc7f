//! Short names in addresses.

use icu_properties::props::Script;

use super::FieldError;
use super::characters::script;
use crate::kernel::domain::field_code::FieldCode;

/// Characters of a slug that is made from a title.
const MADE_MAX: usize = 60;

/// Characters in a short name for addresses.
pub const SLUG_MAX: usize = 80;

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

/// A slug made from a title, in Latin letters: without accents, Han as pinyin. Whole words only. Empty when nothing
/// of the title can be written so.
pub fn slug_from(title: &str) -> String {
    // Each Han character is a word.
    let apart: String = title
        .chars()
        .flat_map(|c| [(script(c) == Script::Han).then_some(' '), Some(c)].into_iter().flatten())
        .collect();
    let latin = deunicode::deunicode_with_tofu(&apart, " ").replace(['\'', '`'], "").to_lowercase();
    let mut slug = String::new();
    for word in latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > MADE_MAX {
            // A first word without end is cut, any other is left out.
            if slug.is_empty() {
                slug.push_str(&word[..MADE_MAX]);
            }
            break;
        }
        if hyphen > 0 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slug_of_title() {
        for (title, made) in [
            ("A Just Transition: what now?", "a-just-transition-what-now"),
            ("Étude générale", "etude-generale"),
            ("Workers' rights – l’emploi", "workers-rights-lemploi"),
            ("2026年社会对话论坛", "2026-nian-she-hui-dui-hua-lun-tan"),
            ("公正转型", "gong-zheng-zhuan-xing"),
            ("Über Größe", "uber-grosse"),
            ("Социальный диалог", "sotsialnyi-dialog"),
            ("---", ""),
        ] {
            assert_eq!(slug_from(title), made, "{title}");
        }
        let long = slug_from(&"公正转型与体面劳动".repeat(5));
        assert!(long.len() <= MADE_MAX && !long.ends_with('-'), "{long}");
    }

    proptest! {
        #[test]
        fn made_slugs_are_valid(title in "\\PC{0,300}") {
            let made = slug_from(&title);
            prop_assert!(made.is_empty() || slug("slug", &made).is_ok() || uuid::Uuid::try_parse(&made).is_ok());
        }
    }
}
