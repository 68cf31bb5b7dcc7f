//! Where an address begins and ends in running text, in languages that write without blanks too.

use icu_properties::props::Script;

use crate::kernel::domain::links;
use crate::kernel::domain::text::characters::{self, is_invisible};

/// The address at the start of `rest`, as it stands there, and as a link has it. `before` is the character before.
pub fn bare(rest: &str, before: Option<char>) -> Option<(&str, String)> {
    let (scheme, is_www) = match scheme_of(rest) {
        Some(scheme) => (scheme, false),
        None if starts_with(rest, "www.") => (0, true),
        None => return None,
    };
    // What is longer is refused, and never looked at again and again.
    let rest = rest.char_indices().nth(links::URL_MAX + 1).map_or(rest, |(end, _)| &rest[..end]);
    let within = |c: char| c.is_ascii_alphanumeric() || (is_www && "./@:_-\\".contains(c));
    if before.is_some_and(within) {
        return None;
    }
    let host = host_end(&rest[scheme..]);
    let end = scheme + host + path_end(&rest[scheme + host..]);
    let found = rest[..end].trim_end_matches(|c| "?!.,:;*_~'\"([".contains(c));
    let is_host = !is_www || found["www.".len().min(found.len())..].trim_matches('/').contains('.');
    let url = if is_www { format!("http://{found}") } else { found.to_owned() };
    (is_host && links::address("body", &url).is_ok()).then_some((found, url))
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Bytes of the scheme that a text begins with.
fn scheme_of(text: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().find(|scheme| starts_with(text, scheme)).map(str::len)
}

/// A letter of another script than Latin ends a host or a path that was in ASCII: 见https://ilo.org/x请看.
fn is_foreign(c: char) -> bool {
    c.is_alphanumeric() && !matches!(characters::script(c), Script::Latin | Script::Common)
}

fn host_end(text: &str) -> usize {
    let mut before = None::<char>;
    for (at, c) in text.char_indices() {
        let goes_on = if c.is_ascii() {
            // A user's name is refused later, as a whole.
            c.is_ascii_alphanumeric() || "-._:@".contains(c) || ("[]".contains(c) && text.starts_with('['))
        } else {
            c.is_alphanumeric()
                && !(is_foreign(c) && before.is_some_and(|before| before.is_ascii_alphanumeric()))
        };
        if !goes_on {
            return at;
        }
        before = Some(c);
    }
    text.len()
}

fn path_end(text: &str) -> usize {
    if !text.starts_with(['/', '?', '#']) {
        return 0;
    }
    let mut open = (0i32, 0i32);
    let mut before = '/';
    // A part of the path that begins with Han goes on with it, up to its extension.
    let (mut begins_foreign, mut is_first, mut dotted) = (false, true, false);
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let goes_on = match c {
            '(' | '[' => {
                if c == '(' {
                    open.0 += 1
                } else {
                    open.1 += 1
                }
                true
            }
            ')' => {
                open.0 -= 1;
                open.0 >= 0
            }
            ']' => {
                open.1 -= 1;
                open.1 >= 0
            }
            '*' => !rest.starts_with("**"),
            '~' => !rest.starts_with("~~"),
            'h' | 'H' => !(",;".contains(before) && scheme_of(rest).is_some()),
            c if c.is_ascii() => c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c),
            c if is_foreign(c) => {
                is_foreign(before) || "/=?#&-_+:@".contains(before) || (begins_foreign && !dotted)
            }
            c => c.is_alphanumeric() && !characters::is_invisible(c) && !is_wide(c),
        };
        if !goes_on {
            return at;
        }
        if "/?#&=".contains(c) {
            (is_first, begins_foreign, dotted) = (true, false, false);
        } else {
            begins_foreign = if is_first { is_foreign(c) } else { begins_foreign };
            dotted |= c == '.';
            is_first = false;
        }
        before = c;
    }
    text.len()
}

/// Full-width letters and digits belong to the text around.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{FF01}'..='\u{FFEF}')
}

/// The address of a Markdown link as it may be followed: the web with a host, or a mail address. What addresses
/// may have only in percent signs is put so.
pub fn followed(url: &str) -> Option<String> {
    let clean = characters::clean(url);
    if let Some(mail) = clean.strip_prefix("mailto:") {
        let address = mail.split('?').next().unwrap_or("");
        let plain = !mail.chars().any(|c| c.is_whitespace() || is_invisible(c) || "\"<>\\".contains(c));
        let is_mail =
            address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        return (plain && is_mail).then(|| clean.into_owned());
    }
    let mut put = String::with_capacity(clean.len());
    for c in clean.trim().chars() {
        let is_plain = if c.is_ascii() {
            c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c)
        } else {
            c.is_alphanumeric()
        };
        if is_plain {
            put.push(c);
        } else {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            bytes.iter().for_each(|byte| put.push_str(&format!("%{byte:02X}")));
        }
    }
    links::address("body", &put).ok()
}
