//! Members, their sign-ins and invitations, organisations, and the installation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Localized;
use crate::kernel::domain::kinds::{Lang, MemberStatus, PlatformRole, RoomRole};
use crate::kernel::domain::permissions::{Action, includes};
use crate::kernel::models::invitations::Invitation;
use crate::kernel::models::members::{Member, SignInTimes};
use crate::kernel::models::moderation::Reason;
use crate::kernel::models::organisations::{Constituency, Organisation};

/// The rights of a member on the installation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Can {
    pub create_rooms: bool,
    pub confirm_members: bool,
    pub invite: bool,
    pub administer: bool,
}

/// The signed-in member, as `GET /me` shows them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    /// The name that waits for a steward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted_name: Option<String>,
    pub constituency: String,
    pub organisation: String,
    pub platform_role: PlatformRole,
    pub status: MemberStatus,
    /// A steward has confirmed the constituency.
    pub confirmed: bool,
    pub locale: Lang,
    pub is_demo: bool,
    pub can: Can,
}

impl From<&Member> for MeView {
    fn from(member: &Member) -> Self {
        let active = member.status == MemberStatus::Active;
        let steward = active && member.platform_role != PlatformRole::Member;
        Self {
            id: member.id,
            email: member.email.clone(),
            display_name: member.display_name.clone(),
            wanted_name: member.wanted_name.clone(),
            constituency: member.constituency.clone(),
            organisation: member.organisation.clone(),
            platform_role: member.platform_role,
            status: member.status,
            confirmed: member.confirmed_at.is_some(),
            locale: member.locale,
            is_demo: member.is_demo,
            can: Can {
                create_rooms: steward,
                confirm_members: steward,
                invite: steward,
                administer: active && member.platform_role == PlatformRole::Admin,
            },
        }
    }
}

/// A member, to stewards.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MemberAdmin)]
pub struct MemberAdminView {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    /// The name that waits for a steward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted_name: Option<String>,
    /// The last ten names before this one, oldest first.
    pub former_names: Vec<String>,
    pub constituency: String,
    pub organisation: String,
    pub platform_role: PlatformRole,
    pub status: MemberStatus,
    pub confirmed: bool,
    pub created_at: DateTime<Utc>,
    pub is_demo: bool,
}

impl From<Member> for MemberAdminView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            email: member.email,
            display_name: member.display_name,
            wanted_name: member.wanted_name,
            former_names: member.former_names,
            constituency: member.constituency,
            organisation: member.organisation,
            platform_role: member.platform_role,
            status: member.status,
            confirmed: member.confirmed_at.is_some(),
            created_at: member.created_at,
            is_demo: member.is_demo,
        }
    }
}

/// A sign-in, to its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SignIn)]
pub struct SignInView {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// True for the sign-in that asks.
    pub current: bool,
}

impl SignInView {
    /// `current` is the sign-in that asks.
    pub fn new(times: &SignInTimes, current: Option<Uuid>) -> Self {
        Self {
            id: times.id,
            created_at: times.created_at,
            last_used_at: times.last_used_at,
            expires_at: times.expires_at,
            current: current == Some(times.id),
        }
    }
}

/// A member of the demo, whom anybody may sign in as.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DemoMember)]
pub struct DemoMemberView {
    pub id: Uuid,
    pub display_name: String,
    pub constituency: String,
    pub organisation: String,
    pub platform_role: PlatformRole,
    /// What this member may do, in a few words.
    pub note: Localized,
}

impl DemoMemberView {
    /// `role` is the highest that the member holds in any room.
    pub fn new(member: Member, role: Option<RoomRole>) -> Self {
        let (en, zh) = match (member.platform_role, role) {
            (PlatformRole::Admin, _) => ("Admin", "管理员"),
            (PlatformRole::Steward, _) => {
                ("Steward: confirms members, makes rooms", "事务员：确认成员、创建会议室")
            }
            (_, _) if member.status == MemberStatus::Pending => ("Waits for confirmation", "等待确认"),
            (_, Some(RoomRole::Chair)) => ("Chair", "主席"),
            (_, Some(RoomRole::Moderator)) => ("Moderator", "主持人"),
            (_, Some(RoomRole::Rapporteur)) => ("Rapporteur", "报告员"),
            (_, Some(RoomRole::Interpreter)) => ("Interpreter", "口译员"),
            (_, Some(RoomRole::Observer)) => ("Observer", "观察员"),
            _ => ("Participant", "参与者"),
        };
        Self {
            id: member.id,
            display_name: member.display_name,
            constituency: member.constituency,
            organisation: member.organisation,
            platform_role: member.platform_role,
            note: Localized { en: en.into(), zh: zh.into() },
        }
    }
}

/// An open invitation, to stewards.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    pub id: Uuid,
    /// The only address that may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(flatten)]
    pub offer: OfferView,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// The offer of an invitation, as whoever holds its link sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InvitationOffer)]
pub struct OfferView {
    /// It is for one address, which is not told here: a link gets into other hands.
    pub for_one_address: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constituency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    pub platform_role: PlatformRole,
}

/// A new invitation: the link is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NewInvitation)]
pub struct NewInvitationView {
    #[serde(flatten)]
    pub invitation: InvitationView,
    pub token: String,
    pub link: String,
}

impl From<Invitation> for OfferView {
    fn from(invitation: Invitation) -> Self {
        Self {
            for_one_address: invitation.email.is_some(),
            constituency: invitation.constituency,
            organisation: invitation.organisation,
            platform_role: invitation.platform_role,
        }
    }
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            email: invitation.email.clone(),
            offer: invitation.into(),
        }
    }
}

/// A constituency, which members speak for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Constituency)]
pub struct ConstituencyView {
    pub id: String,
    pub name: Localized,
    pub letter: Localized,
    pub shape: String,
    pub is_party: bool,
    pub position: i32,
}

impl From<Constituency> for ConstituencyView {
    fn from(row: Constituency) -> Self {
        Self {
            id: row.id,
            name: Localized { en: row.name_en, zh: row.name_zh },
            letter: Localized { en: row.letter_en, zh: row.letter_zh },
            shape: row.shape,
            is_party: row.is_party,
            position: row.position,
        }
    }
}

/// A union, association, enterprise, ministry or agency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    pub id: Uuid,
    pub name: String,
    pub constituency: String,
}

impl From<Organisation> for OrganisationView {
    fn from(row: Organisation) -> Self {
        Self { id: row.id, name: row.name, constituency: row.constituency }
    }
}

/// A reason that an act of moderation can give.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ModerationReason)]
pub struct ReasonView {
    pub id: String,
    pub name: Localized,
}

impl From<Reason> for ReasonView {
    fn from(row: Reason) -> Self {
        Self { id: row.id, name: Localized { en: row.name_en, zh: row.name_zh } }
    }
}

/// The installation, as clients need to know it before sign-in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Installation)]
pub struct InstallationView {
    pub name: &'static str,
    pub version: &'static str,
    /// open, approval or invitation
    pub registration: crate::config::Registration,
    pub demo: bool,
    pub epoch: Uuid,
    pub locales: &'static [Lang],
    pub constituencies: Vec<ConstituencyView>,
    pub moderation_reasons: Vec<ReasonView>,
    /// Nobody can administer this installation yet.
    pub needs_first_admin: bool,
    /// Who asks, as `GET /me` says it; null without a sign-in.
    #[schema(required)]
    pub me: Option<MeView>,
}

/// The table of permissions in a room.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Permissions)]
pub struct PermissionsView {
    pub roles: &'static [RoomRole],
    pub actions: &'static [Action],
    /// Role → actions.
    pub table: BTreeMap<&'static str, Vec<Action>>,
}

impl Default for PermissionsView {
    fn default() -> Self {
        let actions = |role: RoomRole| {
            Action::ALL.iter().copied().filter(|action| includes(role, *action)).collect::<Vec<_>>()
        };
        Self {
            roles: RoomRole::ALL,
            actions: Action::ALL,
            table: RoomRole::ALL.iter().map(|role| (role.as_str(), actions(*role))).collect(),
        }
    }
}
