//! The people of the demo: roles, never real persons.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::data::{People, Person};
use crate::error::{Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::actions::accounts::NewAccount;
use crate::kernel::actions::{Accounts, Ctx, demo, members};
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole};

/// Members made at the same time.
const AT_ONCE: usize = 6;
/// Who confirms the others.
const STEWARD: &str = "steward";

/// Everybody by key.
pub struct Cast {
    actors: HashMap<String, Actor>,
}

impl Cast {
    /// # Errors
    /// Internal, when the texts name somebody who is not there.
    pub fn actor(&self, key: &str) -> Result<&Actor> {
        self.actors.get(key).ok_or_else(|| Error::Internal(format!("the demo has nobody called {key}")))
    }

    /// The steward, who makes the rooms.
    ///
    /// # Errors
    /// Internal, when the texts name none.
    pub fn steward(&self) -> Result<&Actor> {
        self.actor(STEWARD)
    }

    pub fn len(&self) -> usize {
        self.actors.len()
    }

    /// The delegates of a constituency, in order of their numbers: `w1`, `w2`, …
    pub fn delegates(&self, key: char) -> impl Iterator<Item = (String, &Actor)> {
        (1..).map_while(move |number| {
            let name = format!("{key}{number}");
            let actor = self.actors.get(&name)?;
            Some((name, actor))
        })
    }
}

/// Everybody, those of the one-click page first.
pub fn in_order(people: &People) -> Vec<Person> {
    let delegates = people.delegates.iter().flat_map(|group| {
        (1..=group.count).zip(group.organisations.iter().cycle()).map(|(number, organisation)| Person {
            key: format!("{}{number}", group.key),
            name: format!("{} {number}", group.name[&organisation.lang]),
            constituency: group.constituency.clone(),
            organisation: organisation.name.clone(),
            lang: organisation.lang,
            role: PlatformRole::Member,
            pending: false,
        })
    });
    let mut all: Vec<Person> = people.others.iter().cloned().chain(delegates).collect();
    let place = |person: &Person| people.offered.iter().position(|key| *key == person.key);
    all.sort_by_key(|person| place(person).unwrap_or(usize::MAX));
    all
}

/// Makes all members; the steward confirms them.
pub async fn make(ctx: &Ctx, accounts: &Accounts, people: &People) -> Result<Cast> {
    let all = in_order(people);
    let (offered, rest) = all.split_at(people.offered.len());
    let mut made = Vec::with_capacity(all.len());
    // One after the other, since the page shows them in this order.
    for person in offered {
        made.push(add(accounts, person).await?);
    }
    let rest: Vec<Actor> =
        stream::iter(rest).map(|person| add(accounts, person)).buffered(AT_ONCE).try_collect().await?;
    made.extend(rest);
    let steward = all.iter().position(|person| person.key == STEWARD).and_then(|place| made.get(place));
    let steward = steward.ok_or_else(|| Error::Internal("the demo has no steward".into()))?.clone();
    let confirmed =
        all.iter().zip(made).map(|(person, actor)| confirm(ctx, accounts, &steward, person, actor));
    let actors = stream::iter(confirmed).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(Cast { actors })
}

async fn add(accounts: &Accounts, person: &Person) -> Result<Actor> {
    let new = NewAccount {
        email: format!("{}@demo.invalid", person.key),
        password: String::new(),
        display_name: person.name.clone(),
        constituency: Some(person.constituency.clone()),
        organisation: Some(person.organisation.clone()),
        locale: person.lang,
        invitation: None,
    };
    let member = demo::add(accounts, new, person.role).await;
    Ok(Actor::of(member.map_err(|error| super::at(&person.name, error))?))
}

async fn confirm(
    ctx: &Ctx,
    accounts: &Accounts,
    steward: &Actor,
    person: &Person,
    actor: Actor,
) -> Result<(String, Actor)> {
    let member = actor.member()?;
    let waits = member.status == MemberStatus::Pending && !person.pending;
    let actor = if waits {
        // A hundred and more lines in the log would say nothing.
        let confirmed = members::confirm(accounts, ctx, steward, member.id, None, None);
        Actor::of(confirmed.with_subscriber(NoSubscriber::default()).await?)
    } else {
        actor
    };
    Ok((person.key.clone(), actor))
}
