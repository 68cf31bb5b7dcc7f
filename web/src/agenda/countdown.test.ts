import { describe, expect, it } from 'vitest';
import type { Session } from '../kernel/api/types';
import { countdown } from './countdown';
import { lateMinutes } from './reducers';

const at = (minutes: number): string => new Date(1_800_000_000_000 + minutes * 60_000).toISOString();
const now = (minutes: number): number => Date.parse(at(minutes));
const session = (more: Partial<Session>): Session =>
  ({
    id: 'a',
    state: 'scheduled',
    starts_at: at(0),
    ends_at: at(60),
    planned_start: at(0),
    planned_end: at(60),
    ...more,
  }) as Session;

describe('countdown', () => {
  it('counts to the start, then to the end, then over it', () => {
    expect(countdown(session({}), now(-5))).toEqual({ kind: 'starts_in', ms: 300_000 });
    expect(countdown(session({ state: 'lobby' }), now(0))).toEqual({ kind: 'due' });
    expect(countdown(session({ state: 'live' }), now(50))).toEqual({ kind: 'left', ms: 600_000 });
    expect(countdown(session({ state: 'paused' }), now(61))).toEqual({ kind: 'over', ms: 60_000 });
  });
  it('names the time of what is far away or over', () => {
    expect(countdown(session({}), now(-600))).toEqual({ kind: 'starts', at: at(0) });
    expect(countdown(session({ state: 'ended', ended_at: at(55) }), now(70))).toEqual({ kind: 'ended', at: at(55) });
  });
});

describe('lateMinutes', () => {
  const list = (...sessions: Session[]): Record<string, Session> => Object.fromEntries(sessions.map((s) => [s.id, s]));
  const done = session({ id: 'a', state: 'ended', started_at: at(0), ended_at: at(70), ends_at: at(75) });
  const next = session({ id: 'b', planned_start: at(60), starts_at: at(72), planned_end: at(90), ends_at: at(90) });
  it('is how late the session under way ends, else how late the next begins', () => {
    const running = session({ state: 'live', started_at: at(3), ends_at: at(72) });
    expect(lateMinutes(list(running, next))).toBe(12);
    expect(lateMinutes(list(done, next))).toBe(12);
    expect(lateMinutes(list(done))).toBe(0);
    expect(lateMinutes({})).toBe(0);
  });
  it('does not wait for what was passed over', () => {
    const passed = session({ id: 'p', planned_start: at(-30), starts_at: at(-10) });
    expect(lateMinutes(list(passed, done, next))).toBe(12);
  });
});
