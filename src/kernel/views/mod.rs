//! JSON shapes as each audience sees them. What everyone may see and what is the caller's own stay
//! apart: only the first kind is ever in an event.

pub mod agenda;
pub mod events;
pub mod held;
pub mod members;
pub mod moderation;
pub mod posts;
pub mod rooms;
pub mod sessions;
pub mod threads;
pub mod translations;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::domain::kinds::Attribution;

/// A name in each language of the interface.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Localized {
    pub en: String,
    pub zh: String,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; null on the last.
    #[schema(required)]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A list that has no second page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// An author as the attribution allows.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Author)]
pub struct AuthorView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<&'a str>,
    pub constituency: &'a str,
    /// A steward had confirmed the constituency when this was written.
    pub confirmed: bool,
}

impl<'a> AuthorView<'a> {
    /// Keeps back what the attribution keeps back, from everyone.
    pub fn new(
        attribution: Attribution,
        id: Uuid,
        name: &'a str,
        organisation: &'a str,
        constituency: &'a str,
        confirmed: bool,
    ) -> Self {
        let named = attribution == Attribution::Named;
        Self {
            id: named.then_some(id),
            name: named.then_some(name),
            organisation: (attribution != Attribution::Constituency).then_some(organisation),
            constituency,
            confirmed,
        }
    }
}

/// A member as others may see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PublicMember)]
pub struct PublicMemberView {
    pub id: Uuid,
    pub display_name: String,
    pub constituency: String,
    pub organisation: String,
}

impl From<crate::kernel::models::members::Member> for PublicMemberView {
    fn from(member: crate::kernel::models::members::Member) -> Self {
        Self {
            id: member.id,
            display_name: member.display_name,
            constituency: member.constituency,
            organisation: member.organisation,
        }
    }
}

impl From<crate::kernel::models::rooms::PublicMember> for PublicMemberView {
    fn from(member: crate::kernel::models::rooms::PublicMember) -> Self {
        Self {
            id: member.id,
            display_name: member.display_name,
            constituency: member.constituency,
            organisation: member.organisation,
        }
    }
}
