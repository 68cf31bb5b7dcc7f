// The floor of a session, as pure functions: an event brings the whole of it, so applying one only replaces.

import type { Floor, FloorShare, LogEvent, Speech } from '../kernel/api/types';
import { shows } from '../kernel/live/events';

/** The floor of this session after an event; the same object when the event is about something else. */
export function applyFloor(event: LogEvent, session: string, floor: Floor | null): Floor | null {
  return shows(event, 'floor', 'speech') && event.data.session === session ? event.data : floor;
}

/** Every request that can be seen: who waits, who asks to interrupt, who speaks, who is interrupted. */
export function shownRequests(floor: Floor): string[] {
  const speeches = [...(floor.current ? [floor.current] : []), ...floor.interrupted];
  return [...floor.queue, ...floor.interposed]
    .map((request) => request.id)
    .concat(speeches.map((speech) => speech.request));
}

/** Which of the shown requests are mine: those known before, and those that bear my name. */
export function ownRequests(floor: Floor, known: string[], me: string | null): string[] {
  const named = [...floor.queue, ...floor.interposed].filter((request) => me && request.speaker.id === me);
  const ids = new Set([...known, ...named.map((request) => request.id)]);
  return shownRequests(floor).filter((id) => ids.has(id));
}

/** How long a speech has run by now, by the server's clock. */
export function elapsed(speech: Speech, now: number): number {
  const since = speech.running_since ? Date.parse(speech.running_since) : null;
  return speech.ran_ms + (since === null ? 0 : Math.max(0, now - since));
}

/** What is left of its time; negative when it is up. */
export function left(speech: Speech, now: number): number {
  return speech.limit_s * 1000 - elapsed(speech, now);
}

export interface Share extends FloorShare {
  /** Speaking time with what runs now. */
  ms: number;
  /** Part of all speaking time, and the part it should be, in percent. */
  percent: number;
  target: number;
}

/** The balance of speaking time as it is at this moment. */
export function balance(floor: Floor, now: number): Share[] {
  const current = floor.current;
  const running = current ? elapsed(current, now) - current.ran_ms : 0;
  // Whom nobody has confirmed speaks in no one's time; for who has no device, the desk vouches.
  const counts = current && (current.by_desk || current.speaker.confirmed);
  const speaksFor = counts ? current.speaker.constituency : null;
  const time = (share: FloorShare): number => share.spoken_ms + (speaksFor === share.constituency ? running : 0);
  const total = floor.balance.reduce((sum, share) => sum + time(share), 0);
  const weights = floor.balance.reduce((sum, share) => sum + share.weight, 0);
  return floor.balance.map((share) => ({
    ...share,
    ms: time(share),
    percent: total ? (time(share) / total) * 100 : 0,
    target: weights ? (share.weight / weights) * 100 : 0,
  }));
}

export type Place = { is: 'speaking' } | { is: 'next' } | { is: 'waiting'; position: number } | null;

/** Where I stand: at the microphone, next, or further behind. */
export function place(floor: Floor, mine: string[]): Place {
  if (floor.current && mine.includes(floor.current.request)) return { is: 'speaking' };
  const first = floor.queue.find((request) => mine.includes(request.id));
  if (!first?.position) return null;
  return first.position === 1 ? { is: 'next' } : { is: 'waiting', position: first.position };
}
