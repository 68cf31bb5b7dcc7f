//! The codes that people read from a screen and type: six digits that pair a screen, six characters
//! that lead to a room.

/// Letters and digits that nobody takes for another: no 0, O, 1, I.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters of a code.
const LENGTH: usize = 6;

/// A pairing code made of a random number.
pub fn screen_code(random: u64) -> String {
    format!("{:06}", random % 1_000_000)
}

/// A join code made of a random number.
pub fn join_code(random: u64) -> String {
    (0..LENGTH).map(|place| char::from(ALPHABET[(random >> (place * 5) & 31) as usize])).collect()
}

/// A code as it is shown: in two groups of three.
pub fn grouped(code: &str) -> String {
    match code.char_indices().nth(3) {
        Some((middle, _)) => format!("{} {}", &code[..middle], &code[middle..]),
        None => code.to_owned(),
    }
}

/// What was typed without spaces and hyphens, in capitals, with the wide characters of East Asian keyboards made
/// narrow. None when it is far too long.
fn plain(typed: &str) -> Option<String> {
    let mut plain = String::with_capacity(LENGTH);
    for c in typed.chars() {
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0)?,
            '\u{3000}' => ' ',
            c => c,
        };
        if c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '·' | '.') {
            continue;
        }
        if plain.len() >= LENGTH {
            return None;
        }
        plain.push(c.to_ascii_uppercase());
    }
    Some(plain)
}

/// The pairing code that somebody typed.
pub fn read_screen_code(typed: &str) -> Option<String> {
    plain(typed).filter(|code| code.len() == LENGTH && code.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The join code that somebody typed.
pub fn read_join_code(typed: &str) -> Option<String> {
    plain(typed).filter(|code| code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_made_and_shown() {
        assert_eq!(screen_code(7), "000007");
        assert_eq!(screen_code(1_482_913), "482913");
        assert_eq!(join_code(0), "AAAAAA");
        assert_eq!(join_code(u64::MAX), "999999");
        assert_eq!(join_code(2 << 5 | 1), "BCAAAA");
        assert_eq!(grouped("482913"), "482 913");
        assert_eq!(grouped("HM7K2X"), "HM7 K2X");
        assert_eq!(grouped("12"), "12");
    }

    #[test]
    fn what_people_type_is_read() {
        for typed in ["482913", " 482 913 ", "482-913", "４８２　９１３", "4 8 2 9 1 3\n"] {
            assert_eq!(read_screen_code(typed).as_deref(), Some("482913"), "{typed:?}");
        }
        for typed in ["", "48291", "4829133", "48291x", "４８２９１", "\u{0}82913", "٤٨٢٩١٣"] {
            assert_eq!(read_screen_code(typed), None, "{typed:?}");
        }
        for typed in ["HM7K2X", "hm7-k2x", "ｈｍ７ Ｋ２Ｘ"] {
            assert_eq!(read_join_code(typed).as_deref(), Some("HM7K2X"), "{typed:?}");
        }
        for typed in ["HM7K2", "HM7K20", "HM7K2O", "HM7K21", "HM7K2I", "HM7K2é", "HM7K2X9"] {
            assert_eq!(read_join_code(typed), None, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(random: u64) {
            let (screen, join) = (screen_code(random), join_code(random));
            prop_assert_eq!(read_screen_code(&grouped(&screen)), Some(screen.clone()));
            prop_assert_eq!(read_join_code(&grouped(&join).to_lowercase()), Some(join.clone()));
            prop_assert!(!join.contains(['0', 'O', '1', 'I']));
        }

        #[test]
        fn different_numbers_give_different_join_codes(a in 0..1u64 << 30, b in 0..1u64 << 30) {
            prop_assert_eq!(join_code(a) == join_code(b), a == b);
        }

        #[test]
        fn whatever_is_typed_is_a_code_or_none(typed in "\\PC{0,20}") {
            for code in [read_screen_code(&typed), read_join_code(&typed)].into_iter().flatten() {
                prop_assert_eq!(code.len(), LENGTH);
                prop_assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
            }
        }
    }
}
