//! What is done to a text before it is read as Markdown: signs that are meant as signs, and addresses, are put out
//! of the reader's sight, and put back after.

use super::addresses;

/// Stand-ins are noncharacters: no text that was cleaned has them.
const TILDE: char = '\u{FDD0}';
const STAR: char = '\u{FDD1}';
/// Stands between a mark and the letter beside it, so that emphasis can begin or end there.
const JOINT: char = '\u{FDD2}';
const OPEN: char = '\u{FDD3}';
const CLOSE: char = '\u{FDD4}';

/// A text that is ready to be read, and the addresses that were taken out of it.
pub struct Source {
    pub text: String,
    /// As it stood in the text, and as a link has it.
    addresses: Vec<(String, String)>,
}

/// A part of what was read.
pub enum Piece<'a> {
    Text(String),
    Address { words: &'a str, url: &'a str },
}

enum Token {
    Text(String),
    Run(Run),
}

/// Asterisks or tildes, and what stands on both sides.
struct Run {
    sign: char,
    length: usize,
    before: Option<char>,
    after: Option<char>,
}

impl Source {
    /// Takes signs and addresses out of `text`, which was cleaned.
    pub fn new(text: &str) -> Self {
        let mut source = Self { text: String::with_capacity(text.len() + 16), addresses: Vec::new() };
        let mut paragraph = String::new();
        let mut fence: Option<String> = None;
        for line in text.split_inclusive('\n') {
            let mark = fence_of(line);
            match (&fence, mark) {
                (Some(open), Some(mark)) if mark.starts_with(open.as_str()) => fence = None,
                (Some(_), _) => {}
                (None, Some(mark)) => fence = Some(mark),
                (None, None) => {
                    paragraph.push_str(line);
                    if line.trim().is_empty() {
                        source.paragraph(&std::mem::take(&mut paragraph));
                    }
                    continue;
                }
            }
            source.paragraph(&std::mem::take(&mut paragraph));
            source.text.push_str(line);
        }
        source.paragraph(&paragraph);
        source
    }

    fn paragraph(&mut self, text: &str) {
        let mut tokens = self.tokens(text);
        signs(&mut tokens);
        let mut pending = [false; 3];
        for token in tokens {
            match token {
                Token::Text(text) => self.text.push_str(&text),
                Token::Run(run) => self.run(&run, &mut pending),
            }
        }
    }

    /// What has no meaning but itself is text, runs of signs stand alone.
    fn tokens(&mut self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let (mut plain, mut at, mut before) = (String::new(), 0, None::<char>);
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let verbatim = match c {
                '\\' => escaped(rest),
                '`' => code(rest),
                '<' => angle(rest),
                _ => 0,
            };
            if verbatim > 0 {
                plain.push_str(&rest[..verbatim]);
                at += verbatim;
            } else if let Some((words, url)) = addresses::bare(rest, before) {
                plain.push_str(&format!("{OPEN}{}{CLOSE}", self.addresses.len()));
                self.addresses.push((words.to_owned(), url));
                at += words.len();
            } else if matches!(c, '*' | '~') {
                let length = rest.chars().take_while(|next| *next == c).count();
                tokens.push(Token::Text(std::mem::take(&mut plain)));
                at += length;
                tokens.push(Token::Run(Run { sign: c, length, before, after: text[at..].chars().next() }));
            } else {
                plain.push(c);
                at += c.len_utf8();
            }
            before = text[..at].chars().next_back();
        }
        tokens.push(Token::Text(plain));
        tokens
    }

    /// Writes a run so that it means what its writer saw: within emphasis that is open, a run ends it wherever it
    /// touches what was emphasised, whatever stands after.
    fn run(&mut self, run: &Run, pending: &mut [bool; 3]) {
        let Some(kind) = run.kind() else {
            return self.push(run.sign, run.length);
        };
        let (before, after) = (Side::of(run.before), Side::of(run.after));
        let is_open = pending[kind];
        let ends = is_open && before != Side::Blank;
        let begins = !is_open && after != Side::Blank;
        if ends && before == Side::Mark && after == Side::Letter {
            self.text.push(JOINT);
        }
        self.push(run.sign, run.length);
        if begins && before == Side::Letter && after == Side::Mark {
            self.text.push(JOINT);
        }
        pending[kind] = (is_open && !ends) || begins;
    }

    fn push(&mut self, sign: char, times: usize) {
        self.text.extend(std::iter::repeat_n(sign, times));
    }

    /// The text with everything put back.
    pub fn restored(&self, text: &str) -> String {
        self.pieces(text)
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Address { words, .. } => words.to_owned(),
            })
            .collect()
    }

    /// What was read, with signs put back and addresses apart.
    pub fn pieces(&self, text: &str) -> impl Iterator<Item = Piece<'_>> {
        text.split_inclusive(CLOSE).flat_map(|part| {
            let (text, address) = match part.rsplit_once(OPEN) {
                Some((text, number)) => (text, number.trim_end_matches(CLOSE).parse::<usize>().ok()),
                None => (part, None),
            };
            let text = text.replace(TILDE, "~").replace(STAR, "*").replace([JOINT, CLOSE], "");
            let address = address.and_then(|number| self.addresses.get(number));
            let address = address.map(|(words, url)| Piece::Address { words, url });
            (!text.is_empty()).then_some(Piece::Text(text)).into_iter().chain(address)
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Blank,
    Mark,
    Letter,
}

impl Side {
    fn of(c: Option<char>) -> Self {
        match c {
            None => Self::Blank,
            Some(c) if c.is_whitespace() => Self::Blank,
            Some(c) if c.is_alphanumeric() || c == OPEN => Self::Letter,
            Some(_) => Self::Mark,
        }
    }
}

impl Run {
    /// Emphasis of the same kind, of which one is open at a time; None when it means nothing.
    fn kind(&self) -> Option<usize> {
        match (self.sign, self.length) {
            ('*', 1) => Some(0),
            ('*', 2) => Some(1),
            ('~', 2) => Some(2),
            _ => None,
        }
    }

    fn is_between_digits(&self) -> bool {
        let number = |c: Option<char>| match self.length {
            1 => c.is_some_and(is_number),
            _ => c.is_some_and(is_digit),
        };
        let left = number(self.before) || matches!(self.before, Some(')' | '）' | ']' | '%' | '％'));
        let right = number(self.after) || matches!(self.after, Some('(' | '（'));
        left && right && (number(self.before) || number(self.after) || self.length == 1)
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

fn is_number(c: char) -> bool {
    is_digit(c) || "〇零一二三四五六七八九十百千万亿两".contains(c)
}

/// Makes plain signs of the tildes of ranges and the asterisks of products. One tilde never strikes out. An asterisk
/// between numbers multiplies; between a number and a word it does, too, when nothing fits it as emphasis.
fn signs(tokens: &mut [Token]) {
    let mut open: Option<(usize, bool)> = None;
    for at in 0..tokens.len() {
        let Token::Run(run) = &tokens[at] else { continue };
        let letter = |c: Option<char>| Side::of(c) == Side::Letter;
        match (run.sign, run.length) {
            ('~', 1) => tokens[at] = Token::Text(TILDE.into()),
            ('*', 1 | 2) if run.is_between_digits() => {
                tokens[at] = Token::Text(String::from_iter(std::iter::repeat_n(STAR, run.length)));
            }
            ('*', 1) => {
                let begins_only = letter(run.before) && run.after.is_some_and(is_digit);
                let ends_only = run.before.is_some_and(is_digit) && letter(run.after);
                let (before, after) = (Side::of(run.before), Side::of(run.after));
                match open.take() {
                    Some((earlier, was_beginning)) if begins_only => {
                        if was_beginning {
                            tokens[earlier] = Token::Text(STAR.into());
                        }
                        open = Some((at, true));
                    }
                    Some(_) if before != Side::Blank => {}
                    None if ends_only => tokens[at] = Token::Text(STAR.into()),
                    still if after != Side::Blank => open = still.or(Some((at, begins_only))),
                    still => open = still,
                }
            }
            _ => {}
        }
    }
    if let Some((at, true)) = open {
        tokens[at] = Token::Text(STAR.into());
    }
}

/// The fence that a line is, if it is one.
fn fence_of(line: &str) -> Option<String> {
    let line = line.trim_start_matches([' ', '>']).trim_end();
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let mark: String = line.chars().take_while(|c| *c == sign).collect();
    (mark.len() >= 3 && (sign == '~' || !line[mark.len()..].contains('`'))).then_some(mark)
}

/// Bytes of a backslash and the sign that it takes the meaning from.
fn escaped(rest: &str) -> usize {
    if rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) { 2 } else { 0 }
}

/// Bytes of a span of code, or of backticks that begin none.
fn code(rest: &str) -> usize {
    let length = rest.bytes().take_while(|byte| *byte == b'`').count();
    let mut at = length;
    while let Some(next) = rest[at..].find('`') {
        let start = at + next;
        let run = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        at = start + run;
        if run == length {
            return at;
        }
    }
    length
}

/// Bytes of an address in angle brackets.
fn angle(rest: &str) -> usize {
    match rest[1..].find(['>', '<', ' ', '\n']) {
        Some(end) if rest[1 + end..].starts_with('>') && rest[1..=end].contains([':', '@']) => end + 2,
        _ => 0,
    }
}
