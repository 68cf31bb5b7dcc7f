import { beforeEach, describe, expect, it } from 'vitest';
import { ServerClock } from './clock';

const MINUTE = 60_000;
/** What the server's clock shows. */
let server = Date.parse('2026-11-25T10:00:00.400Z');
let wrongBy = 0;
const local = (): number => server + wrongBy;
const iso = (at = server): string => new Date(at).toISOString();
const header = (at = server): string => new Date(at).toUTCString();

beforeEach(() => {
  server = Date.parse('2026-11-25T10:00:00.400Z');
  wrongBy = 0;
});

describe('the clock of the server', () => {
  it.each([0, 10 * MINUTE, -10 * MINUTE, 400 * 24 * 60 * MINUTE])('is right on a clock that is %i ms off', (off) => {
    wrongBy = off;
    const clock = new ServerClock(local);
    clock.frame(iso());
    expect(clock.now()).toBe(server);
    server += 40 * MINUTE;
    expect(clock.now()).toBe(server);
  });

  it('knows the time to a second from an answer over HTTP alone', () => {
    wrongBy = -10 * MINUTE;
    const clock = new ServerClock(local);
    const asked = local();
    const date = header(server + 100);
    server += 200;
    clock.answer(date, asked, local());
    expect(Math.abs(clock.now() - server)).toBeLessThan(700);
  });

  it('keeps the exact time when a vague one comes after it', () => {
    wrongBy = 10 * MINUTE;
    const clock = new ServerClock(local);
    clock.frame(iso());
    const exact = clock.offset;
    // A long poll: asked 25 s ago.
    const asked = local();
    server += 25_000;
    clock.answer(header(), asked, local());
    expect(clock.offset).toBe(exact);
    // A better one replaces it.
    clock.frame(iso(server - 20));
    expect(clock.offset).toBe(exact - 20);
  });

  it('notices that the clock of the device was put right', () => {
    wrongBy = 10 * MINUTE;
    const clock = new ServerClock(local);
    clock.frame(iso());
    wrongBy = 0;
    const asked = local();
    clock.answer(header(), asked, asked);
    expect(Math.abs(clock.now() - server)).toBeLessThan(700);
    clock.frame(iso());
    expect(clock.now()).toBe(server);
  });

  it('takes a vague time rather than one of long ago', () => {
    const clock = new ServerClock(local);
    clock.frame(iso());
    server += 10 * MINUTE;
    wrongBy = 300;
    clock.answer(header(), local(), local());
    expect(clock.offset).not.toBe(0);
  });

  it('does without what it cannot read', () => {
    const clock = new ServerClock(local);
    clock.answer(null, local(), local());
    clock.answer('yesterday', local(), local());
    clock.frame('soon');
    expect(clock.offset).toBe(0);
  });
});
