import { describe, expect, it } from 'vitest';
import type { LogEvent, Post, Room, Session, Thread } from '../kernel/api/types';
import { apply, type RoomSnapshot } from './reducers';

const room = {
  id: 'r',
  title: 'Room',
  may: [],
  head_seq: 10,
  thread_count: 1,
  post_count: 2,
  counts: { workers: 2 },
} as unknown as Room;
const thread = (id: string, more: Partial<Thread> = {}): Thread =>
  ({
    id,
    room: 'r',
    kind: 'discussion',
    seq: 1,
    pinned: false,
    post_count: 2,
    last_post_seq: 5,
    counts: { workers: 2 },
    read_seq: 4,
    unread: 1,
    yours: true,
    ...more,
  }) as Thread;
const post = (id: string, seq: number, more: Partial<Post> = {}): Post =>
  ({
    id,
    thread: 't',
    room: 'r',
    seq,
    depth: 0,
    revision: 1,
    author: { constituency: 'employers', confirmed: true },
    created_at: 'c',
    reactions: {},
    ...more,
  }) as Post;
const session = (id: string, state: Session['state'], starts_at: string): Session =>
  ({ id, room: 'r', state, starts_at, planned_start: starts_at }) as Session;
const event = (seq: number, kind: string, data: unknown): LogEvent =>
  ({ room: 'r', seq, kind, at: '', data }) as LogEvent;
const state = (): RoomSnapshot => ({ room, threads: { t: thread('t') }, sessions: {}, posts: {}, seq: 10 });

describe('apply', () => {
  it('counts a new post once', () => {
    const created = event(11, 'post.created', {
      ...post('p', 11),
      thread_state: {
        id: 't',
        post_count: 3,
        last_post_seq: 11,
        last_post_at: 'x',
        counts: { workers: 2, employers: 1 },
      },
    });
    const once = apply(created, state());
    expect(once.room.post_count).toBe(3);
    expect(once.room.counts).toEqual({ workers: 2, employers: 1 });
    expect(once.threads.t).toMatchObject({ post_count: 3, last_post_seq: 11, read_seq: 4, yours: true });
    expect(once.posts.p).not.toHaveProperty('thread_state');
    expect(apply(created, once)).toEqual(once);
  });

  it('does not count again what the snapshot already holds', () => {
    const old = event(9, 'post.created', post('p', 9));
    expect(apply(old, state()).room.post_count).toBe(2);
  });

  it('never goes back to an older revision', () => {
    const newer = apply(event(11, 'post.edited', post('p', 3, { revision: 2, body_md: 'new' })), state());
    const after = apply(event(11, 'post.edited', post('p', 3, { revision: 1, body_md: 'old' })), newer);
    expect(after.posts.p?.body_md).toBe('new');
  });

  it('keeps the personal part of a thread', () => {
    const { read_seq: _r, unread: _u, yours: _y, ...view } = thread('t', { locked: true });
    const after = apply(event(11, 'thread.locked', view), state());
    expect(after.threads.t).toMatchObject({ locked: true, unread: 1, yours: true });
  });

  it('follows sessions and removes them', () => {
    let s = apply(event(11, 'session.created', session('a', 'scheduled', '2026-01-01')), state());
    s = apply(event(12, 'session.started', session('b', 'live', '2026-01-02')), s);
    expect(s.room.live_session?.id).toBe('b');
    expect(s.room.next_session?.id).toBe('a');
    s = apply(event(13, 'session.removed', { id: 'a', room: 'r', removed: true }), s);
    expect(Object.keys(s.sessions)).toEqual(['b']);
    expect(s.room.next_session).toBeNull();
  });

  it('takes a whole agenda with its delay', () => {
    const before = apply(event(11, 'session.created', session('a', 'scheduled', '2026-01-01T09:00:00Z')), state());
    const moved = { ...session('a', 'scheduled', '2026-01-01T09:12:00Z'), planned_start: '2026-01-01T09:00:00Z' };
    const delay = { minutes: 12, reason: 'Sound', at: '' };
    const shifted = event(12, 'agenda.shifted', { room: 'r', delay, late_minutes: 12, sessions: [moved] });
    const after = apply(shifted, before);
    expect(after.sessions).toEqual({ a: moved });
    expect(after.room).toMatchObject({ delay, late_minutes: 12, next_session: moved, head_seq: 12 });
    expect(apply(shifted, after)).toEqual(after);
  });

  it('changes the room', () => {
    const after = apply(
      event(11, 'room.closed', { room: { id: 'r', title: 'New', closed: true, programme: 'uuid' } }),
      state(),
    );
    expect(after.room).toMatchObject({ title: 'New', closed: true, head_seq: 11 });
    expect(after.room.programme).toBeUndefined();
  });
});
