//! Sessions as calendars show them.

use uuid::Uuid;

use crate::features::calendar::rules::Event;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::models::agenda::RemovedSession;
use crate::kernel::models::rooms::Room;
use crate::kernel::models::sessions::Session;
use crate::kernel::views::sessions::SessionView;

/// What a calendar shows of these sessions, in the reader's language.
pub fn events(
    site: &str,
    rooms: &[Room],
    sessions: &[Session],
    removed: &[RemovedSession],
    lang: Lang,
) -> Vec<Event> {
    let titled = |title: &str, zh: &Option<String>| match (lang, zh) {
        (Lang::Zh, Some(zh)) => zh.clone(),
        _ => title.to_owned(),
    };
    let room = |id: Uuid| rooms.iter().find(|room| room.id == id).map_or("", |room| &room.title).to_owned();
    let held = sessions.iter().map(|session| Event {
        id: session.id,
        sequence: session.sequence,
        changed_at: session.changed_at,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        summary: titled(&session.title, &session.title_zh),
        description: description(session),
        location: room(session.room_id),
        url: format!("{site}/sessions/{}", session.id),
        cancelled: false,
    });
    let cancelled = removed.iter().map(|session| Event {
        id: session.id,
        sequence: session.sequence,
        changed_at: session.removed_at,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        summary: titled(&session.title, &session.title_zh),
        description: session.organisation.clone(),
        location: room(session.room_id),
        url: format!("{site}/rooms/{}", session.room_id),
        cancelled: true,
    });
    held.chain(cancelled).collect()
}

/// Who presents, and what there is to read.
fn description(session: &Session) -> String {
    let mut lines = Vec::new();
    if !session.organisation.is_empty() {
        lines.push(session.organisation.clone());
    }
    let materials = SessionView::from(session).materials;
    lines.extend(materials.into_iter().map(|material| format!("{}: {}", material.title, material.url)));
    lines.join("\n")
}
