//! The floor of a session: its settings, requests, speeches, and what the chair did to it.

mod requests;

pub use requests::{
    by_client_id, insert_request, request_by_id, requests_by_ids, rooms_where_waiting, waiting_of,
};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::features::floor::rules::speech::SpeechClock;
use crate::features::floor::rules::{
    FloorActKind, FloorKind, FloorState, LIMIT_DEFAULT_S, Request, RequestState, Settings,
    Speech as OpenSpeech, Targets,
};
use crate::kernel::domain::kinds::Attribution;
use crate::kernel::models::organisations::{self, Constituency};
use crate::kernel::models::{Db, Maybe};
use crate::schema::{floor_acts, floor_requests, floors, speeches};

/// Acts that are shown, the newest.
const ACTS_SHOWN: i64 = 5;

/// What was chosen about a floor.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = floors)]
pub struct FloorSettings {
    pub session_id: Uuid,
    pub open: bool,
    pub limit_s: i32,
    pub weights: Value,
}

impl FloorSettings {
    /// What holds while nobody chose.
    pub fn usual(session_id: Uuid) -> Self {
        Self {
            session_id,
            open: true,
            limit_s: LIMIT_DEFAULT_S,
            weights: Value::Object(serde_json::Map::new()),
        }
    }
}

/// A request for the floor as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = floor_requests)]
pub struct FloorRequest {
    pub id: Uuid,
    pub room_id: Uuid,
    pub session_id: Uuid,
    pub seq: i64,
    pub kind: FloorKind,
    pub state: RequestState,
    pub member_id: Option<Uuid>,
    pub person: String,
    pub author_id: Uuid,
    pub attribution: Attribution,
    pub speaker_name: String,
    pub speaker_organisation: String,
    pub constituency: String,
    pub speaker_confirmed: bool,
    pub note: String,
    pub interposes: Option<Uuid>,
    pub client_id: Uuid,
    pub request_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

impl FloorRequest {
    /// The constituency in whose time the person speaks. Nobody has confirmed for whom an unconfirmed member speaks: they
    /// have no part in anyone's time. For who is entered by the desk, the desk vouches.
    fn speaks_for(&self) -> &str {
        if self.speaker_confirmed || self.member_id.is_none() { &self.constituency } else { "" }
    }

    /// The request as the rules see it.
    pub fn for_rules(&self) -> Request {
        Request {
            id: self.id,
            kind: self.kind,
            person: self.person.clone(),
            constituency: self.speaks_for().to_owned(),
            asked: self.seq,
            interposes: self.interposes,
        }
    }
}

/// A speech as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = speeches)]
pub struct Speech {
    pub id: Uuid,
    pub room_id: Uuid,
    pub session_id: Uuid,
    pub request_id: Uuid,
    pub level: i16,
    pub limit_s: i32,
    pub started_at: DateTime<Utc>,
    pub ran_ms: i64,
    pub running_since: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Speech {
    /// Its clock.
    pub fn clock(&self) -> SpeechClock {
        let since = self.running_since.map(|since| since.timestamp_millis());
        SpeechClock::stored(i64::from(self.limit_s) * 1_000, self.ran_ms, since, self.ended_at.is_some())
    }
}

/// What the chair did to the floor.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = floor_acts)]
pub struct FloorAct {
    pub id: Uuid,
    pub session_id: Uuid,
    pub seq: i64,
    pub kind: FloorActKind,
    pub request_id: Option<Uuid>,
    pub instead_of: Option<Uuid>,
    pub reason: String,
    pub actor_id: Uuid,
    pub at: DateTime<Utc>,
}

/// All that is to know about the floor of a session.
#[derive(Debug, Clone)]
pub struct Floor {
    pub settings: FloorSettings,
    /// False while nobody chose anything.
    pub is_stored: bool,
    pub constituencies: Vec<Constituency>,
    /// Requests that wait, that became speeches, or that an act of `acts` names, by id.
    pub requests: BTreeMap<Uuid, FloorRequest>,
    /// In the order they began.
    pub speeches: Vec<Speech>,
    /// The newest first.
    pub acts: Vec<FloorAct>,
}

impl Floor {
    /// The settings as the rules see them.
    pub fn rules(&self) -> Settings {
        let chosen = self.settings.weights.as_object().filter(|weights| !weights.is_empty());
        let targets = match chosen {
            Some(weights) => Targets {
                weights: weights
                    .iter()
                    .map(|(id, weight)| {
                        (id.clone(), weight.as_u64().unwrap_or(0).min(u32::MAX.into()) as u32)
                    })
                    .collect(),
            },
            None => Targets::usual(self.constituencies.iter().map(|c| (c.id.as_str(), c.is_party))),
        };
        Settings { open: self.settings.open, limit_ms: i64::from(self.settings.limit_s) * 1_000, targets }
    }

    /// The floor as the rules see it.
    pub fn state(&self) -> FloorState {
        let mut waiting: Vec<Request> = self
            .requests
            .values()
            .filter(|request| request.state == RequestState::Waiting)
            .map(FloorRequest::for_rules)
            .collect();
        waiting.sort_by_key(|request| request.asked);
        let speeches = self
            .speeches
            .iter()
            .filter_map(|speech| {
                Some(OpenSpeech {
                    id: speech.id,
                    request: self.requests.get(&speech.request_id)?.for_rules(),
                    level: speech.level.clamp(0, 2) as u8,
                    clock: speech.clock(),
                })
            })
            .collect();
        FloorState { settings: self.rules(), waiting, speeches }
    }

    /// True when there is anything to close.
    pub fn is_used(&self) -> bool {
        self.is_stored || !self.requests.is_empty()
    }
}

/// The floor of a session.
///
/// # Errors
/// From the database.
pub async fn load(db: &mut Db, session: Uuid) -> QueryResult<Floor> {
    let settings: Option<FloorSettings> =
        floors::table.find(session).select(FloorSettings::as_select()).first(db).await.maybe()?;
    let acts: Vec<FloorAct> = floor_acts::table
        .filter(floor_acts::session_id.eq(session))
        .order((floor_acts::seq.desc(), floor_acts::id.desc()))
        .limit(ACTS_SHOWN)
        .select(FloorAct::as_select())
        .load(db)
        .await?;
    let named: Vec<Uuid> = acts.iter().flat_map(|act| [act.request_id, act.instead_of]).flatten().collect();
    let open = [RequestState::Waiting, RequestState::Given];
    let requests: Vec<FloorRequest> = floor_requests::table
        .filter(floor_requests::session_id.eq(session))
        .filter(floor_requests::state.eq_any(open).or(floor_requests::id.eq_any(named)))
        .select(FloorRequest::as_select())
        .load(db)
        .await?;
    let speeches = speeches::table
        .filter(speeches::session_id.eq(session))
        .order((speeches::started_at, speeches::id))
        .select(Speech::as_select())
        .load(db)
        .await?;
    Ok(Floor {
        is_stored: settings.is_some(),
        settings: settings.unwrap_or_else(|| FloorSettings::usual(session)),
        constituencies: organisations::constituencies(db).await?,
        requests: requests.into_iter().map(|request| (request.id, request)).collect(),
        speeches,
        acts,
    })
}

/// The session behind each of these: sessions themselves, requests and speeches.
///
/// # Errors
/// From the database.
pub async fn sessions_of(db: &mut Db, subjects: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let sessions = crate::schema::sessions::table
        .filter(crate::schema::sessions::id.eq_any(subjects))
        .select(crate::schema::sessions::id);
    let mut found: Vec<(Uuid, Uuid)> =
        sessions.load::<Uuid>(db).await?.into_iter().map(|id| (id, id)).collect();
    let requests = floor_requests::table
        .filter(floor_requests::id.eq_any(subjects))
        .select((floor_requests::id, floor_requests::session_id));
    found.extend(requests.load::<(Uuid, Uuid)>(db).await?);
    let speeches =
        speeches::table.filter(speeches::id.eq_any(subjects)).select((speeches::id, speeches::session_id));
    found.extend(speeches.load::<(Uuid, Uuid)>(db).await?);
    Ok(found)
}

/// Writes the settings.
///
/// # Errors
/// From the database.
pub async fn set(db: &mut Db, settings: &FloorSettings) -> QueryResult<()> {
    diesel::insert_into(floors::table)
        .values(settings)
        .on_conflict(floors::session_id)
        .do_update()
        .set(settings)
        .execute(db)
        .await?;
    Ok(())
}

/// A request waits no longer.
///
/// # Errors
/// From the database.
pub async fn settle(db: &mut Db, id: Uuid, state: RequestState, at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(floor_requests::table.find(id))
        .set((floor_requests::state.eq(state), floor_requests::settled_at.eq(at)))
        .execute(db)
        .await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn insert_speech(db: &mut Db, speech: &Speech) -> QueryResult<()> {
    diesel::insert_into(speeches::table).values(speech).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn speech_by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Speech>> {
    speeches::table.find(id).select(Speech::as_select()).first(db).await.maybe()
}

/// The members whose speech in a session has begun and not ended: who speaks, and whom they interrupted.
///
/// # Errors
/// From the database.
pub async fn speakers(db: &mut Db, session: Uuid) -> QueryResult<Vec<Uuid>> {
    speeches::table
        .inner_join(floor_requests::table)
        .filter(speeches::session_id.eq(session).and(speeches::ended_at.is_null()))
        .filter(floor_requests::member_id.is_not_null())
        .select(floor_requests::member_id.assume_not_null())
        .load(db)
        .await
}

/// Writes how a speech's clock stands.
///
/// # Errors
/// From the database.
pub async fn set_clock(
    db: &mut Db,
    id: Uuid,
    ran_ms: i64,
    running_since: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(speeches::table.find(id))
        .set((
            speeches::ran_ms.eq(ran_ms),
            speeches::running_since.eq(running_since),
            speeches::ended_at.eq(ended_at),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn insert_act(db: &mut Db, act: &FloorAct) -> QueryResult<()> {
    diesel::insert_into(floor_acts::table).values(act).execute(db).await?;
    Ok(())
}

/// True when somebody asked for the floor of a session, or it was set up.
///
/// # Errors
/// From the database.
pub async fn is_used(db: &mut Db, session: Uuid) -> QueryResult<bool> {
    let requests = floor_requests::table.filter(floor_requests::session_id.eq(session));
    let settings = floors::table.find(session);
    diesel::select(diesel::dsl::exists(requests).or(diesel::dsl::exists(settings))).get_result(db).await
}

/// As [`load`], in one snapshot of the database.
///
/// # Errors
/// From the database.
pub async fn load_consistent(db: &mut Db, session: Uuid) -> QueryResult<Floor> {
    let mut snapshot = db.build_transaction().read_only().repeatable_read();
    snapshot.run(async |db| load(db, session).await).await
}
