import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Thread } from '../kernel/api/types';

const put = vi.hoisted(() => vi.fn());
vi.mock('../kernel/api/client', () => ({ put }));
vi.mock('../kernel/me/me.svelte', () => ({ me: { member: { id: 'you' } } }));

const { ReadMarks } = await import('./readmarks.svelte');

const opened = (more: Partial<Thread> = {}): Thread => ({ read_seq: 10, unread: 3, ...more }) as Thread;

describe('ReadMarks', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    put.mockReset().mockResolvedValue(undefined);
  });
  afterEach(() => vi.useRealTimers());

  it('knows what was read: up to the mark, and ranges above it', () => {
    const marks = new ReadMarks('t');
    marks.begin(opened({ seen: [[15, 20]] }));
    expect([10, 11, 14, 15, 20, 21].map((seq) => marks.isUnread(seq))).toEqual([false, true, true, false, false, true]);
  });

  it('counts each post of others once, and tells the server which they were', async () => {
    const marks = new ReadMarks('t');
    marks.begin(opened());
    marks.see(30, true);
    marks.see(30, true);
    marks.see(12, false);
    marks.see(9, true);
    expect(marks.left).toBe(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(put.mock.calls).toEqual([['/threads/t/read', { seq: 0, seen: [30, 12] }, { keepalive: true }]]);
    // The line stays where it was.
    expect(marks.opened.has(30)).toBe(false);
  });

  it('tells again what the server did not get, and never more at once than it takes', async () => {
    const marks = new ReadMarks('t');
    marks.begin(opened({ unread: 450 }));
    put.mockRejectedValueOnce(new Error('no network'));
    for (let seq = 11; seq <= 460; seq += 1) marks.see(seq, true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(put).toHaveBeenCalledTimes(1);
    await marks.flush();
    const told = put.mock.calls.slice(1).map((call) => (call[1] as { seen: number[] }).seen);
    expect(told.every((seqs) => seqs.length <= 200)).toBe(true);
    expect(told.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 450 }, (_, n) => n + 11));
    expect(marks.left).toBe(0);
  });

  it('takes back what turns out to be one’s own or is hidden, once', () => {
    const marks = new ReadMarks('t');
    marks.begin(opened());
    marks.arrived();
    marks.dropped(50);
    marks.dropped(50);
    expect(marks.left).toBe(3);
  });

  it('reads a chat up to what was on the screen', async () => {
    const marks = new ReadMarks('t', true);
    marks.begin(opened());
    marks.see(40, true);
    await marks.flush();
    expect(put.mock.calls[0]![1]).toEqual({ seq: 40, seen: [] });
  });
});
