//! Frames of the WebSocket besides events, one JSON object a line.

use std::collections::{BTreeMap, HashMap};

use bytestring::ByteString;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Code;
use crate::kernel::domain::kinds::SignalKind;

/// The version of the protocol, which a greeting tells.
pub const PROTOCOL: u32 = 1;

/// Reason why a subscription to a room ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unsubscribed {
    /// It asked for that.
    Left,
    /// The member may not read the room any more.
    Removed,
    /// The member sees the room otherwise from now on: subscribe again.
    RoleChanged,
}

/// As whom a listener sends a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalFrom {
    Interpreter,
    Member,
}

/// What of a member's own another device changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnPart {
    /// The answer to a poll.
    Poll,
    /// The support of a question.
    Support,
    /// A question that the member asked.
    Question,
}

/// A frame that takes no number in the log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame<'a> {
    /// The greeting.
    Hello { version: u32, epoch: Uuid, heartbeat_s: u64, time: DateTime<Utc> },
    /// The client hears the events of a room from now on; `recovered` when what it missed follows.
    Subscribed { room: Uuid, head: i64, recovered: bool, epoch: Uuid },
    /// All that was missed up to this number has been sent.
    Replayed { room: Uuid, seq: i64 },
    /// Too much was missed: the client reads the room anew.
    Reset { room: Uuid, head: i64 },
    /// The client hears no more of a room.
    Unsubscribed { room: Uuid, code: Unsubscribed },
    /// Who is in a room, counted.
    Presence { room: Uuid, hall: usize, online: usize, by_constituency: &'a BTreeMap<String, usize> },
    /// The regular sign of life, with the newest number of each room that the client hears.
    Heartbeat { time: DateTime<Utc>, heads: HashMap<Uuid, i64> },
    /// Somebody of a constituency writes in a thread. Without a name: who posts may post without it.
    Typing { room: Uuid, thread: Uuid, constituency: &'a str },
    /// What a listener asks of the speaker.
    Signal {
        room: Uuid,
        session: Uuid,
        kind: SignalKind,
        from: SignalFrom,
        #[serde(skip_serializing_if = "Option::is_none")]
        term: Option<String>,
    },
    /// The member changed something of their own, on this device or another. What it is now is to be read.
    Own { room: Uuid, part: OwnPart, id: Uuid },
    /// The member may answer this poll, which has just been opened, or into which they were let just now.
    Poll { room: Uuid, poll: Uuid, eligible: bool },
    /// The member wrote this post, whose event does not name its author. Comes before the event.
    Yours { room: Uuid, post: Uuid },
    /// What waits for a moderator in a thread changed.
    Held { room: Uuid, thread: Uuid },
    /// A command was refused.
    Error {
        code: Code,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Uuid>,
    },
}

impl Frame<'_> {
    /// The frame as it is sent.
    pub fn text(&self) -> ByteString {
        // Maps have texts for keys, and nothing else of it can fail.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}
