//! Permissions: one table of roles and actions, and one function over it.
//!
//! The same table is served to the UI, so that a button exists only where it works.

use serde::Serialize;
use strum::VariantArray;

use super::kinds::{MemberStatus, PlatformRole, RoomKind, RoomRole, Visibility};
use super::standing::speaks_for_constituency;

/// An action in a room that permissions decide on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, VariantArray, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Read,
    /// See the text of hidden posts and whom a mute hits.
    ReadDesk,
    CreateThread,
    CreatePost,
    React,
    EditRoom,
    ManageRoles,
    HidePost,
    LockThread,
    PinThread,
    /// Have posts wait for a moderator, and decide on those that wait.
    ReviewPosts,
    SetSlowMode,
    MuteMember,
    CloseRoom,
    /// Write the agenda.
    ManageAgenda,
    /// Open, start, pause and end sessions.
    RunSession,
    /// Draft and open polls, and let somebody in.
    ManagePolls,
    /// Close and cancel polls, and see the drafts.
    EndPolls,
    /// See who is present by name.
    SeePresence,
    /// Ask for the floor in a session.
    AskFloor,
    /// Give the floor, and hold, end and limit speeches.
    RunFloor,
    /// Write posts, questions and speeches in another language.
    Translate,
    /// Pair screens in the hall and choose what they show.
    RunScreen,
}

impl Action {
    /// Every action, in the order of the table.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// True for what adds to the room's talk: not possible in a closed room or while muted.
    const fn is_talk(self) -> bool {
        matches!(self, Self::CreateThread | Self::CreatePost | Self::React | Self::AskFloor | Self::Translate)
    }

    /// True for what stays possible in a closed room, so that closing can be undone and looked into.
    const fn survives_closing(self) -> bool {
        matches!(
            self,
            Self::Read
                | Self::ReadDesk
                | Self::CloseRoom
                | Self::ManageRoles
                | Self::SeePresence
                | Self::HidePost
                | Self::ReviewPosts
                | Self::RunScreen
                | Self::EndPolls
        )
    }
}

/// The table: what each room role includes.
pub const fn includes(role: RoomRole, action: Action) -> bool {
    use Action as A;
    match role {
        RoomRole::Observer => matches!(action, A::Read),
        RoomRole::Participant | RoomRole::Rapporteur => {
            matches!(action, A::Read | A::CreateThread | A::CreatePost | A::React | A::AskFloor)
        }
        RoomRole::Interpreter => {
            matches!(
                action,
                A::Read | A::CreateThread | A::CreatePost | A::React | A::AskFloor | A::Translate
            )
        }
        RoomRole::Moderator | RoomRole::Chair => true,
    }
}

/// Who acts, as far as the rules need to know.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// None without a sign-in.
    pub member: Option<Person<'a>>,
}

/// A signed-in member, as far as the rules need to know.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub platform_role: PlatformRole,
    pub status: MemberStatus,
    pub constituency: &'a str,
    /// A steward has confirmed the constituency.
    pub confirmed: bool,
    /// The role that the member holds in the room, if any.
    pub room_role: Option<RoomRole>,
    /// Muted in the room at this moment.
    pub muted: bool,
}

/// A room, as far as the rules need to know.
#[derive(Debug, Clone, Copy)]
pub struct RoomRules<'a> {
    pub kind: RoomKind,
    pub visibility: Visibility,
    pub constituency: Option<&'a str>,
    pub closed: bool,
    /// Somebody holds the chair. A caucus without one may choose its own.
    pub has_chair: bool,
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The actor may not know that the room exists.
    Invisible,
    /// Needs a sign-in.
    NotSignedIn,
    /// The account waits for a steward.
    Pending,
    /// The role does not include it.
    Role,
    /// The room is closed.
    Closed,
    /// Muted in this room.
    Muted,
}

/// The role that counts in a room: the one held there, or the one that visibility gives.
///
/// None when the actor may not see the room at all. A caucus is invisible to every other
/// constituency, stewards and admins included, and to those whose constituency nobody has
/// confirmed: else an employer could walk into the workers' room by declaring to be one.
pub fn effective_role(actor: Actor<'_>, room: RoomRules<'_>) -> Option<RoomRole> {
    let Some(person) = actor.member.filter(|person| person.status != MemberStatus::Banned) else {
        return (room.visibility == Visibility::Public && room.kind != RoomKind::Caucus)
            .then_some(RoomRole::Observer);
    };
    if let Some(constituency) = room.constituency
        && (person.constituency != constituency || !speaks_for_constituency(person.status, person.confirmed))
    {
        return None;
    }
    if person.status == MemberStatus::Pending {
        return (room.visibility == Visibility::Public).then_some(RoomRole::Observer);
    }
    let is_steward = person.platform_role != PlatformRole::Member;
    person.room_role.or(match room.visibility {
        Visibility::Public | Visibility::Members => Some(RoomRole::Participant),
        // A steward makes rooms and must be able to find them again, but takes no part uninvited.
        Visibility::Invited if is_steward && room.kind != RoomKind::Caucus => Some(RoomRole::Observer),
        Visibility::Invited => None,
    })
}

/// May the actor do this in this room?
///
/// # Errors
/// Why not; [`Denied::Invisible`] must be answered as "not found".
pub fn may(actor: Actor<'_>, action: Action, room: RoomRules<'_>) -> Result<(), Denied> {
    let role = effective_role(actor, room).ok_or(Denied::Invisible)?;
    let Some(person) = actor.member.filter(|person| person.status != MemberStatus::Banned) else {
        return if action == Action::Read { Ok(()) } else { Err(Denied::NotSignedIn) };
    };
    let by_platform = matches!(action, Action::ManageRoles | Action::EditRoom)
        && person.platform_role != PlatformRole::Member
        && room.kind != RoomKind::Caucus;
    // Nobody outside may appoint the first chair of a caucus, so its own members do.
    let by_vacancy = action == Action::ManageRoles && room.kind == RoomKind::Caucus && !room.has_chair;
    if !includes(role, action) && !by_platform && !by_vacancy {
        return Err(if person.status == MemberStatus::Pending { Denied::Pending } else { Denied::Role });
    }
    if room.closed && !action.survives_closing() {
        return Err(Denied::Closed);
    }
    if person.muted && action.is_talk() {
        return Err(Denied::Muted);
    }
    Ok(())
}

/// All that the actor may do in this room.
pub fn all_allowed(actor: Actor<'_>, room: RoomRules<'_>) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| may(actor, *action, room).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORUM: RoomRules<'_> = RoomRules {
        kind: RoomKind::Forum,
        visibility: Visibility::Members,
        constituency: None,
        closed: false,
        has_chair: true,
    };
    const CAUCUS: RoomRules<'_> =
        RoomRules { kind: RoomKind::Caucus, constituency: Some("workers"), ..FORUM };

    fn worker() -> Person<'static> {
        Person {
            platform_role: PlatformRole::Member,
            status: MemberStatus::Active,
            constituency: "workers",
            confirmed: true,
            room_role: None,
            muted: false,
        }
    }

    fn as_actor(person: Person<'_>) -> Actor<'_> {
        Actor { member: Some(person) }
    }

    #[test]
    fn members_take_part_and_do_not_moderate() {
        let actor = as_actor(worker());
        assert_eq!(may(actor, Action::CreatePost, FORUM), Ok(()));
        assert_eq!(may(actor, Action::HidePost, FORUM), Err(Denied::Role));
    }

    #[test]
    fn without_account_only_public_rooms_are_read() {
        let nobody = Actor { member: None };
        assert_eq!(may(nobody, Action::Read, FORUM), Err(Denied::Invisible));
        let public = RoomRules { visibility: Visibility::Public, ..FORUM };
        assert_eq!(may(nobody, Action::Read, public), Ok(()));
        assert_eq!(may(nobody, Action::CreatePost, public), Err(Denied::NotSignedIn));
    }

    #[test]
    fn closed_room_keeps_reading_and_reopening() {
        let closed = RoomRules { closed: true, ..FORUM };
        let chair = as_actor(Person { room_role: Some(RoomRole::Chair), ..worker() });
        assert_eq!(may(chair, Action::CreatePost, closed), Err(Denied::Closed));
        assert_eq!(may(chair, Action::CloseRoom, closed), Ok(()));
        assert_eq!(may(as_actor(worker()), Action::Read, closed), Ok(()));
    }

    #[test]
    fn muted_member_reads_only() {
        let actor = as_actor(Person { muted: true, ..worker() });
        assert_eq!(may(actor, Action::CreatePost, FORUM), Err(Denied::Muted));
        assert_eq!(may(actor, Action::Read, FORUM), Ok(()));
    }

    #[test]
    fn caucus_chooses_its_first_chair_and_nobody_else_does() {
        let vacant = RoomRules { has_chair: false, ..CAUCUS };
        assert_eq!(may(as_actor(worker()), Action::ManageRoles, vacant), Ok(()));
        assert_eq!(may(as_actor(worker()), Action::ManageRoles, CAUCUS), Err(Denied::Role));
    }

    fn any_person() -> impl Strategy<Value = Person<'static>> {
        (0..3usize, 0..3usize, 0..3usize, any::<bool>(), 0..7usize, any::<bool>()).prop_map(
            |(platform, status, constituency, confirmed, role, muted)| Person {
                platform_role: PlatformRole::ALL[platform],
                status: MemberStatus::ALL[status],
                constituency: ["workers", "employers", "government"][constituency],
                confirmed,
                room_role: RoomRole::ALL.get(role).copied(),
                muted,
            },
        )
    }

    fn any_room() -> impl Strategy<Value = RoomRules<'static>> {
        (0..3usize, 0..3usize, any::<bool>(), any::<bool>()).prop_map(
            |(kind, visibility, closed, has_chair)| {
                let kind = RoomKind::ALL[kind];
                RoomRules {
                    kind,
                    visibility: Visibility::ALL[visibility],
                    constituency: (kind == RoomKind::Caucus).then_some("workers"),
                    closed,
                    has_chair,
                }
            },
        )
    }

    proptest! {
        /// A caucus does not exist for anyone but its own confirmed members.
        #[test]
        fn caucus_is_invisible_to_outsiders(person in any_person(), room in any_room()) {
            prop_assume!(room.kind == RoomKind::Caucus);
            let inside = person.constituency == "workers" && person.confirmed && person.status == MemberStatus::Active;
            if !inside {
                for action in Action::ALL {
                    prop_assert_eq!(may(as_actor(person), *action, room), Err(Denied::Invisible));
                }
            }
        }

        /// Whoever may do anything may read, and nobody pending or banned changes anything.
        #[test]
        fn every_right_includes_reading(person in any_person(), room in any_room()) {
            let allowed = all_allowed(as_actor(person), room);
            prop_assert!(allowed.is_empty() || allowed.contains(&Action::Read));
            if person.status != MemberStatus::Active && person.platform_role == PlatformRole::Member {
                prop_assert!(allowed.iter().all(|action| *action == Action::Read));
            }
        }

        /// Without a sign-in nobody sees more than with one.
        #[test]
        fn anonymous_reads_only_what_is_public(room in any_room()) {
            let allowed = all_allowed(Actor { member: None }, room);
            let public = room.visibility == Visibility::Public && room.kind != RoomKind::Caucus;
            prop_assert_eq!(allowed, if public { vec![Action::Read] } else { vec![] });
        }
    }
}
