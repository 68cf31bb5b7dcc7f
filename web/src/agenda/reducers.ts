// Pure functions that bring an agenda forward by one log event.

import type { LogEvent, Room, Session } from '../kernel/api/types';

export function applySessionList(event: LogEvent, sessions: Record<string, Session>): Record<string, Session> {
  const data = event.data as Session | { id: string; removed: true };
  if ('removed' in data && data.removed) {
    const { [data.id]: _gone, ...rest } = sessions;
    return rest;
  }
  const session = data as Session;
  return { ...sessions, [session.id]: session };
}

/** How late the session under way ends, else how late the first after all that began begins: as the server counts. */
export function lateMinutes(sessions: Record<string, Session>): number {
  const plan = Object.values(sessions).sort(
    (a, b) => a.planned_start.localeCompare(b.planned_start) || a.id.localeCompare(b.id),
  );
  const minutes = (now: string, planned: string): number =>
    Math.max(0, Math.trunc((Date.parse(now) - Date.parse(planned)) / 60_000));
  const running = plan.find((s) => s.started_at && s.state !== 'ended');
  if (running) return minutes(running.ends_at, running.planned_end);
  const next = plan[plan.findLastIndex((s) => s.started_at) + 1];
  return next ? minutes(next.starts_at, next.planned_start) : 0;
}

const RUNNING = new Set(['lobby', 'live', 'paused']);

/** The session under way and the one after it. */
export function currentSessions(
  sessions: Record<string, Session>,
): Pick<Room, 'live_session' | 'next_session' | 'late_minutes'> {
  const ordered = agenda(sessions);
  return {
    live_session:
      ordered.find((s) => s.state === 'live' || s.state === 'paused') ??
      ordered.find((s) => RUNNING.has(s.state)) ??
      null,
    next_session: ordered.find((s) => s.state === 'scheduled') ?? null,
    late_minutes: lateMinutes(sessions),
  };
}

export function agenda(sessions: Record<string, Session> | Session[]): Session[] {
  return Object.values(sessions).sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
}
