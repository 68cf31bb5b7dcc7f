//! The context of actions on accounts (`Accounts`), and revocation of sign-ins.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::Access;
use crate::kernel::actions::change::ChangeHook;
use crate::kernel::actions::passwords::Passwords;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::text::FieldError;
use crate::kernel::models::{Db, members};

/// What ended for somebody, so that live connections follow at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// This sign-in has ended.
    SignedOut(Uuid),
    /// This member is banned.
    Banned(Uuid),
    /// What this member may do has changed: look again.
    Changed(Uuid),
}

/// Gets every revocation, between COMMIT and the answer. Must not block.
pub trait Revoker: Send + Sync {
    /// Ends what has to end.
    fn revoke(&self, what: Revocation);
}

/// The context of actions on accounts (`Accounts`), and revocation of sign-ins.
#[derive(Clone)]
pub struct Accounts {
    pub db: Pool,
    pub access: Arc<Access>,
    pub passwords: Arc<Passwords>,
    pub revoker: Arc<dyn Revoker>,
    /// What features do when something of an account ends.
    pub hooks: Arc<[&'static dyn ChangeHook]>,
    /// Who registers here only tries the demo, and is marked so.
    pub demo: bool,
}

impl Accounts {
    /// Ends all of a member's sign-ins but one, and whatever else opens something of the account without a sign-in.
    pub(in crate::kernel::actions) async fn end_others(
        &self,
        db: &mut Db,
        member: Uuid,
        but: Option<Uuid>,
    ) -> Result<Vec<Uuid>> {
        for hook in self.hooks.iter() {
            hook.others_ended(db, member).await?;
        }
        Ok(members::delete_sign_ins(db, member, but).await?)
    }

    /// Tells everyone on this node, after COMMIT.
    pub(in crate::kernel::actions) fn revoked(&self, what: impl IntoIterator<Item = Revocation>) {
        self.access.members_changed();
        for revocation in what {
            self.revoker.revoke(revocation);
        }
    }
}

/// Collects what is wrong with several fields.
#[derive(Debug, Default)]
pub(in crate::kernel::actions) struct Fields(BTreeMap<&'static str, FieldCode>);

impl Fields {
    /// The value, or an empty one when it is not valid.
    pub fn take<T: Default>(&mut self, result: Result<T, FieldError>) -> T {
        result.unwrap_or_else(|error| {
            self.0.insert(error.field, error.code);
            T::default()
        })
    }

    /// # Errors
    /// Invalid, with all fields that were.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
