import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, get, put } from './client';
import { waitingReads } from './waiting.svelte';

let answers: (() => Response)[];
let asked: number;
const busy = (status: number, retryAfter?: string) => (): Response =>
  new Response('{"error":{"code":"busy"}}', { status, headers: retryAfter ? { 'Retry-After': retryAfter } : {} });
const fine = (): Response => new Response('{"items":[]}');

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  asked = 0;
  vi.stubGlobal('fetch', () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)]!()));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([429, 503])('waits as long as the server says after %i, says so, and goes on', async (status) => {
  answers = [busy(status, '4'), fine];
  const read = get('/rooms');
  await vi.advanceTimersByTimeAsync(4_900);
  expect([asked, waitingReads.any]).toEqual([1, true]);
  await vi.advanceTimersByTimeAsync(200);
  expect(await read).toEqual({ items: [] });
  expect([asked, waitingReads.any]).toEqual([2, false]);
});

it('waits longer each time where the server says nothing, and gives up after a minute', async () => {
  answers = [busy(503)];
  const read = get('/rooms').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await read).toMatchObject({ status: 503 });
  expect(asked).toBe(6);
  expect(waitingReads.any).toBe(false);
});

it('does not wait for what would take longer than that', async () => {
  answers = [busy(429, '600')];
  await expect(get('/rooms')).rejects.toBeInstanceOf(ApiError);
});

it('gives up at once when nobody wants the answer any more', async () => {
  answers = [busy(503, '4')];
  const controller = new AbortController();
  const read = get('/rooms', undefined, { signal: controller.signal }).catch(() => 'given up');
  await vi.advanceTimersByTimeAsync(100);
  controller.abort();
  expect(await read).toBe('given up');
  expect(waitingReads.any).toBe(false);
});

it('tries nothing else again: other errors, and writes', async () => {
  answers = [busy(500)];
  await expect(get('/rooms')).rejects.toMatchObject({ status: 500 });
  answers = [busy(503, '1')];
  await expect(put('/rooms/r/closed', { reason: 'other' })).rejects.toMatchObject({ status: 503 });
  expect(asked).toBe(2);
});
