//! Calendars as RFC 5545 writes them.
//!
//! Times are UTC, so no zone has to be described. A calendar made twice from the same entries is
//! the same text: clients and proxies may compare.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Octets in a line, without its end.
const LINE_MAX: usize = 75;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Never changes.
    pub id: Uuid,
    /// Grows with each change.
    pub sequence: i32,
    pub changed_at: DateTime<Utc>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub summary: String,
    pub description: String,
    /// Where; empty when it is nowhere in particular.
    pub location: String,
    pub url: String,
    pub cancelled: bool,
}

/// A whole calendar.
pub fn write(name: &str, events: &[Event]) -> String {
    let mut out = String::with_capacity(512 * (events.len() + 1));
    for fixed in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Plenary//Agenda//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        // How often to look again: a delay is of use while it lasts.
        "REFRESH-INTERVAL;VALUE=DURATION:PT5M",
        "X-PUBLISHED-TTL:PT5M",
    ] {
        line(&mut out, fixed);
    }
    line(&mut out, &format!("NAME:{}", text(name)));
    line(&mut out, &format!("X-WR-CALNAME:{}", text(name)));
    for event in events {
        entry(&mut out, event);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn entry(out: &mut String, event: &Event) {
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}", event.id));
    line(out, &format!("SEQUENCE:{}", event.sequence));
    line(out, &format!("DTSTAMP:{}", time(event.changed_at)));
    line(out, &format!("LAST-MODIFIED:{}", time(event.changed_at)));
    line(out, &format!("DTSTART:{}", time(event.starts_at)));
    line(out, &format!("DTEND:{}", time(event.ends_at)));
    line(out, &format!("SUMMARY:{}", text(&event.summary)));
    for (name, value) in [("DESCRIPTION", &event.description), ("LOCATION", &event.location)] {
        if !value.is_empty() {
            line(out, &format!("{name}:{}", text(value)));
        }
    }
    line(out, &format!("URL:{}", address(&event.url)));
    line(out, if event.cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
    line(out, "END:VEVENT");
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Escapes what has a meaning, and leaves out what may not be there.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | ';' | ',' => {
                let _ = write!(escaped, "\\{c}");
            }
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// An address is not escaped, so it must not hold anything that ends a line.
fn address(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

/// Folds at 75 octets, never inside a character.
fn line(out: &mut String, content: &str) {
    let mut room = LINE_MAX;
    for c in content.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            // The space counts.
            room = LINE_MAX - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(summary: &str, description: &str) -> Event {
        Event {
            id: Uuid::from_u128(7),
            sequence: 3,
            changed_at: DateTime::from_timestamp(1_800_000_000, 999_000_000).unwrap(),
            starts_at: DateTime::from_timestamp(1_800_003_600, 0).unwrap(),
            ends_at: DateTime::from_timestamp(1_800_007_200, 0).unwrap(),
            summary: summary.into(),
            description: description.into(),
            location: String::new(),
            url: "https://example.org/sessions/7".into(),
            cancelled: false,
        }
    }

    /// Content lines, unfolded, with their values unescaped.
    fn read(calendar: &str) -> Vec<(String, String)> {
        let whole = calendar.replace("\r\n ", "");
        let lines = whole.split("\r\n").filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                let mut plain = String::new();
                let mut chars = value.chars();
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => match chars.next().unwrap() {
                            'n' => plain.push('\n'),
                            other => plain.push(other),
                        },
                        c => plain.push(c),
                    }
                }
                (name.to_owned(), plain)
            })
            .collect()
    }

    #[test]
    fn a_calendar() {
        let made = write("A; b", &[event("Wages, hours", "First\nSecond \\ third")]);
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Plenary//Agenda//EN\r\nCALSCALE:GREGORIAN\r\n\
            METHOD:PUBLISH\r\nREFRESH-INTERVAL;VALUE=DURATION:PT5M\r\nX-PUBLISHED-TTL:PT5M\r\n\
            NAME:A\\; b\r\nX-WR-CALNAME:A\\; b\r\nBEGIN:VEVENT\r\n\
            UID:00000000-0000-0000-0000-000000000007\r\nSEQUENCE:3\r\nDTSTAMP:20270115T080000Z\r\n\
            LAST-MODIFIED:20270115T080000Z\r\nDTSTART:20270115T090000Z\r\nDTEND:20270115T100000Z\r\n\
            SUMMARY:Wages\\, hours\r\nDESCRIPTION:First\\nSecond \\\\ third\r\n\
            URL:https://example.org/sessions/7\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(made, expected);
        let cancelled = Event { cancelled: true, ..event("S", "") };
        assert!(write("C", &[cancelled]).contains("STATUS:CANCELLED\r\n"));
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let mut out = String::new();
        line(&mut out, &"转".repeat(30));
        // 25 of three octets fit; behind the space 24.
        assert_eq!(out, format!("{}\r\n {}\r\n", "转".repeat(25), "转".repeat(5)));
        let mut out = String::new();
        line(&mut out, &"x".repeat(75));
        assert_eq!(out, format!("{}\r\n", "x".repeat(75)));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_breaks_nothing(summary in "\\PC{0,200}", description in "[\\PC\\n\\r\\t\\x00;,\\\\]{0,300}") {
            let made = write(&summary, &[event(&summary, &description)]);
            prop_assert!(made.split("\r\n").all(|line| line.len() <= LINE_MAX));
            prop_assert!(!made.replace("\r\n", "").chars().any(char::is_control));
            let lines = read(&made);
            let value = |name: &str| lines.iter().find(|line| line.0 == name).map(|line| line.1.clone());
            prop_assert_eq!(value("SUMMARY"), Some(summary));
            let kept: String =
                description.replace('\t', " ").chars().filter(|c| *c == '\n' || !c.is_control()).collect();
            prop_assert_eq!(value("DESCRIPTION").unwrap_or_default(), kept);
            prop_assert_eq!(lines.iter().filter(|line| line.0 == "BEGIN").count(), 2);
        }
    }
}
