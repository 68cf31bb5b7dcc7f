// What a session counts, and to what.

import type { Session } from '../kernel/api/types';

export type Countdown =
  /** Time left, or time over, in ms. */
  | { kind: 'left' | 'over' | 'starts_in'; ms: number }
  /** A moment that is too far away to count to, or is over. */
  | { kind: 'starts'; at: string }
  | { kind: 'ended'; at: string }
  /** Its time has come, but it has not begun. */
  | { kind: 'due' };

/** Longer than this nobody watches seconds go by. */
const FAR = 6 * 3_600_000;

export function countdown(session: Session, now: number): Countdown {
  if (session.state === 'ended') return { kind: 'ended', at: session.ended_at ?? session.ends_at };
  if (session.state === 'live' || session.state === 'paused') {
    const left = Date.parse(session.ends_at) - now;
    return left >= 0 ? { kind: 'left', ms: left } : { kind: 'over', ms: -left };
  }
  const until = Date.parse(session.starts_at) - now;
  if (until <= 0) return { kind: 'due' };
  return until < FAR ? { kind: 'starts_in', ms: until } : { kind: 'starts', at: session.starts_at };
}
