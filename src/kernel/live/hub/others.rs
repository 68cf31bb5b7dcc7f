//! Other nodes: what they say, who is present there, and whose rights have ended anywhere.
//!
//! What another node says of rights is only where to look: the database says what is so. A message
//! that is late or wrong can therefore end nothing that stands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::StreamExt;
use uuid::Uuid;

use super::{Hub, lock};
use crate::error::Result;
use crate::kernel::access::{Actor, IDLE};
use crate::kernel::domain::kinds::MemberStatus;
use crate::kernel::live::bus::wire::{News, Notice};
use crate::kernel::live::bus::{Incoming, Received};
use crate::kernel::live::limit::in_time;
use crate::kernel::live::outbox::{Close, Outbox};
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::rights;

/// Members of one room that a node is believed to have.
const PRESENT_MAX: usize = 20_000;
/// Changes of rights are kept in the database for this long.
const RIGHTS_KEPT: Duration = Duration::from_secs(3600);

/// How far this node knows whose rights changed.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// Begin of the next look, and when the last one was. None before the first.
    since: Option<(i64, Instant)>,
    /// What the last look found may be found again.
    seen: HashSet<i64>,
}

/// The end of a connection of which the member's rights are others now.
fn member_changed() -> Close {
    Close { code: 4010, reason: "member_changed".into() }
}

/// True when a connection was opened with other rights than the member has now.
fn rights_differ(then: &Member, now: &Member) -> bool {
    (then.status, then.platform_role, &then.constituency, then.confirmed_at.is_some())
        != (now.status, now.platform_role, &now.constituency, now.confirmed_at.is_some())
}

impl Hub {
    /// Takes what other nodes say, for as long as the server runs.
    pub async fn listen(self: Arc<Self>, mut incoming: Incoming) {
        while let Some(message) = incoming.next().await {
            match self.bus.read(&message.subject, &message.payload) {
                Some(Received::News(node, room, news)) => self.take_news(node, room, news),
                Some(Received::Notice(_, Notice::Look { members, sign_ins })) => {
                    let hub = self.clone();
                    self.runtime.spawn(async move { hub.look(members, sign_ins).await });
                }
                Some(Received::Notice(node, Notice::Gone)) => self.expire_presence(Some(node)),
                None => {}
            }
        }
    }

    fn take_news(self: &Arc<Self>, node: Uuid, id: Uuid, news: News) {
        match news {
            News::Committed { head, rules, lines } => {
                // Who asks by HTTP gets what is new, whether or not anybody listens.
                self.access.room_doubted(id, rules);
                self.bus.counters.lines.fetch_add(lines.len() as u64, Ordering::Relaxed);
                let Some(room) = self.room(id) else { return };
                // What it takes back must not be told any more, though it is not in its place yet.
                let withdrawing = lines.iter().rev().find(|line| line.withdraws).map(|line| line.seq);
                if let Some(seq) = withdrawing.or(lines.is_empty().then_some(head)) {
                    lock(&room).expire(seq);
                }
                let hub = self.clone();
                if lines.is_empty() {
                    if lock(&room).last().is_some_and(|last| last >= head) {
                        return;
                    }
                    self.runtime.spawn(async move { hub.catch_up(id).await });
                } else if rules {
                    self.runtime.spawn(async move { hub.deliver(id, &room, lines, true).await });
                } else {
                    let todo = lock(&room).take_in(lines);
                    self.flush_and_catch_up(id, &room, todo);
                }
            }
            News::Frame { to, frame } => self.send_frame_here(id, &to, &frame),
            News::Present(mut members) => {
                members.truncate(PRESENT_MAX);
                let changed = lock(&self.elsewhere).set(id, node, members, Instant::now());
                if changed && let Some(room) = self.room(id) {
                    self.plan_counts(id, &room);
                }
            }
        }
    }

    /// Once a second: finds changes of rights that nobody told this node of.
    pub async fn sweep_rights(&self) {
        if let Err(error) = in_time(self.look_for_rights()).await {
            tracing::debug!(%error, "changes of rights could not be read; it will be tried again");
        }
    }

    async fn look_for_rights(&self) -> Result<()> {
        let mut rights = self.rights.lock().await;
        let (since, asked) = (rights.since.map_or(i64::MAX, |(since, _)| since), Instant::now());
        let changes = rights::changes(&mut *self.pool.get().await?, since).await?;
        // What was before the first look, or is not kept any more, may concern all.
        let missed = rights.since.is_none_or(|(_, at)| at.elapsed() > RIGHTS_KEPT / 2);
        let new: HashSet<Uuid> = changes
            .found
            .iter()
            .filter(|(id, _)| !rights.seen.contains(id))
            .map(|(_, member)| *member)
            .collect();
        if missed {
            self.access.members_changed();
            self.check_sockets(|_| true).await?;
        } else if !new.is_empty() {
            self.access.members_changed();
            self.check_sockets(|actor| actor.id().is_some_and(|id| new.contains(&id))).await?;
        }
        // Only now: what failed is found again.
        rights.since = Some((changes.next, asked));
        rights.seen = changes.found.into_keys().collect();
        Ok(())
    }

    /// Forgets old changes of rights in the database; any node may.
    pub async fn forget_rights(&self) {
        let before = Utc::now() - RIGHTS_KEPT;
        if let Ok(mut db) = self.pool.get().await
            && let Err(error) = rights::forget(&mut db, before).await
        {
            tracing::debug!(%error, "old changes of rights stay for now");
        }
    }

    /// Another node says whose rights may have changed.
    async fn look(&self, members: Vec<Uuid>, sign_ins: Vec<Uuid>) {
        self.access.members_changed();
        let concerned = |actor: &Actor| {
            actor
                .sign_in
                .as_deref()
                .is_some_and(|sign_in| members.contains(&sign_in.member.id) || sign_ins.contains(&sign_in.id))
        };
        if let Err(error) = in_time(self.check_sockets(concerned)).await {
            tracing::debug!(%error, "rights could not be read; the next sweep does it");
        }
    }

    /// Closes those of these sockets that would not be opened, or not like this, today.
    async fn check_sockets(&self, whose: impl Fn(&Actor) -> bool) -> Result<()> {
        let sockets: Vec<Arc<Outbox>> = lock(&self.sockets)
            .values()
            .map(|(outbox, _)| outbox.clone())
            .filter(|outbox| outbox.actor.id().is_some() && whose(&outbox.actor))
            .collect();
        if sockets.is_empty() {
            return Ok(());
        }
        let sign_ins = sockets.iter().filter_map(|outbox| outbox.actor.sign_in.as_deref());
        let (ids, owners): (Vec<Uuid>, Vec<Uuid>) = sign_ins.map(|one| (one.id, one.member.id)).unzip();
        let mut db = self.pool.get().await?;
        let valid: HashSet<Uuid> =
            rights::valid_sign_ins(&mut db, &ids, Utc::now() - IDLE).await?.into_iter().collect();
        let found = members::by_ids(&mut db, &owners).await?;
        drop(db);
        let found: HashMap<Uuid, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        for outbox in sockets {
            let Some(sign_in) = outbox.actor.sign_in.as_deref() else { continue };
            self.close_if_ended(&outbox, found.get(&sign_in.member.id), valid.contains(&sign_in.id));
        }
        Ok(())
    }

    /// Closes a socket whose member is as `now`, and whose sign-in is valid or not, where it would not be opened like
    /// this today.
    fn close_if_ended(&self, outbox: &Outbox, now: Option<&Member>, is_valid: bool) {
        match (now, outbox.actor.member()) {
            (Some(now), _) if now.status == MemberStatus::Banned => {
                lock(&self.lately).forget(now.id);
                outbox.close(Close::banned());
            }
            (Some(now), Ok(then)) if is_valid => {
                if rights_differ(then, now) {
                    outbox.close(member_changed());
                }
            }
            _ => outbox.close(Close::signed_out()),
        }
    }

    /// Ends a socket whose sign-in has ended, or whose rights are others, wherever that happened.
    pub async fn check_sign_in(&self, outbox: &Outbox) {
        let Some(sign_in) = outbox.actor.sign_in.as_deref() else { return };
        let Ok(now) = self.access.holder(sign_in.id).await else { return };
        match now.member() {
            Ok(now) => self.close_if_ended(outbox, Some(now), true),
            // A ban ends sign-ins, too, and may be heard of later.
            Err(_) => self.close_if_ended(outbox, self.member_now(sign_in.member.id).await.as_ref(), false),
        }
    }

    async fn member_now(&self, id: Uuid) -> Option<Member> {
        let mut db = self.pool.get().await.ok()?;
        members::by_id(&mut db, id).await.ok()?
    }

    fn close_where(&self, close: &Close, whose: impl Fn(&Actor) -> bool) {
        let sockets: Vec<Arc<Outbox>> = lock(&self.sockets)
            .values()
            .map(|(outbox, _)| outbox.clone())
            .filter(|o| whose(&o.actor))
            .collect();
        for outbox in sockets {
            outbox.close(close.clone());
        }
    }

    /// Closes the sockets of a sign-in that has ended, on all nodes.
    pub fn signed_out(&self, sign_in: Uuid) {
        self.bus.notify(&Notice::Look { members: Vec::new(), sign_ins: vec![sign_in] });
        self.close_where(&Close::signed_out(), |actor| {
            actor.sign_in.as_deref().is_some_and(|s| s.id == sign_in)
        });
    }

    /// Closes the sockets of a banned member, on all nodes.
    pub fn banned(&self, member: Uuid) {
        lock(&self.lately).forget(member);
        self.bus.notify(&Notice::Look { members: vec![member], sign_ins: Vec::new() });
        self.close_where(&Close::banned(), |actor| actor.id() == Some(member));
    }

    /// A member's rights changed: the sockets connect again and are checked anew, on all nodes.
    pub fn member_changed(&self, member: Uuid) {
        self.bus.notify(&Notice::Look { members: vec![member], sign_ins: Vec::new() });
        self.close_where(&member_changed(), |actor| actor.id() == Some(member));
    }
}
