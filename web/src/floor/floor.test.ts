import { describe, expect, it } from 'vitest';
import type { Floor, FloorRequest, LogEvent, Speech } from '../kernel/api/types';
import { applyFloor, balance, elapsed, left, ownRequests, place, shownRequests } from './floor';

const speaker = (constituency: string, id?: string) => ({ id, constituency, confirmed: true });
const request = (id: string, position: number, constituency = 'workers', who?: string): FloorRequest => ({
  id,
  kind: 'contribution',
  speaker: speaker(constituency, who),
  attribution: 'named',
  note: '',
  asked_at: '2026-11-25T08:00:00Z',
  by_desk: false,
  position,
  why: 'asked_first',
});
const speech = (more: Partial<Speech> = {}): Speech => ({
  id: 's1',
  request: 'r1',
  kind: 'contribution',
  speaker: speaker('workers'),
  attribution: 'named',
  note: '',
  by_desk: false,
  started_at: '2026-11-25T08:00:00Z',
  limit_s: 180,
  ran_ms: 20_000,
  running_since: '2026-11-25T08:01:00Z',
  ...more,
});
const share = (constituency: string, weight: number, spoken_ms: number) => ({
  constituency,
  weight,
  spoken_ms,
  speeches: 1,
  waiting: 0,
});
const floor = (more: Partial<Floor> = {}): Floor => ({
  session: 'a',
  open: true,
  limit_s: 180,
  queue: [],
  interposed: [],
  interrupted: [],
  balance: [share('workers', 2, 20_000), share('employers', 2, 60_000), share('un', 1, 0)],
  acts: [],
  ...more,
});
const event = (kind: string, data: unknown): LogEvent => ({ room: 'r', seq: 1, kind, at: '', data }) as LogEvent;
const at = (time: string): number => Date.parse(`2026-11-25T${time}Z`);

describe('the floor', () => {
  it('is replaced by an event of its own session only', () => {
    const [before, after] = [floor(), floor({ open: false })];
    expect(applyFloor(event('floor.configured', after), 'a', before)).toBe(after);
    expect(applyFloor(event('speech.ended', { ...after, session: 'b' }), 'a', before)).toBe(before);
    expect(applyFloor(event('session.ended', { id: 'a' }), 'a', before)).toBe(before);
    expect(applyFloor(event('floor.requested', { id: 'x', removed: true }), 'a', before)).toBe(before);
  });

  it('has a clock that runs, stands and runs over', () => {
    expect(elapsed(speech(), at('08:01:30'))).toBe(50_000);
    expect(left(speech(), at('08:01:30'))).toBe(130_000);
    expect(left(speech(), at('08:05:00'))).toBe(-80_000);
    expect(elapsed(speech({ running_since: undefined }), at('09:00:00'))).toBe(20_000);
    // A phone whose clock is a little behind shows nothing odd.
    expect(elapsed(speech(), at('08:00:59'))).toBe(20_000);
  });

  it('has a balance that moves while somebody speaks', () => {
    const shares = balance(floor({ current: speech() }), at('08:01:40'));
    expect(shares.map((one) => [one.ms, Math.round(one.percent), one.target])).toEqual([
      [60_000, 50, 40],
      [60_000, 50, 40],
      [0, 0, 20],
    ]);
    expect(balance(floor({ balance: [share('un', 0, 0)] }), 0)[0]).toMatchObject({ percent: 0, target: 0 });
  });

  it('knows which requests are mine', () => {
    const view = floor({
      queue: [request('r2', 1), request('r3', 2, 'workers', 'me'), request('r4', 3)],
      current: speech(),
    });
    expect(shownRequests(view)).toEqual(['r2', 'r3', 'r4', 'r1']);
    expect(ownRequests(view, ['r1', 'gone'], 'me')).toEqual(['r3', 'r1']);
    expect(ownRequests(view, [], null)).toEqual([]);
    expect(place(view, ['r1', 'r2'])).toEqual({ is: 'speaking' });
    expect(place(view, ['r2'])).toEqual({ is: 'next' });
    expect(place(view, ['r4'])).toEqual({ is: 'waiting', position: 3 });
    expect(place(view, [])).toBeNull();
  });
});
