use proptest::prelude::*;

use super::*;

/// What a reader must never get, wherever it stands.
fn never(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}' | '\u{34F}' | '\u{3164}' | '\u{115F}'
            | '\u{1160}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E0001}' | '\u{FDD0}'..='\u{FDEF}')
}

#[test]
fn what_programs_paste_along_is_cleaned() {
    for (pasted, kept) in [
        ("Our position:\u{B}First", "Our position:\nFirst"),
        ("page\u{C}page", "page\npage"),
        ("a\r\nb\rc\u{85}d\u{2028}e\u{2029}f", "a\nb\nc\nd\ne\nf"),
        ("\u{FEFF}text", "text"),
        ("\u{202A}+41 79 123\u{202C}", "+41 79 123"),
        ("\u{2066}x\u{2069} \u{61C}\u{200E}\u{200F}", "x "),
        ("workers\u{92} \u{93}rights\u{94} \u{96} \u{80}5", "workers’ “rights” – €5"),
        ("non\u{1E}breaking, op\u{1F}tional, so\u{AD}ft", "non-breaking, optional, soft"),
        ("a\u{7F}b\u{0}c\u{8}", "abc"),
        ("\u{200B}\u{2060}\u{3164}\u{115F}\u{FFA0}\u{E0001}\u{FFFC}\u{FDD0}", ""),
        ("Ada\u{FE0F} x\u{200D}y", "Ada xy"),
    ] {
        assert_eq!(clean(pasted), kept, "{pasted:?}");
    }
}

#[test]
fn what_scripts_and_emoji_need_stays() {
    for text in [
        "می‌خواهم",
        "क्‍ष",
        "ශ්‍රී",
        "👩‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍⚖️ ❤️ 1️⃣",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "葛\u{E0100}城",
        "ᠠ\u{180B}",
        "Tiếng Việt a\u{302}\u{301}",
        "第一章　总则\tA\u{A0}B",
        "שָׁלוֹם العَرَبِيَّة",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn marks_stand_in_their_line() {
    let stacked = format!("Z{}a", "\u{335}".repeat(600));
    assert_eq!(clean(&stacked), format!("Z{}a", "\u{335}".repeat(MARKS_MAX)));
    // What has no width does not begin a new letter.
    let hidden = format!("Z{}", "\u{335}\u{34F}\u{200B}".repeat(50));
    assert_eq!(clean(&hidden), format!("Z{}", "\u{335}".repeat(MARKS_MAX)));
}

#[test]
fn what_is_seen() {
    for c in ['a', '工', '!', '👍', 'ㄅ', 'ą', '€', '①', '\u{FFFD}'] {
        assert!(is_visible(c), "{c:?}");
    }
    for c in [' ', '\n', '\u{A0}', '\u{3000}', '\u{2800}', '\u{3164}', '\u{AD}', '\u{E000}', '\u{301}'] {
        assert!(!is_visible(c), "{c:?}");
    }
    assert!(is_letter_or_number('工') && is_letter_or_number('٣') && is_letter_or_number('é'));
    assert!(!is_letter_or_number('-') && !is_letter_or_number('\u{3164}') && !is_letter_or_number('👍'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cleaning_is_final_and_keeps_what_is_seen(
        text in proptest::collection::vec(prop_oneof![
            any::<char>(),
            Just('\u{200D}'), Just('\u{200C}'), Just('\u{FE0F}'), Just('\u{202E}'), Just('\u{301}'), Just('क'),
            Just('\u{94D}'), Just('👩'), Just('🏴'), Just('\u{E0067}'), Just('\r'), Just('\n'), Just('ᠠ'),
        ], 0..60)
    ) {
        let text: String = text.into_iter().collect();
        let once = clean(&text).into_owned();
        prop_assert_eq!(clean(&once), once.as_str());
        prop_assert!(!once.chars().any(never), "{:?}", once);
        let seen = |text: &str| text.chars().filter(|c| is_visible(*c)).collect::<String>();
        let stood_for: String = once.chars().filter(|c| is_visible(*c)).collect();
        let lost: Vec<char> = seen(&text).chars().filter(|c| !stood_for.contains(*c)).collect();
        prop_assert!(lost.is_empty(), "{:?}", lost);
    }
}
