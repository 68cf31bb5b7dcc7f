// An event or a frame that reaches a thousand sockets must not come back as a thousand reads.

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntryKind } from '../kernel/api/types';
import type { SocketLike } from '../kernel/live/socket';

const ROOM = { id: 'r', head_seq: 10, visibility: 'members', may: ['create_post'], counts: {}, post_count: 0 };
const SESSION = { id: 's', room: 'r', thread: 't', state: 'live', starts_at: '1', planned_start: '1' };
const NEXT = { ...SESSION, id: 's2', thread: 't2', state: 'scheduled', starts_at: '2', planned_start: '2' };
const THREAD = { id: 't', room: 'r', kind: 'chat', seq: 1, read_seq: 0, review_first: false, last_post_seq: 0 };
const POST = { id: 'p', thread: 't', seq: 11, revision: 1, author: { constituency: 'workers' }, body_md: '' };
const QUESTION = { id: 'q', session: 's', question: { id: 'q', session: 's' }, others: [], order: [], present: {} };
const POLL = { id: 'poll', session: 's', state: 'open', opened_at: '1', created_at: '1' };
const FLOOR = { session: 's', queue: [], interposed: [], interrupted: [], current: null };
const asked = { id: 'f', speaker: { constituency: 'workers' }, by_desk: false };
const snapshot = (session: object): object => ({
  head_seq: 10,
  session,
  room: ROOM,
  agenda: { items: [SESSION, NEXT], next: null },
  thread: THREAD,
  posts: { items: [], next: null, prev: null, mine: { posts: [], reactions: {} }, head_seq: 10 },
  floor: { ...FLOOR, yours: [] },
  polls: { items: [], next: null },
  questions: { items: [], order: [], present: {}, mine: { asked: [], supported: [] }, head_seq: 10 },
  transcript: { items: [], next: null },
});

/** What each kind carries, and what this client asks for because of it, in the next minutes. */
const KINDS: Record<EntryKind, { data: object; reads?: string[] }> = {
  'room.created': { data: { room: ROOM } },
  'room.edited': { data: { room: { ...ROOM, title: 'Another' } } },
  'room.slowed': { data: { room: { ...ROOM, slow_mode_s: 5 } } },
  // What this member may do is in no event: one read, at a time of its own.
  'room.closed': { data: { room: { ...ROOM, closed: true } }, reads: ['/rooms/r'] },
  'room.reopened': { data: { room: { ...ROOM, closed: false } }, reads: ['/rooms/r'] },
  'member.muted': { data: {}, reads: ['/rooms/r'] },
  'member.unmuted': { data: {}, reads: ['/rooms/r'] },
  'role.granted': { data: { member_id: 'you', role: 'chair' } },
  'role.revoked': { data: { member_id: 'you', role: null } },
  'thread.created': { data: { ...THREAD, id: 't3' } },
  'thread.edited': { data: THREAD },
  'thread.locked': { data: { ...THREAD, locked: true } },
  'thread.unlocked': { data: THREAD },
  'thread.pinned': { data: THREAD },
  'thread.unpinned': { data: THREAD },
  'thread.review_required': { data: { ...THREAD, review_first: true } },
  'thread.review_lifted': { data: THREAD },
  'post.created': { data: POST },
  'post.edited': { data: { ...POST, revision: 2 } },
  'post.hidden': { data: { ...POST, hidden: { reason: 'spam' } } },
  'post.restored': { data: POST },
  'reaction.changed': { data: POST },
  'session.created': { data: { ...NEXT, id: 's3' } },
  'session.edited': { data: SESSION },
  'session.opened': { data: { ...NEXT, state: 'lobby' } },
  'session.withdrawn': { data: NEXT },
  'session.started': { data: SESSION },
  'session.paused': { data: { ...SESSION, state: 'paused' } },
  'session.resumed': { data: SESSION },
  'session.ended': { data: { ...SESSION, state: 'ended' } },
  'session.removed': { data: { id: 's2', removed: true } },
  'question.asked': { data: QUESTION },
  'question.supported': { data: QUESTION },
  'question.unsupported': { data: QUESTION },
  'question.merged': { data: QUESTION },
  'question.unmerged': { data: QUESTION },
  'question.taken': { data: QUESTION },
  'question.answered': { data: QUESTION },
  'question.parked': { data: QUESTION },
  'question.returned': { data: QUESTION },
  'question.continued': { data: QUESTION },
  'question.hidden': { data: QUESTION },
  'question.restored': { data: QUESTION },
  'translation.published': { data: { post: POST } },
  'translation.confirmed': { data: { post: POST } },
  'translation.withdrawn': { data: { question: QUESTION } },
  'transcript.added': { data: { id: 'l', session: 's', seq: 1 } },
  'transcript.removed': { data: { id: 'l', removed: true } },
  // No frame said whether this member may answer.
  'poll.opened': { data: POLL, reads: ['/polls/poll'] },
  'poll.progressed': { data: POLL },
  'poll.voter_added': { data: { ...POLL, added: [{ member: 'other', name: 'A', note: 'B' }] } },
  'poll.closed': { data: { ...POLL, state: 'closed' } },
  'poll.cancelled': { data: { ...POLL, state: 'cancelled' } },
  'agenda.shifted': { data: { sessions: [SESSION, NEXT], delay: null } },
  'floor.configured': { data: FLOOR },
  // It may be this member's, made on another device.
  'floor.requested': { data: { ...FLOOR, queue: [asked] } },
  'floor.withdrawn': { data: FLOOR },
  'floor.passed': { data: FLOOR },
  'floor.given': { data: FLOOR },
  'speech.paused': { data: FLOOR },
  'speech.resumed': { data: FLOOR },
  'speech.ended': { data: FLOOR },
};

class FakeSocket implements SocketLike {
  static last: FakeSocket;
  readyState = 1;
  sent: { type: string; since?: number }[] = [];
  onopen = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose = null;
  onerror = null;
  constructor() {
    FakeSocket.last = this;
  }
  send(data: string): void {
    this.sent.push(JSON.parse(data) as { type: string });
  }
  close(): void {}
  say(...frames: object[]): void {
    this.onmessage?.({ data: frames.map((frame) => JSON.stringify({ room: 'r', ...frame })).join('\n') });
  }
}

let reads: string[];
let model: InstanceType<typeof import('./model.svelte').LiveModel>;
const paths = (call: string): string => call.replace('/api/v1', '');
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const event = (kind: string, data: object): object => ({ type: 'event', seq: 11, kind, at: '', data });

async function open(place: { room?: string; session?: string }): Promise<void> {
  const { LiveModel } = await import('./model.svelte');
  model = new LiveModel(place);
  await model.open();
}

// The first time, all components of the page are compiled.
beforeAll(() => {
  // As the modules find them when they begin.
  vi.stubGlobal('location', { href: 'http://plenary.test/', pathname: '/', search: '' });
  vi.stubGlobal('addEventListener', () => {});
  return import('./model.svelte');
}, 120_000);
beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  reads = [];
  vi.stubGlobal('location', { href: 'http://plenary.test/', protocol: 'http:', pathname: '/', search: '' });
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('document', { documentElement: {}, visibilityState: 'visible' });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('removeEventListener', () => {});
  vi.stubGlobal('fetch', (address: string) => {
    const path = paths(address);
    reads.push(path);
    const found: Record<string, object> = {
      '/rooms/r': { ...ROOM, live_session: SESSION },
      '/sessions/s/snapshot': snapshot(SESSION),
      '/sessions/s2/snapshot': snapshot(NEXT),
      '/polls/poll': { ...POLL, yours: { eligible: false, voted: false } },
    };
    return Promise.resolve(new Response(JSON.stringify(found[path]), { status: found[path] ? 200 : 404 }));
  });
  const { enter } = await import('../kernel/me/me.svelte');
  // There is no place to keep what waits to be sent; it is not needed here.
  await enter({ id: 'me', locale: 'en', status: 'active', constituency: 'workers' } as never).catch(() => {});
  FakeSocket.last.say({ type: 'hello', version: 1, epoch: 'e', heartbeat_s: 25, time: '2026-11-27T10:00:00Z' });
});
afterEach(() => {
  model.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('reads a session once, and subscribes once at its number', async () => {
  await open({ session: 's' });
  expect(reads).toEqual(['/sessions/s/snapshot']);
  const subscribed = FakeSocket.last.sent.filter(({ type }) => type === 'subscribe');
  expect(subscribed).toEqual([{ type: 'subscribe', room: 'r', since: 10, epoch: 'e' }]);
});

it('finds the session of a room by the room', async () => {
  await open({ room: 'r' });
  expect(reads).toEqual(['/rooms/r', '/sessions/s/snapshot']);
});

describe('an event', () => {
  it.each(Object.entries(KINDS))('%s', async (kind, { data, reads: expected = [] }) => {
    await open({ session: 's' });
    reads = [];
    FakeSocket.last.say({ type: 'heartbeat', time: '', heads: {} }, event(kind, data));
    await later(400);
    expect(reads).toEqual([]);
    await later(30_000);
    expect(reads).toEqual(expected);
  });
});

describe('a frame', () => {
  it.each([
    { type: 'presence', hall: 1, online: 2, by_constituency: {} },
    { type: 'typing', thread: 't', constituency: 'workers' },
    { type: 'signal', session: 's', kind: 'slower', from: 'member' },
    { type: 'held', thread: 't' },
    { type: 'heartbeat', time: '', heads: { r: 10 } },
    { type: 'poll', poll: 'poll', eligible: true },
  ])('$type', async (frame) => {
    await open({ session: 's' });
    reads = [];
    FakeSocket.last.say(frame);
    await later(30_000);
    expect(reads).toEqual([]);
  });
});

describe('a poll that opens', () => {
  const frame = { type: 'poll', poll: 'poll', eligible: true };
  const polls = (): { yours: { eligible: boolean } }[] =>
    (model.shown!.panels[2]!.model as unknown as { list: { yours: { eligible: boolean } }[] }).list;

  it.each([
    ['before', [frame, event('poll.opened', POLL)]],
    ['after', [event('poll.opened', POLL), frame]],
  ])('is known by its frame, %s the event', async (_when, frames) => {
    await open({ session: 's' });
    reads = [];
    FakeSocket.last.say(...frames);
    expect(polls()[0]!.yours.eligible).toBe(true);
    await later(60_000);
    expect(reads).toEqual([]);
  });

  it('is read once, at a time of its own, when another device of the member answered it', async () => {
    await open({ session: 's' });
    FakeSocket.last.say(frame, event('poll.opened', POLL));
    reads = [];
    const own = { type: 'own', part: 'poll', id: 'poll' };
    FakeSocket.last.say(own, own, { type: 'own', part: 'support', id: 'nowhere' });
    await later(700);
    expect(reads).toEqual([]);
    await later(60_000);
    expect(reads).toEqual(['/polls/poll']);
  });

  it('asks whom the chair lets in, without a read', async () => {
    await open({ session: 's' });
    FakeSocket.last.say(event('poll.opened', POLL));
    await later(21_000);
    reads = [];
    const added = [{ member: 'me', name: 'Me', note: 'Late' }];
    FakeSocket.last.say({ ...event('poll.voter_added', { ...POLL, added }), seq: 12 });
    expect(polls()[0]!.yours.eligible).toBe(true);
    await later(10_000);
    expect(reads).toEqual([]);
  });

  it('is not asked for any more when it is closed', async () => {
    await open({ session: 's' });
    reads = [];
    FakeSocket.last.say(event('poll.opened', POLL));
    await later(1_900);
    FakeSocket.last.say({ ...event('poll.closed', { ...POLL, state: 'closed' }), seq: 12 });
    await later(60_000);
    expect(reads).toEqual([]);
  });
});

it('goes to the session that begins, at a time of its own', async () => {
  await open({ room: 'r' });
  reads = [];
  FakeSocket.last.say(event('session.ended', { ...SESSION, state: 'ended' }), {
    ...event('session.opened', { ...NEXT, state: 'lobby' }),
    seq: 12,
  });
  expect(model.session?.id).toBe('s2');
  await later(3_000);
  expect(reads).toEqual(['/sessions/s2/snapshot']);
  expect(model.shown?.session).toBe('s2');
});

it('loads the session once after a reset, at a time of its own', async () => {
  await open({ session: 's' });
  reads = [];
  FakeSocket.last.say({ type: 'reset', head: 10 });
  await later(3_000);
  expect(reads).toEqual(['/sessions/s/snapshot']);
});
