//! Rules for passwords: long enough, and not among those that guessing programs try first.
//!
//! There are no rules of composition. Instead the strength is estimated as a guesser sees it: a
//! well-known password, a run on the keyboard, a year, a repetition or the member's own name counts
//! little, any other character counts for itself.

use std::collections::HashSet;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizer;

use super::field_code::FieldCode;
use super::text::FieldError;

/// Fewest characters.
pub const MIN: usize = 12;
/// Most characters.
pub const MAX: usize = 256;

/// Well-known passwords and their usual parts, lower case. The greater part comes from the
/// frequency list of zxcvbn (MIT licence, Dropbox).
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
static COMMON_LONGEST: LazyLock<usize> =
    LazyLock::new(|| COMMON.iter().map(|word| word.chars().count()).max().unwrap_or(0));

/// Rows that fingers run along, in both directions.
const RUNS: [&str; 10] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;",
    "zxcvbnm,./",
    "qazwsxedcrfvtgbyhnujmik",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Bits that a password must be worth.
const BITS_ENOUGH: u32 = 36;
const BITS_COMMON: u32 = 10;
const BITS_OWN: u32 = 4;
const BITS_RUN: u32 = 8;
const BITS_YEAR: u32 = 6;
const BITS_CHARACTER: u32 = 5;
const BITS_REPEAT: u32 = 1;

/// The password as it is hashed. Keyboards spell accents and widths in several ways, so they are made one (NFKC);
/// line ends around it came along when it was copied. Blanks count.
pub fn prepared(password: &str) -> String {
    ComposingNormalizer::new_nfkc().normalize(password.trim_matches(['\r', '\n'])).into_owned()
}

/// Checks a new password. `own` is what is known of the member: address, name, organisation.
///
/// # Errors
/// `too_short`, `too_long`, `control_characters` or `too_common` on `field`.
pub fn check(field: &'static str, password: &str, own: &[&str]) -> Result<(), FieldError> {
    // A long one is not worth preparing, and preparing may make it longer.
    if password.chars().count() > MAX {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    let password = &prepared(password);
    let length = password.chars().count();
    if length < MIN {
        return Err(FieldError::new(field, FieldCode::TooShort));
    }
    if length > MAX {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    if password.contains('\0') {
        return Err(FieldError::new(field, FieldCode::ControlCharacters));
    }
    if bits(password, own) < BITS_ENOUGH { Err(FieldError::new(field, FieldCode::TooCommon)) } else { Ok(()) }
}

/// A low estimate of what the password is worth against a guesser.
fn bits(password: &str, own: &[&str]) -> u32 {
    let typed: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let own = own_words(own);
    let plain: Vec<char> = typed.iter().copied().map(plain).collect();
    // The cheapest way to put the password together from parts, position by position.
    let mut cheapest = vec![0; typed.len() + 1];
    for end in 1..=typed.len() {
        let mut best = cheapest[end - 1] + BITS_CHARACTER;
        for start in end.saturating_sub(MAX.min(64))..end {
            for text in [&typed, &plain] {
                if let Some(bits) = part(&text[start..end], &own) {
                    best = best.min(cheapest[start] + bits);
                }
                // The same again costs next to nothing.
                let length = end - start;
                if start >= length && text[start - length..start] == text[start..end] {
                    best = best.min(cheapest[start] + BITS_REPEAT);
                }
            }
        }
        cheapest[end] = best;
    }
    cheapest[typed.len()]
}

/// What a well-known part is worth; None when it is not one.
fn part(text: &[char], own: &[Vec<char>]) -> Option<u32> {
    if text.len() < 3 {
        return None;
    }
    if own.iter().any(|word| word == text) {
        return Some(BITS_OWN);
    }
    let is_year = matches!(text, ['1', '9', _, _] | ['2', '0', '0'..='3', _]);
    if is_year && text.iter().all(char::is_ascii_digit) {
        return Some(BITS_YEAR);
    }
    let word: String = text.iter().collect();
    // Short numbers are years or chance.
    let is_word = text.len() >= 6 || !text.iter().all(char::is_ascii_digit);
    if is_word && text.len() <= *COMMON_LONGEST && COMMON.contains(word.as_str()) {
        return Some(BITS_COMMON);
    }
    let backwards: String = text.iter().rev().collect();
    RUNS.iter().any(|row| row.contains(&word) || row.contains(&backwards)).then_some(BITS_RUN)
}

/// Words of the member's own data: as they are, and joined.
fn own_words(own: &[&str]) -> Vec<Vec<char>> {
    let mut words: Vec<Vec<char>> = Vec::new();
    for text in own {
        let lower = text.to_lowercase();
        words.extend(lower.split(|c: char| !c.is_alphanumeric()).map(|word| word.chars().collect()));
        words.push(lower.chars().filter(|c| !c.is_whitespace()).collect());
        words.push(lower.chars().filter(|c| c.is_alphanumeric()).collect());
        words.push(lower.split('@').next().unwrap_or("").chars().collect());
        words.push(lower.chars().collect());
    }
    words.retain(|word| word.len() >= 3);
    words
}

/// A letter for the sign that often stands for it.
fn plain(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 3] = ["maria.silva@example.org", "Maria Silva", "Metal Workers' Union"];

    #[test]
    fn the_list_is_long() {
        assert!(COMMON.len() > 1_000);
    }

    #[test]
    fn well_known_ones_are_refused() {
        for password in [
            "password1234",
            "Password2024!",
            "P@ssw0rd123456",
            "passwordpassword",
            "qwertyuiop123",
            "1q2w3e4r5t6y",
            "123456789012",
            "098765432109",
            "abcdefghijklmnop",
            "aaaaaaaaaaaa",
            "abababababab",
            "iloveyou1234",
            "letmein12345",
            "administrator1",
            "thisismypassword",
            "correcthorsebatterystaple",
            "maria.silva@example.org",
            "mariasilva2026",
            "MariaSilva!!",
            "silva-maria-12",
            "plenary12345",
            "Plenary2026!!",
            "metalworkersunion",
            "asdfghjkl;12",
            "qazwsxedcrfv",
            "            ",
            "dragonmonkey",
        ] {
            assert_eq!(
                check("password", password, &OWN).map_err(|error| error.code),
                Err(FieldCode::TooCommon),
                "{password}: {}",
                bits(password, &OWN)
            );
        }
    }

    #[test]
    fn good_ones_pass_without_rules_of_composition() {
        for password in [
            "four amber kettles sing",
            "vgtrqpzmwkxs",
            "847153628564",
            "三月的雨落在老工厂的屋顶上",
            "tUr9-mopp!Elk",
            "maria keeps 9 purple herons",
            "harbour lantern violin moss",
        ] {
            assert_eq!(check("password", password, &OWN), Ok(()), "{password}: {}", bits(password, &OWN));
        }
    }

    #[test]
    fn one_password_is_spelled_in_many_ways() {
        let decomposed = "cafe\u{301} a\u{300} la cre\u{300}me 77";
        assert_eq!(prepared(decomposed), prepared("café à la crème 77"));
        assert_eq!(prepared("ＡＢＣ１２\u{3000}x"), prepared("ABC12 x"));
        assert_eq!(prepared("four amber kettles\r\n"), prepared("four amber kettles"));
        assert_ne!(prepared(" four amber kettles"), prepared("four amber kettles"));
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(check("password", "vgtrqpzmwkx", &[]).unwrap_err().code, FieldCode::TooShort);
        assert_eq!(check("password", &"vgtrqpz mwkx".repeat(30), &[]).unwrap_err().code, FieldCode::TooLong);
        assert_eq!(check("password", "vgtrq\0pzmwkxs", &[]).unwrap_err().code, FieldCode::ControlCharacters);
    }
}
