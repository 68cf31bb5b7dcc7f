// Pure functions that bring an agenda forward by one log event.

import type { Session } from '../kernel/api/types';
import { isRemoved, type EventOf } from '../kernel/live/events';

export function applySessionList(
  { data }: EventOf<'session'>,
  sessions: Record<string, Session>,
): Record<string, Session> {
  const { [data.id]: _before, ...others } = sessions;
  return isRemoved(data) ? others : { ...others, [data.id]: data };
}

export function agenda(sessions: Record<string, Session> | Session[]): Session[] {
  return Object.values(sessions).sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
}
