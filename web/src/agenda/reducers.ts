// Pure functions that bring an agenda forward by one log event.

import type { LogEvent, Session } from '../kernel/api/types';

export function applySessionList(event: LogEvent, sessions: Record<string, Session>): Record<string, Session> {
  const data = event.data as Session | { id: string; removed: true };
  if ('removed' in data && data.removed) {
    const { [data.id]: _gone, ...rest } = sessions;
    return rest;
  }
  const session = data as Session;
  return { ...sessions, [session.id]: session };
}

export function agenda(sessions: Record<string, Session> | Session[]): Session[] {
  return Object.values(sessions).sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
}
