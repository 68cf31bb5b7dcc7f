//! The texts of the demo, as the JSON files beside this one hold them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::kernel::domain::kinds::{
    Attribution, Lang, PlatformRole, ReactionName, RoomKind, RoomRole, ThreadKind,
};
use crate::kernel::domain::kinds::{SessionState, Visibility};

const PEOPLE: &str = include_str!("people.json");
const PROGRAMME: &str = include_str!("programme.json");
/// In the order in which they are made: lists of rooms show the newest activity first.
const ROOMS: [&str; 6] = [
    include_str!("rooms/employers.json"),
    include_str!("rooms/workers.json"),
    include_str!("rooms/drafting.json"),
    include_str!("rooms/chemicals.json"),
    include_str!("rooms/skills.json"),
    include_str!("rooms/workshop.json"),
];

/// Who takes part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Keys of those on the one-click page, in its order.
    pub offered: Vec<String>,
    pub delegates: Vec<Delegates>,
    pub others: Vec<Person>,
}

/// Delegates of a constituency: `w1`, `w2`, … with the organisations in turn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegates {
    pub key: char,
    pub constituency: String,
    pub count: usize,
    pub name: BTreeMap<Lang, String>,
    pub organisations: Vec<Organisation>,
}

/// An organisation and the language of its people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub lang: Lang,
    pub name: String,
}

/// Somebody with a task of their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub key: String,
    pub name: String,
    pub constituency: String,
    pub organisation: String,
    pub lang: Lang,
    #[serde(default = "member")]
    pub role: PlatformRole,
    /// Nobody has confirmed this member yet.
    #[serde(default)]
    pub pending: bool,
}

const fn member() -> PlatformRole {
    PlatformRole::Member
}

/// The programme and all rooms.
#[derive(Debug)]
pub struct Workshop {
    pub programme: Programme,
    pub rooms: Vec<Room>,
}

/// A series of events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// A room with all that is said in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub kind: RoomKind,
    pub visibility: Visibility,
    pub constituency: Option<String>,
    pub chair: String,
    #[serde(default)]
    pub roles: BTreeMap<String, RoomRole>,
    #[serde(default)]
    pub sessions: Vec<Session>,
    pub threads: Vec<Thread>,
}

/// An agenda item and what was said in its chat.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub title: String,
    pub title_zh: String,
    pub organisation: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: SessionState,
    #[serde(default)]
    pub chat: Vec<Post>,
}

/// A thread. Its first post is the opening.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thread {
    pub kind: ThreadKind,
    pub title: String,
    pub opening: Post,
    pub pinned: Option<Act>,
    pub locked: Option<Act>,
}

/// A post with its replies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    pub by: String,
    #[serde(default = "named")]
    pub attribution: Attribution,
    /// In one of the two languages.
    pub en: Option<String>,
    pub zh: Option<String>,
    /// How many of which constituency react: "w8 e2".
    #[serde(default)]
    pub reactions: BTreeMap<ReactionName, String>,
    /// The text after the author changed it.
    pub edited: Option<String>,
    pub hidden: Option<Act>,
    #[serde(default)]
    pub replies: Vec<Post>,
}

const fn named() -> Attribution {
    Attribution::Named
}

/// What a moderator did, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    pub by: String,
    pub reason: String,
    pub note: String,
}

impl Post {
    /// The text and its language.
    pub fn text(&self) -> (&str, Lang) {
        match (&self.en, &self.zh) {
            (Some(text), _) => (text, Lang::En),
            (None, Some(text)) => (text, Lang::Zh),
            (None, None) => ("", Lang::En),
        }
    }

    /// (reaction, key of the delegates, how many).
    pub fn counts(&self) -> impl Iterator<Item = (ReactionName, char, usize)> {
        self.reactions.iter().flat_map(|(name, counts)| {
            counts.split_whitespace().filter_map(|count| {
                let mut letters = count.chars();
                let key = letters.next()?;
                Some((*name, key, letters.as_str().parse().ok()?))
            })
        })
    }
}

/// The people.
pub fn people() -> People {
    parse(PEOPLE)
}

/// The programme and its rooms.
pub fn workshop() -> Workshop {
    Workshop { programme: parse(PROGRAMME), rooms: ROOMS.into_iter().map(parse).collect() }
}

/// The files are part of the program, and a test reads them all.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("the texts of the demo are well-formed")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::people::in_order;
    use crate::kernel::actions::demo::OFFERED;
    use crate::kernel::domain::{email, markdown, text};

    fn all<'a>(post: &'a Post, found: &mut Vec<&'a Post>) {
        found.push(post);
        post.replies.iter().for_each(|reply| all(reply, found));
    }

    fn posts(workshop: &Workshop) -> Vec<&Post> {
        let mut found = Vec::new();
        for room in &workshop.rooms {
            room.sessions.iter().flat_map(|session| &session.chat).for_each(|post| all(post, &mut found));
            room.threads.iter().for_each(|thread| all(&thread.opening, &mut found));
        }
        found
    }

    #[test]
    fn the_people_keep_to_the_limits_and_the_offered_come_first() {
        let people = people();
        let everybody = in_order(&people);
        let keys: Vec<&str> = everybody.iter().map(|person| person.key.as_str()).collect();
        assert_eq!(keys[..people.offered.len()], people.offered);
        assert_eq!(people.offered.len() as i64, OFFERED);
        let distinct = |values: Vec<&str>| values.into_iter().collect::<HashSet<_>>().len();
        assert_eq!(distinct(keys.clone()), 120);
        assert_eq!(distinct(everybody.iter().map(|person| person.name.as_str()).collect()), 120);
        for person in &everybody {
            text::line("name", &person.name, text::NAME_MAX).unwrap();
            text::line("organisation", &person.organisation, text::ORGANISATION_MAX).unwrap();
            email::check("email", &format!("{}@demo.invalid", person.key)).unwrap();
            let marked = person.organisation.ends_with("(demo)") || person.organisation.ends_with("（演示）");
            assert!(marked, "{}", person.organisation);
        }
    }

    #[test]
    fn the_rooms_keep_to_the_limits() {
        let workshop = workshop();
        text::line("title", &workshop.programme.title, text::TITLE_MAX).unwrap();
        text::block("description", &workshop.programme.description, text::DESCRIPTION_MAX).unwrap();
        for room in &workshop.rooms {
            text::slug("slug", &room.slug).unwrap();
            text::line("title", &room.title, text::TITLE_MAX).unwrap();
            text::block("description", &room.description, text::DESCRIPTION_MAX).unwrap();
            for thread in &room.threads {
                text::line("title", &thread.title, text::TITLE_MAX).unwrap();
            }
            for session in &room.sessions {
                for line in [&session.title, &session.title_zh, &session.organisation] {
                    text::line("line", line, text::TITLE_MAX).unwrap();
                }
            }
            // One after the other, with room for lunch.
            let times: Vec<_> = room.sessions.iter().flat_map(|one| [one.starts_at, one.ends_at]).collect();
            assert!(times.is_sorted(), "{times:?}");
        }
    }

    #[test]
    fn the_posts_are_whole() {
        let workshop = workshop();
        let posts = posts(&workshop);
        assert!((150..=250).contains(&posts.len()), "{}", posts.len());
        let mut texts = HashSet::new();
        for post in posts {
            assert!(post.en.is_some() != post.zh.is_some(), "one language each: {post:?}");
            let (body, _) = post.text();
            assert!(texts.insert(body), "twice: {body}");
            for body in [Some(body), post.edited.as_deref()].into_iter().flatten() {
                text::block("body", body, text::BODY_MAX).unwrap();
                markdown::render(body).unwrap();
            }
            let words = post.reactions.values().flat_map(|counts| counts.split_whitespace());
            assert_eq!(post.counts().count(), words.count(), "an unreadable count: {post:?}");
        }
    }
}
