//! The floor settings of a session.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{change, log, not_now, reason_of};
use crate::error::{Error, Result};
use crate::features::floor::rules::{FloorActKind, LIMIT_S, WEIGHT_MAX};
use crate::features::floor::store::{self as floor, Floor, FloorSettings};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::domain::permissions::Action;

/// What the chair may change about the floor; None leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsEdit {
    pub open: Option<bool>,
    pub limit_s: Option<i32>,
    /// Constituency → its part of the speaking time; who is not named has none. Needs a reason.
    pub weights: Option<BTreeMap<String, i64>>,
    pub reason: Option<String>,
}

/// Opens or closes the floor, sets the time of a speech, or the targets. A change that changes
/// nothing leaves no trace.
///
/// # Errors
/// Not found, not permitted, `not_possible_now` when the session has ended, invalid.
pub async fn configure(ctx: &Ctx, actor: &Actor, session: Uuid, edit: SettingsEdit) -> Result<Floor> {
    let (floor, ()) = change(ctx, actor, session, Action::RunFloor, async |change| {
        if edit.limit_s.is_some_and(|limit| !LIMIT_S.contains(&limit)) {
            return Err(Error::invalid("limit_s", FieldCode::OutOfRange));
        }
        let reason = edit.reason.as_deref().filter(|reason| !reason.trim().is_empty());
        let reason = reason.map(reason_of).transpose()?;
        if change.session.state == SessionState::Ended {
            return Err(not_now("The session has ended."));
        }
        let before = change.floor.settings.clone();
        let weights = match &edit.weights {
            Some(weights) => checked(&change.floor, weights)?,
            None => before.weights.clone(),
        };
        let after = FloorSettings {
            session_id: session,
            open: edit.open.unwrap_or(before.open),
            limit_s: edit.limit_s.unwrap_or(before.limit_s),
            weights,
        };
        if after == before {
            return Ok(());
        }
        if after.weights != before.weights {
            let reason = reason.ok_or_else(|| Error::invalid("reason", FieldCode::Required))?;
            change.act(FloorActKind::Targets, None, None, &reason).await?;
        }
        floor::set(change.tx.db(), &after).await?;
        let content =
            [&[u8::from(after.open)][..], &after.limit_s.to_be_bytes(), after.weights.to_string().as_bytes()]
                .concat();
        log(change.tx, EntryKind::FloorConfigured, session, &[&content])
    })
    .await?;
    Ok(floor)
}

/// The weights as they are kept: of known constituencies only, at least one above zero.
fn checked(floor: &Floor, weights: &BTreeMap<String, i64>) -> Result<Value> {
    let mut kept = Map::new();
    for (id, weight) in weights {
        if !floor.constituencies.iter().any(|constituency| constituency.id == *id) {
            return Err(Error::invalid("weights", FieldCode::Unknown));
        }
        if !(0..=WEIGHT_MAX).contains(weight) {
            return Err(Error::invalid("weights", FieldCode::OutOfRange));
        }
        kept.insert(id.clone(), (*weight).into());
    }
    if kept.values().all(|weight| weight == 0) {
        return Err(Error::invalid("weights", FieldCode::Required));
    }
    Ok(Value::Object(kept))
}
