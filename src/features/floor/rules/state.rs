//! The floor of a session as it follows from what happened: the same events give the same state.

use uuid::Uuid;

use super::{Request, Spoken, Targets, Turn, speaking_order};
use crate::features::floor::rules::FloorKind;
use crate::features::floor::rules::speech::SpeechClock;

/// What the chair has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether one may ask to speak. A point of order may be raised at any time.
    pub open: bool,
    pub limit_ms: i64,
    pub targets: Targets,
}

/// Someone's time at the microphone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    pub id: Uuid,
    pub request: Request,
    /// What it may interrupt: 0 nothing, 1 (an interposed question) a speech, 2 (a point of order) both.
    pub level: u8,
    pub clock: SpeechClock,
}

/// One thing that happened on the floor. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FloorEvent {
    Configured(Settings),
    Requested(Request),
    Withdrawn { request: Uuid },
    Passed { request: Uuid },
    Started { speech: Uuid, request: Uuid, level: u8, limit_ms: i64, at: i64 },
    Paused { speech: Uuid, at: i64 },
    Resumed { speech: Uuid, at: i64 },
    Ended { speech: Uuid, at: i64 },
}

/// Why something cannot happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such open request or speech.
    Unknown,
    /// The speech runs, stands, or is interrupted: not what the call is for.
    NotNow,
}

/// The floor of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorState {
    pub settings: Settings,
    /// Who waits, in the order they asked.
    pub waiting: Vec<Request>,
    /// All speeches, in the order they began.
    pub speeches: Vec<Speech>,
}

impl FloorState {
    /// An empty floor.
    pub const fn new(settings: Settings) -> Self {
        Self { settings, waiting: Vec::new(), speeches: Vec::new() }
    }

    /// The floor after all of these.
    pub fn replay(settings: Settings, events: impl IntoIterator<Item = FloorEvent>) -> Self {
        let mut state = Self::new(settings);
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    /// Brings the floor forward. What is about something unknown changes nothing.
    pub fn apply(&mut self, event: FloorEvent) {
        match event {
            FloorEvent::Configured(settings) => self.settings = settings,
            FloorEvent::Requested(request) => self.waiting.push(request),
            FloorEvent::Withdrawn { request } | FloorEvent::Passed { request } => {
                self.waiting.retain(|waiting| waiting.id != request);
            }
            FloorEvent::Started { speech, request, level, limit_ms, at } => {
                let Some(place) = self.waiting.iter().position(|waiting| waiting.id == request) else {
                    return;
                };
                let request = self.waiting.remove(place);
                let clock = SpeechClock::start(at, limit_ms);
                self.speeches.push(Speech { id: speech, request, level, clock });
            }
            FloorEvent::Paused { speech, at } => self.with_clock(speech, |clock| clock.pause(at)),
            FloorEvent::Resumed { speech, at } => self.with_clock(speech, |clock| clock.resume(at)),
            FloorEvent::Ended { speech, at } => self.with_clock(speech, |clock| clock.end(at)),
        }
    }

    fn with_clock(&mut self, speech: Uuid, change: impl FnOnce(&mut SpeechClock)) {
        if let Some(speech) = self.speeches.iter_mut().find(|known| known.id == speech) {
            change(&mut speech.clock);
        }
    }

    /// The speeches that are not over, the one at the microphone first, then what it interrupted.
    pub fn open(&self) -> Vec<&Speech> {
        let mut open: Vec<&Speech> =
            self.speeches.iter().filter(|speech| !speech.clock.has_ended()).collect();
        open.sort_by_key(|speech| std::cmp::Reverse(speech.level));
        open
    }

    /// Whose turn it is.
    pub fn current(&self) -> Option<&Speech> {
        self.open().into_iter().next()
    }

    /// True when a request asks to interrupt a speech that is not over.
    pub fn is_interposed(&self, request: &Request) -> bool {
        request.interposes.is_some_and(|speech| self.open().iter().any(|open| open.id == speech))
    }

    /// What a request may interrupt, as [`Speech::level`].
    pub fn level(&self, request: &Request) -> u8 {
        match request.kind {
            FloorKind::PointOfOrder => 2,
            _ if self.is_interposed(request) => 1,
            _ => 0,
        }
    }

    /// Speaking time so far. An open speech counts with all the time that it has, so that the order
    /// stands still while somebody speaks.
    pub fn spoken(&self) -> Spoken {
        let mut spoken = Spoken::default();
        for speech in &self.speeches {
            let clock = &speech.clock;
            let time = if clock.has_ended() { clock.ran() } else { clock.ran().max(clock.limit()) };
            spoken.add(&speech.request.constituency, &speech.request.person, time);
        }
        spoken
    }

    /// The order of those who wait, without those who ask to interrupt who speaks now.
    pub fn order(&self) -> Vec<Turn> {
        let queue: Vec<Request> =
            self.waiting.iter().filter(|request| !self.is_interposed(request)).cloned().collect();
        speaking_order(&queue, &self.spoken(), &self.settings.targets, self.settings.limit_ms)
    }

    /// What happens when somebody who waits gets the floor: whoever speaks at the same level or
    /// above it is done, who is below it is interrupted.
    ///
    /// # Errors
    /// The request does not wait.
    pub fn give(&self, request: Uuid, speech: Uuid, at: i64) -> Result<Vec<FloorEvent>, Refused> {
        let asked = self.waiting.iter().find(|waiting| waiting.id == request).ok_or(Refused::Unknown)?;
        let level = self.level(asked);
        let (over, under): (Vec<&Speech>, Vec<&Speech>) =
            self.open().into_iter().partition(|open| open.level >= level);
        let mut events: Vec<FloorEvent> =
            over.iter().map(|open| FloorEvent::Ended { speech: open.id, at }).collect();
        if let Some(interrupted) = under.first().filter(|open| open.clock.since().is_some()) {
            events.push(FloorEvent::Paused { speech: interrupted.id, at });
        }
        events.push(FloorEvent::Started { speech, request, level, limit_ms: self.settings.limit_ms, at });
        Ok(events)
    }

    /// What happens when a speech is over: whatever interrupted it is over too, and what it
    /// interrupted goes on where the session goes on.
    ///
    /// # Errors
    /// The speech is over already.
    pub fn end(&self, speech: Uuid, at: i64, is_live: bool) -> Result<Vec<FloorEvent>, Refused> {
        let open = self.open();
        let place = open.iter().position(|open| open.id == speech).ok_or(Refused::NotNow)?;
        let mut events: Vec<FloorEvent> =
            open[..=place].iter().map(|open| FloorEvent::Ended { speech: open.id, at }).collect();
        if let Some(next) = open.get(place + 1).filter(|_| is_live) {
            events.push(FloorEvent::Resumed { speech: next.id, at });
        }
        Ok(events)
    }

    /// What happens when the one who speaks is held up.
    ///
    /// # Errors
    /// It does not run.
    pub fn pause(&self, speech: Uuid, at: i64) -> Result<FloorEvent, Refused> {
        match self.current() {
            Some(current) if current.id == speech && current.clock.since().is_some() => {
                Ok(FloorEvent::Paused { speech, at })
            }
            _ => Err(Refused::NotNow),
        }
    }

    /// What happens when the one who was held up goes on.
    ///
    /// # Errors
    /// It does not stand, or another one interrupts it.
    pub fn resume(&self, speech: Uuid, at: i64) -> Result<FloorEvent, Refused> {
        match self.current() {
            Some(current) if current.id == speech && current.clock.since().is_none() => {
                Ok(FloorEvent::Resumed { speech, at })
            }
            _ => Err(Refused::NotNow),
        }
    }
}
