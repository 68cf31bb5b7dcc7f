import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { Outbox, type OutboxItem } from './outbox';
import { memoryStore } from './store';

const item = (id: string, more: Partial<OutboxItem> = {}): OutboxItem => ({
  client_id: id,
  member: 'm',
  kind: 'post',
  room: 'r',
  thread: 't',
  place: 'Thread',
  href: '/threads/t',
  payload: { body: `text ${id}`, lang: 'en', attribution: 'named' },
  created_at: `2026-11-23T10:00:0${id}Z`,
  state: 'waiting',
  ...more,
});

let answers: (() => Promise<unknown>)[];
let sent: string[];
let items: OutboxItem[];
let store: ReturnType<typeof memoryStore>;
let outbox: Outbox;

beforeEach(async () => {
  vi.useFakeTimers();
  answers = [];
  sent = [];
  store = memoryStore();
  outbox = new Outbox({
    store,
    random: () => 1,
    send: (one) => {
      sent.push(one.client_id);
      return (answers.shift() ?? (() => Promise.resolve({ id: one.client_id })))();
    },
  });
  outbox.onChange((list) => (items = list));
  await outbox.open('m');
});
afterEach(() => {
  outbox.close();
  vi.useRealTimers();
});

const network = (): Promise<never> => Promise.reject(new ApiError(0, 'network', ''));
const refuse =
  (status: number, code: string, wait: number | null = null) =>
  (): Promise<never> =>
    Promise.reject(new ApiError(status, code, '', {}, wait));

describe('outbox', () => {
  it('sends, tells and forgets', async () => {
    const seen: string[] = [];
    outbox.onSent((one) => seen.push(one.client_id));
    await outbox.add(item('1'));
    await outbox.flush();
    expect(seen).toEqual(['1']);
    expect(items).toEqual([]);
    expect(await store.all('m')).toEqual([]);
  });

  it('keeps the text and tries again with the same client id', async () => {
    answers = [network, network];
    await outbox.add(item('1'));
    await outbox.flush();
    expect((await store.all('m'))[0]?.payload.body).toBe('text 1');
    await vi.advanceTimersByTimeAsync(2_000);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(sent).toEqual(['1', '1', '1']);
    expect(items).toEqual([]);
  });

  it('keeps the order of one thread', async () => {
    answers = [network];
    await outbox.add(item('1'));
    await outbox.add(item('2'));
    await outbox.flush();
    expect(sent).toEqual(['1']);
    await outbox.flush();
    expect(sent).toEqual(['1', '1', '2']);
  });

  it('keeps a refused text as failed and goes on', async () => {
    answers = [refuse(409, 'thread_locked')];
    await outbox.add(item('1'));
    await outbox.add(item('2', { thread: 'other' }));
    await outbox.flush();
    await outbox.flush();
    expect(items.map((one) => [one.client_id, one.state, one.error?.code])).toEqual([['1', 'failed', 'thread_locked']]);
    expect(sent).toEqual(['1', '2']);
    expect((await outbox.take('1'))?.payload.body).toBe('text 1');
    expect(items).toEqual([]);
  });

  it('waits as long as slow mode asks: the room keeps the order of writing, other rooms go on', async () => {
    answers = [refuse(429, 'slow_mode', 30)];
    await outbox.add(item('1'));
    await outbox.flush();
    await outbox.add(item('2', { thread: 'another of the same room' }));
    await outbox.add(item('3', { room: 'other' }));
    await outbox.flush();
    await outbox.flush();
    expect(sent).toEqual(['1', '3']);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sent).toEqual(['1', '3', '1', '2']);
  });

  it('keeps the order over a restart, although the clock stood still or was set back', async () => {
    answers = [network];
    const at = (hour: number): string => `2026-11-23T${hour}:00:00Z`;
    await outbox.add(item('3', { created_at: at(12) }));
    await outbox.add(item('1', { created_at: at(12) }));
    await outbox.add(item('2', { created_at: at(11) }));
    await outbox.flush();
    outbox.close();
    sent.length = 0;
    await outbox.open('m');
    await outbox.flush();
    expect(sent).toEqual(['3', '1', '2']);
  });

  it('sends what is added at the very end of a run', async () => {
    outbox.onSettled(() => sent.length === 1 && void outbox.add(item('2')));
    await outbox.add(item('1'));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['1', '2']);
  });

  it('sends nothing that another tab has taken out, and nothing while somebody else is signed in', async () => {
    answers = [network];
    await outbox.add(item('1'));
    await outbox.add(item('2'));
    await outbox.flush();
    await store.take('1');
    let who = 'somebody else';
    const later = new Outbox({
      store,
      send: (one) => Promise.resolve(sent.push(one.client_id)),
      isSignedIn: (m) => m === who,
    });
    sent.length = 0;
    await later.open('m');
    await later.flush();
    expect(sent).toEqual([]);
    who = 'm';
    await later.flush();
    expect(sent).toEqual(['2']);
    later.close();
  });

  it('sends what was refused once more when it is asked to', async () => {
    answers = [refuse(409, 'thread_locked')];
    await outbox.add(item('1'));
    await outbox.flush();
    await outbox.retry(items[0]!);
    await outbox.flush();
    expect([sent, items]).toEqual([['1', '1'], []]);
  });

  it('waits for the member to sign in again', async () => {
    answers = [refuse(401, 'not_signed_in')];
    await outbox.add(item('1'));
    await outbox.flush();
    expect(items[0]?.state).toBe('waiting');
  });

  it('shows each member only their own', async () => {
    answers = [network];
    await outbox.add(item('1'));
    await outbox.flush();
    outbox.close();
    await outbox.open('someone-else');
    expect(items).toEqual([]);
  });
});
