// What everything that shows a part of a room needs to follow the room itself.

import type { Action, LogEvent, Room, Session } from '../api/types';
import { isRemoved, shows, type EventOf, type ViewOf } from './events';

/** What nobody does in a closed room. */
const TALK: readonly Action[] = ['create_thread', 'create_post', 'react', 'ask_floor', 'translate'];

/** How long a member's rights in a room may be shown as they were, in ms. */
export const RIGHTS_WITHIN = [500, 10_000] as const;

/**
 * Whether an event leaves it open what this member may do. `now`: it is about this member alone. `later`: it may be about
 * anybody, so that all would ask at once; see `Later`.
 */
export function needsRoom(event: LogEvent, room: Room, me: string | null): 'now' | 'later' | null {
  switch (event.kind) {
    case 'role.granted':
    case 'role.revoked':
      return me !== null && 'member_id' in event.data && event.data.member_id === me ? 'now' : null;
    // Whom it hits is in no event.
    case 'member.muted':
    case 'member.unmuted':
    case 'room.closed':
    case 'room.reopened':
      return me === null ? null : 'later';
    case 'room.edited':
      return shows(event, 'room') && event.data.room.visibility === room.visibility ? null : 'later';
    default:
      return null;
  }
}

export function applyRoom(event: LogEvent, room: Room): Room {
  if (!shows(event, 'room')) return room;
  const { programme: _programme, ...facts } = event.data.room;
  const next = { ...room, ...facts };
  return next.closed ? { ...next, may: next.may.filter((action) => !TALK.includes(action)) } : next;
}

/**
 * The session under way and the next one of a room whose agenda is not at hand. `sure` is false when what comes next is
 * not known: the one that was next has begun, moved or gone.
 */
export function withSession(event: EventOf<'session'> | ViewOf<'agenda'>, room: Room): { room: Room; sure: boolean } {
  if (shows(event, 'agenda')) {
    const { sessions, delay } = event.data;
    return { room: { ...room, delay, ...aheadOf(sessions) }, sure: true };
  }
  const session = event.data;
  const others = [room.live_session, room.next_session].filter(
    (one) => one != null && one.id !== session.id,
  ) as Session[];
  const known = isRemoved(session) ? others : [...others, session];
  const was = room.next_session?.id === session.id ? room.next_session : null;
  const ahead = aheadOf(known);
  const stays = was !== null && ahead.next_session?.id === was.id && ahead.next_session.starts_at <= was.starts_at;
  return { room: { ...room, ...ahead }, sure: was === null || stays };
}

/** How late the session under way ends, else how late the first after all that began begins: as the server counts. */
export function lateMinutes(sessions: Session[]): number {
  const plan = [...sessions].sort((a, b) => a.planned_start.localeCompare(b.planned_start) || a.id.localeCompare(b.id));
  const minutes = (now: string, planned: string): number =>
    Math.max(0, Math.trunc((Date.parse(now) - Date.parse(planned)) / 60_000));
  const running = plan.find((s) => s.started_at && s.state !== 'ended');
  if (running) return minutes(running.ends_at, running.planned_end);
  const next = plan[plan.findLastIndex((s) => s.started_at) + 1];
  return next ? minutes(next.starts_at, next.planned_start) : 0;
}

/** Which of these is under way, which is next, and how late they are, as the server tells it of a room. */
export function aheadOf(sessions: Session[]): Pick<Room, 'live_session' | 'next_session' | 'late_minutes'> {
  const plan = [...sessions].sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
  return {
    live_session: plan.find((one) => one.state === 'live' || one.state === 'paused') ?? null,
    next_session: plan.find((one) => one.state === 'lobby' || one.state === 'scheduled') ?? null,
    late_minutes: lateMinutes(sessions),
  };
}
