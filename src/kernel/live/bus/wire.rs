//! The format of messages between nodes: a line of JSON that says what it is, then the rest as it is.

use bytes::{BufMut, Bytes, BytesMut};
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::domain::kinds::Site;
use crate::kernel::log::event::{Present, To};
use crate::kernel::views::events::Line;

/// Nodes that do not know a version leave its messages aside; PostgreSQL tells them all the same.
const VERSION: u8 = 1;
/// Longest message. NATS takes 1 MiB where nobody has changed that.
pub const MESSAGE_MAX: usize = 1000 * 1024;
/// Lines of more bytes are not sent: who wants them reads them from the log.
pub const LINES_MAX: usize = 256 * 1024;

/// What a node tells about a room.
#[derive(Debug, Clone)]
pub enum News {
    /// Entries up to this number were committed. Without their lines, they are to be read.
    Committed { head: i64, rules: bool, lines: Vec<Line> },
    /// A frame that may be lost.
    Frame { to: To, frame: ByteString },
    /// Everyone who follows the room on the sender, in order of id.
    Present(Vec<Present>),
}

/// What a node tells about no room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Somebody's rights may have changed: look at the database.
    Look { members: Vec<Uuid>, sign_ins: Vec<Uuid> },
    /// The sender stops: nobody is present there any more.
    Gone,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u8,
    node: Uuid,
    is: T,
}

type Lengths = (i64, usize, Option<usize>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Head {
    /// The lines follow: number, length, and length of the desk's own.
    Committed {
        head: i64,
        rules: bool,
        lines: Vec<Lengths>,
    },
    Frame {
        to: Audience,
    },
    /// 18 bytes for each member follow: id, place in this list, site and standing.
    Present {
        constituencies: Vec<String>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Audience {
    All,
    Desk,
    Members(Vec<Uuid>),
    Others(Uuid),
}

fn begin<T: Serialize>(node: Uuid, is: T) -> Option<BytesMut> {
    let mut bytes = BytesMut::new();
    serde_json::to_writer((&mut bytes).writer(), &Envelope { v: VERSION, node, is }).ok()?;
    Some(bytes)
}

/// The first line of a message, and the rest of it.
fn opened<T: for<'a> Deserialize<'a>>(message: &Bytes) -> Option<(Uuid, T, Bytes)> {
    let end = message.iter().position(|byte| *byte == b'\n').unwrap_or(message.len());
    let envelope: Envelope<T> = serde_json::from_slice(&message[..end]).ok()?;
    let rest = message.slice((end + 1).min(message.len())..);
    (envelope.v == VERSION).then_some((envelope.node, envelope.is, rest))
}

/// News of a room as a message; None when it is too long to be sent.
pub fn write(node: Uuid, news: &News) -> Option<Bytes> {
    let bytes = match news {
        News::Committed { head, rules, lines } => committed(node, *head, *rules, lines)?,
        News::Frame { to, frame } => {
            let to = match to {
                To::All => Audience::All,
                To::Desk => Audience::Desk,
                To::Members(ids) => Audience::Members(ids.clone()),
                To::Others(id) => Audience::Others(*id),
            };
            let mut bytes = begin(node, Head::Frame { to })?;
            bytes.put_u8(b'\n');
            bytes.put_slice(frame.as_bytes());
            bytes
        }
        News::Present(members) => present(node, members)?,
    };
    (bytes.len() <= MESSAGE_MAX).then(|| bytes.freeze())
}

fn committed(node: Uuid, head: i64, rules: bool, lines: &[Line]) -> Option<BytesMut> {
    let texts = lines.iter().map(Line::parts);
    let length: usize = texts.map(|(all, desk)| all.len() + desk.map_or(0, |desk| desk.len())).sum();
    let lines = if length > LINES_MAX { &[] } else { lines };
    let lengths = lines.iter().map(|line| {
        let (participant, desk) = line.parts();
        (line.seq, participant.len(), desk.map(|desk| desk.len()))
    });
    let mut bytes = begin(node, Head::Committed { head, rules, lines: lengths.collect() })?;
    bytes.put_u8(b'\n');
    for line in lines {
        let (participant, desk) = line.parts();
        for text in std::iter::once(participant).chain(desk) {
            bytes.put_slice(text.as_bytes());
        }
    }
    Some(bytes)
}

fn present(node: Uuid, members: &[Present]) -> Option<BytesMut> {
    let mut constituencies: Vec<String> = members.iter().map(|member| member.constituency.clone()).collect();
    constituencies.sort_unstable();
    constituencies.dedup();
    let place = |name: &String| constituencies.binary_search(name).ok().and_then(|at| u8::try_from(at).ok());
    let mut rest = BytesMut::with_capacity(1 + members.len() * 18);
    rest.put_u8(b'\n');
    for member in members {
        rest.put_slice(member.member.as_bytes());
        rest.put_u8(place(&member.constituency)?);
        rest.put_u8(u8::from(member.site == Site::Hall) | u8::from(member.speaks) << 1);
    }
    let mut bytes = begin(node, Head::Present { constituencies })?;
    bytes.put_slice(&rest);
    Some(bytes)
}

/// Who sent it, and what it says about this room. None when it is not a message of ours.
pub fn read(room: Uuid, message: &Bytes) -> Option<(Uuid, News)> {
    let (node, head, rest) = opened::<Head>(message)?;
    let news = match head {
        Head::Committed { head, rules, lines } => {
            // Lines that are not what they say are not used: then the log is read.
            let lines = lines_of(room, &lines, rest).unwrap_or_default();
            News::Committed { head, rules, lines }
        }
        Head::Frame { to } => {
            let to = match to {
                Audience::All => To::All,
                Audience::Desk => To::Desk,
                Audience::Members(ids) => To::Members(ids),
                Audience::Others(id) => To::Others(id),
            };
            News::Frame { to, frame: one_line(rest)? }
        }
        Head::Present { constituencies } => News::Present(present_of(&constituencies, &rest)?),
    };
    Some((node, news))
}

fn one_line(bytes: Bytes) -> Option<ByteString> {
    (!bytes.contains(&b'\n')).then(|| ByteString::try_from(bytes).ok()).flatten()
}

fn lines_of(room: Uuid, lengths: &[Lengths], mut rest: Bytes) -> Option<Vec<Line>> {
    let mut text = |length: usize| {
        let there = length <= rest.len();
        there.then(|| one_line(rest.split_to(length))).flatten()
    };
    let mut lines = Vec::with_capacity(lengths.len().min(1024));
    for (seq, length, desk) in lengths {
        let participant = text(*length)?;
        let desk = match desk {
            Some(length) => Some(text(*length)?),
            None => None,
        };
        lines.push(Line::from_parts(room, *seq, participant, desk)?);
    }
    rest.is_empty().then_some(lines)
}

fn present_of(constituencies: &[String], rest: &Bytes) -> Option<Vec<Present>> {
    let (members, left) = rest.as_chunks::<18>();
    let member = |bytes: &[u8; 18]| {
        Some(Present {
            member: Uuid::from_slice(&bytes[..16]).ok()?,
            constituency: constituencies.get(usize::from(bytes[16]))?.clone(),
            speaks: bytes[17] & 2 != 0,
            site: if bytes[17] & 1 != 0 { Site::Hall } else { Site::Online },
        })
    };
    if left.is_empty() { members.iter().map(member).collect() } else { None }
}

/// A notice as a message.
pub fn write_notice(node: Uuid, notice: &Notice) -> Option<Bytes> {
    begin(node, notice).map(BytesMut::freeze).filter(|bytes| bytes.len() <= MESSAGE_MAX)
}

/// Who sent it, and what it says. None when it is not a message of ours.
pub fn read_notice(message: &Bytes) -> Option<(Uuid, Notice)> {
    let (node, notice, _) = opened::<Notice>(message)?;
    Some((node, notice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NODE: Uuid = Uuid::from_u128(7);
    const ROOM: Uuid = Uuid::from_u128(9);

    fn text(seq: i64, more: &str) -> ByteString {
        format!("{{\"type\":\"event\",\"room\":\"{ROOM}\",\"seq\":{seq},\"kind\":\"post.created\",\"data\":\"{more}\"}}").into()
    }

    fn line(seq: i64, desk: bool) -> Line {
        Line::from_parts(ROOM, seq, text(seq, "共议"), desk.then(|| text(seq, "for the desk"))).unwrap()
    }

    fn there_and_back(news: &News) -> News {
        let (node, news) = read(ROOM, &write(NODE, news).unwrap()).unwrap();
        assert_eq!(node, NODE);
        news
    }

    /// Number, text for all, text for the desk.
    type Text = (i64, String, Option<String>);

    fn parts(news: &News) -> (i64, bool, Vec<Text>) {
        let News::Committed { head, rules, lines } = news else { panic!("{news:?}") };
        let parts = lines.iter().map(|line| {
            let (participant, desk) = line.parts();
            (line.seq, participant.to_string(), desk.map(ToString::to_string))
        });
        (*head, *rules, parts.collect())
    }

    proptest! {
        #[test]
        fn lines_arrive_as_they_were(desks in prop::collection::vec(any::<bool>(), 0..20), rules: bool) {
            let lines: Vec<Line> = (1..).zip(&desks).map(|(seq, desk)| line(seq, *desk)).collect();
            let sent = News::Committed { head: 40, rules, lines };
            prop_assert_eq!(parts(&there_and_back(&sent)), parts(&sent));
        }

        #[test]
        fn members_arrive_as_they_were(who in prop::collection::vec((any::<u128>(), 0..4usize, any::<bool>()), 0..200)) {
            let names = ["workers", "employers", "un", "工人"];
            let members: Vec<Present> = who.into_iter().map(|(id, name, hall)| Present {
                member: Uuid::from_u128(id),
                constituency: names[name].into(),
                speaks: name != 1,
                site: if hall { Site::Hall } else { Site::Online },
            }).collect();
            let News::Present(got) = there_and_back(&News::Present(members.clone())) else { panic!() };
            prop_assert_eq!(got, members);
        }

        #[test]
        fn whatever_comes_is_borne(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = Bytes::from(bytes);
            prop_assert!(read(ROOM, &bytes).is_none() && read_notice(&bytes).is_none());
        }

        #[test]
        fn a_message_that_was_cut_is_never_half_believed(at in 0usize..100) {
            let whole = News::Committed { head: 5, rules: false, lines: vec![line(4, false), line(5, true)] };
            let bytes = write(NODE, &whole).unwrap();
            let cut = bytes.slice(..bytes.len() * at / 100);
            if let Some((_, news)) = read(ROOM, &cut) {
                prop_assert_eq!(parts(&news).2, vec![]);
            }
        }
    }

    #[test]
    fn a_line_of_another_room_or_number_is_not_taken() {
        let bytes =
            write(NODE, &News::Committed { head: 5, rules: true, lines: vec![line(5, false)] }).unwrap();
        let (_, elsewhere) = read(Uuid::from_u128(8), &bytes).unwrap();
        assert_eq!(parts(&elsewhere), (5, true, vec![]));
        assert!(Line::from_parts(ROOM, 6, text(5, ""), None).is_none());
        assert!(Line::from_parts(ROOM, 5, text(5, ""), Some(text(6, ""))).is_none());
    }

    #[test]
    fn a_line_that_takes_back_is_known_by_its_kind() {
        let of_kind = |kind: &str| {
            let text = text(5, "").replace("post.created", kind);
            Line::from_parts(ROOM, 5, text.into(), None).unwrap().withdraws
        };
        assert_eq!(["post.created", "post.hidden", "of.tomorrow"].map(of_kind), [false, true, true]);
    }

    #[test]
    fn much_is_told_by_number_only() {
        let long = text(1, &"x".repeat(LINES_MAX));
        let lines = vec![Line::from_parts(ROOM, 1, long, None).unwrap()];
        let got = there_and_back(&News::Committed { head: 1, rules: false, lines });
        assert_eq!(parts(&got), (1, false, vec![]));
    }

    #[test]
    fn frames_and_notices() {
        let to = To::Members(vec![NODE, ROOM]);
        let got = there_and_back(&News::Frame { to, frame: "{\"type\":\"signal\"}".into() });
        let News::Frame { to: To::Members(ids), frame } = got else { panic!("{got:?}") };
        assert_eq!((ids, &*frame), (vec![NODE, ROOM], "{\"type\":\"signal\"}"));
        for notice in [Notice::Gone, Notice::Look { members: vec![NODE], sign_ins: vec![] }] {
            assert_eq!(read_notice(&write_notice(NODE, &notice).unwrap()), Some((NODE, notice)));
        }
    }

    #[test]
    fn another_version_is_left_aside() {
        let bytes = Bytes::from(format!("{{\"v\":2,\"node\":\"{NODE}\",\"is\":\"gone\"}}"));
        assert!(read_notice(&bytes).is_none());
    }
}
