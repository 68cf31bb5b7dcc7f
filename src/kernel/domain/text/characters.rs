//! Characters that nobody sees. Word processors, PDF files and messengers put them into what people paste; some
//! reorder or hide text and can make it lie. One rule for all texts: they are cleaned away on the way in, so that
//! nobody is refused for something that cannot be seen. What a script or an emoji needs stays.

use std::borrow::Cow;

use icu_properties::props::{
    BidiControl, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, Ideographic, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Marks that stand over or under one letter; more would paint over the lines around it.
pub const MARKS_MAX: usize = 4;

/// What windows-1252 has at 80–9F; files of old programs bring these numbers along.
const WINDOWS_1252: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    // U+0085 is the line end of mainframes.
    Some('\n'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];

/// The text without what nobody sees: other line ends become `\n`, Word's hyphens and the quotation marks of
/// windows-1252 become what they stand for, and controls, directional and ignorable characters go. At most
/// [`MARKS_MAX`] marks stay on a letter.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut kept = Kept { text: String::with_capacity(text.len()), last: None, marks: 0 };
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        if let Some(c) = kept.becomes(c, next) {
            kept.push(c);
        }
    }
    if kept.text == text { Cow::Borrowed(text) } else { Cow::Owned(kept.text) }
}

/// True of what leaves a trace on screen or paper.
pub fn is_visible(c: char) -> bool {
    if matches!(c, '\u{21}'..='\u{7E}' | '\u{4E00}'..='\u{9FFF}') {
        return true;
    }
    let nothing = GeneralCategoryGroup::Other.union(GeneralCategoryGroup::Separator);
    // New emoji stand at places that are kept free for them.
    let draws = !(nothing.contains(category(c)) || is_stacked(c)) || is_pictographic(c);
    // The blank of braille counts as a sign.
    draws && !is_ignorable(c) && c != '\u{2800}'
}

/// True of what one can call somebody by.
pub fn is_letter_or_number(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii()
            && GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).contains(category(c))
            && !is_ignorable(c))
}

/// True of what has no width of its own, or turns what stands around it.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || is_ignorable(c)
        || CodePointSetData::new::<BidiControl>().contains(c)
        || is_noncharacter(c)
        // Interlinear annotation, and what stands for a picture that was not pasted along.
        || matches!(c, '\u{FFF9}'..='\u{FFFC}')
}

/// The script that a character is of.
pub fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// Most of what is written needs no second look.
fn is_plain(c: char) -> bool {
    matches!(c, '\n' | '\t' | ' '..='~' | '\u{A0}'..='\u{AC}' | '\u{AE}'..='\u{2FF}'
        | '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{309B}'..='\u{312F}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{FF01}'..='\u{FF9F}')
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// True of marks that stand above, below or around the letter before them.
fn is_stacked(c: char) -> bool {
    GeneralCategoryGroup::NonspacingMark.union(GeneralCategoryGroup::EnclosingMark).contains(category(c))
}

fn is_pictographic(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{E0100}'..='\u{E01EF}')
}

/// The text so far. What stays depends only on what has stayed before it, so that cleaning again changes nothing.
struct Kept {
    text: String,
    last: Option<char>,
    marks: usize,
}

impl Kept {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.last = Some(c);
        if is_stacked(c) {
            self.marks += usize::from(!is_variation_selector(c));
        } else if !matches!(c, '\u{200C}' | '\u{200D}') {
            self.marks = 0;
        }
    }

    fn becomes(&self, c: char, next: Option<char>) -> Option<char> {
        match c {
            '\n' | '\t' => Some(c),
            '\r' => (next != Some('\n')).then_some('\n'),
            // Soft line ends, page ends, and the line and paragraph ends of Unicode.
            '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            // Word's hyphen that does not break.
            '\u{1E}' => Some('-'),
            '\u{80}'..='\u{9F}' => WINDOWS_1252[c as usize - 0x80],
            '\u{200C}' => self.is_joining().then_some(c),
            '\u{200D}' => (self.is_joining() || self.joins_emoji(next)).then_some(c),
            '\u{E0020}'..='\u{E007F}' => self.is_flag().then_some(c),
            '\u{180E}' => (self.last.map(script) == Some(Script::Mongolian)).then_some(c),
            c if is_variation_selector(c) => self.varies(c).then_some(c),
            c if is_invisible(c) => None,
            c if self.marks >= MARKS_MAX && is_stacked(c) => None,
            c => Some(c),
        }
    }

    /// Persian and the scripts of India join and part letters by characters without width.
    fn is_joining(&self) -> bool {
        let letters = GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark);
        self.last.is_some_and(|last| {
            letters.contains(category(last))
                && !is_variation_selector(last)
                && !matches!(
                    script(last),
                    Script::Latin
                        | Script::Greek
                        | Script::Cyrillic
                        | Script::Han
                        | Script::Hiragana
                        | Script::Katakana
                        | Script::Hangul
                        | Script::Bopomofo
                        | Script::Hebrew
                        | Script::Armenian
                        | Script::Georgian
                        | Script::Thai
                        | Script::Lao
                        | Script::Common
                        | Script::Inherited
                )
        })
    }

    /// A family or a profession is several emoji in one.
    fn joins_emoji(&self, next: Option<char>) -> bool {
        let is_emoji = |c: char| {
            is_pictographic(c) || c == '\u{FE0F}' || CodePointSetData::new::<EmojiModifier>().contains(c)
        };
        self.last.is_some_and(is_emoji) && next.is_some_and(is_pictographic)
    }

    /// Flags of regions are spelled in letters without width.
    fn is_flag(&self) -> bool {
        matches!(self.last, Some('\u{1F3F4}' | '\u{E0020}'..='\u{E007E}'))
    }

    /// Does a character before it have the variant that is asked for?
    fn varies(&self, selector: char) -> bool {
        self.last.is_some_and(|last| match selector {
            '\u{FE0E}' | '\u{FE0F}' => CodePointSetData::new::<Emoji>().contains(last),
            '\u{E0100}'..='\u{E01EF}' => CodePointSetData::new::<Ideographic>().contains(last),
            '\u{FE00}'..='\u{FE0D}' => {
                !last.is_ascii()
                    && is_visible(last)
                    && !matches!(script(last), Script::Latin | Script::Greek | Script::Cyrillic)
            }
            _ => script(last) == Script::Mongolian && is_visible(last),
        })
    }
}

#[cfg(test)]
#[path = "characters_tests.rs"]
mod tests;
