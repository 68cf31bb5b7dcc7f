//! When two names are the same to those who read them.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;

use super::characters::{self, is_letter_or_number};

/// Most characters that are compared; a name of ligatures grows when it is folded.
const KEY_MAX: usize = 400;

/// A name for comparison: width, case, accents' spelling and blanks do not tell names apart.
pub fn fold(name: &str) -> String {
    let clean = characters::clean(name);
    let wide = ComposingNormalizer::new_nfkc().normalize(&clean).into_owned();
    let seen: String = wide.chars().filter(|c| !characters::is_invisible(*c) || c.is_whitespace()).collect();
    let folded = CaseMapper::new().fold_string(&seen).into_owned();
    let folded = ComposingNormalizer::new_nfkc().normalize(&folded).into_owned();
    cut(folded.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(key: String) -> String {
    match key.char_indices().nth(KEY_MAX) {
        Some((end, _)) => key[..end].trim_end().to_owned(),
        None => key,
    }
}

/// How a name looks: letters of other scripts, signs and blanks do not tell names apart either. Good for finding
/// who could be taken for whom, not for showing.
pub fn look(name: &str) -> String {
    // Capitals and small letters have different doubles, so both are looked up.
    let skeleton = |text: &str| unicode_security::skeleton(text).collect::<String>();
    let wide = ComposingNormalizer::new_nfkc().normalize(name).into_owned();
    let look = skeleton(&fold(&skeleton(&wide)));
    let look = look
        .chars()
        .filter(|c| is_letter_or_number(*c) || !characters::is_visible(*c) && !c.is_whitespace())
        // I, l and 1 are one stroke.
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect();
    cut(look)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_organisation_is_written_in_many_ways() {
        for other in ["ILO\u{200B}", "ＩＬＯ", "ilo", " ILO ", "\u{202A}ILO"] {
            assert_eq!(fold(other), fold("ILO"), "{other:?}");
        }
        assert_eq!(fold("Metal  Workers\u{A0}Union"), fold("METAL workers union"));
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
        assert_ne!(fold("ILO"), fold("IOE"));
        assert_ne!(fold("I L O"), fold("ILO"));
    }

    #[test]
    fn doubles_look_the_same() {
        for other in [
            "Ada\u{200B} Admin",
            "Аda Admin",
            "АDА ADMIN",
            "Ada  Admin",
            "Ada\u{A0}Admin",
            "Ada\u{2028}Admin",
            "ada admin",
            "AdaAdmin",
            "Ada Adm1n",
            "Ada Admln",
            "Ada-Admin.",
            "Ａｄａ Ａｄｍｉｎ",
            "𝐀𝐝𝐚 Admin",
        ] {
            assert_eq!(look(other), look("Ada Admin"), "{other:?}");
        }
        for other in ["Ada Admino", "Eda Admin", "Adá Admin"] {
            assert_ne!(look(other), look("Ada Admin"), "{other:?}");
        }
        assert_eq!(look("张 三"), look("张三"));
        assert_ne!(look("张三"), look("张二"));
        assert_ne!(look("محمد"), look("محمود"));
    }

    proptest! {
        #[test]
        fn folding_is_final(name in "\\PC{0,40}") {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
