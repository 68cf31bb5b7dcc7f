// Pure functions that bring a snapshot forward by one log event. Events carry the current view of their subject, so
// applying one twice is harmless; counters that are derived for a room are guarded by the sequence number.

import type { AgendaState, LogEvent, Post, PublicThread, Room, Session, Thread, ThreadState } from '../api/types';

export interface RoomSnapshot {
  room: Room;
  threads: Record<string, Thread>;
  sessions: Record<string, Session>;
  posts: Record<string, Post>;
  /** Everything up to this number of the room's log is in here. */
  seq: number;
}

export type PostEvent = Post & { thread_state?: ThreadState };

const THREAD = /^thread\./;
const POST = /^(post\.|reaction\.)/;
const SESSION = /^session\./;
const AGENDA = /^agenda\./;
const ROOM = /^room\./;

export function isPostEvent(event: LogEvent): boolean {
  return POST.test(event.kind);
}
export function isThreadEvent(event: LogEvent): boolean {
  return THREAD.test(event.kind);
}
export function isSessionEvent(event: LogEvent): boolean {
  return SESSION.test(event.kind);
}
/** The whole agenda with its delay. */
export function isAgendaEvent(event: LogEvent): boolean {
  return AGENDA.test(event.kind);
}
export function isRoomEvent(event: LogEvent): boolean {
  return ROOM.test(event.kind);
}

/** Kinds after which what this member may do, or the room's own counters, have to be fetched again. */
export function needsRoom(event: LogEvent, me: string | null): boolean {
  if (event.kind === 'member.muted' || event.kind === 'member.unmuted') return true;
  if (event.kind === 'room.closed' || event.kind === 'room.reopened' || event.kind === 'room.edited') return true;
  if (event.kind === 'role.granted' || event.kind === 'role.revoked') {
    return (event.data as { member_id?: string }).member_id === me;
  }
  return false;
}

export function apply(event: LogEvent, state: RoomSnapshot): RoomSnapshot {
  const fresh = event.seq > state.seq;
  let next = state;
  if (isPostEvent(event)) next = applyPost(event, next, fresh);
  else if (isThreadEvent(event)) next = applyThread(event, next, fresh);
  else if (isSessionEvent(event)) next = applySession(event, next);
  else if (isAgendaEvent(event)) next = applyAgenda(event, next);
  else if (isRoomEvent(event)) next = { ...next, room: applyRoom(event, next.room) };
  const seq = Math.max(next.seq, event.seq);
  return { ...next, seq, room: { ...next.room, head_seq: Math.max(next.room.head_seq, seq) } };
}

export function applyRoom(event: LogEvent, room: Room): Room {
  const view = (event.data as { room?: Partial<Room> & { programme?: unknown } }).room;
  if (!view) return room;
  const { programme: _programme, ...facts } = view;
  return { ...room, ...(facts as Partial<Room>) };
}

function applyPost(event: LogEvent, state: RoomSnapshot, fresh: boolean): RoomSnapshot {
  const { thread_state, ...post } = event.data as PostEvent;
  const known = state.threads[post.thread];
  const next = { ...state, posts: { ...state.posts, [post.id]: upsertPost(state.posts[post.id], post) } };
  if (known && thread_state) next.threads = { ...state.threads, [known.id]: applyThreadState(known, thread_state) };
  if (fresh && event.kind === 'post.created') next.room = countPost(state.room, post);
  return next;
}

/** An older revision never replaces a newer one; hiding and reactions leave the revision as it is. */
export function upsertPost(old: Post | undefined, post: Post): Post {
  if (old && old.revision > post.revision) return old;
  return post;
}

export function applyThreadState<T extends PublicThread>(thread: T, state: ThreadState): T {
  if (state.id !== thread.id || state.last_post_seq < thread.last_post_seq) return thread;
  const { post_count, last_post_seq, last_post_at, counts } = state;
  return { ...thread, post_count, last_post_seq, last_post_at, counts };
}

function countPost(room: Room, post: Post): Room {
  const side = post.author.constituency;
  return {
    ...room,
    post_count: room.post_count + 1,
    last_post_at: post.created_at,
    counts: { ...room.counts, [side]: (room.counts[side] ?? 0) + 1 },
  };
}

/** Keeps the personal part (what was read, whose it is) that events never carry. */
export function upsertThread(old: Thread | undefined, view: PublicThread): Thread {
  const personal = old ?? { read_seq: 0, unread: 0, yours: false };
  return { ...view, read_seq: personal.read_seq, unread: personal.unread, yours: personal.yours };
}

function applyThread(event: LogEvent, state: RoomSnapshot, fresh: boolean): RoomSnapshot {
  const view = event.data as PublicThread;
  const created = event.kind === 'thread.created' && fresh && !state.threads[view.id];
  return {
    ...state,
    threads: { ...state.threads, [view.id]: upsertThread(state.threads[view.id], view) },
    room: created ? { ...state.room, thread_count: state.room.thread_count + 1 } : state.room,
  };
}

export function applySessionList(event: LogEvent, sessions: Record<string, Session>): Record<string, Session> {
  const data = event.data as Session | { id: string; removed: true };
  if ('removed' in data && data.removed) {
    const { [data.id]: _gone, ...rest } = sessions;
    return rest;
  }
  const session = data as Session;
  return { ...sessions, [session.id]: session };
}

function applySession(event: LogEvent, state: RoomSnapshot): RoomSnapshot {
  const sessions = applySessionList(event, state.sessions);
  return { ...state, sessions, room: { ...state.room, ...currentSessions(sessions) } };
}

function applyAgenda(event: LogEvent, state: RoomSnapshot): RoomSnapshot {
  const view = event.data as AgendaState;
  const sessions = Object.fromEntries(view.sessions.map((session) => [session.id, session]));
  return { ...state, sessions, room: { ...state.room, ...currentSessions(sessions), delay: view.delay } };
}

/** How late the session under way ends, else how late the first after all that began begins: as the server counts. */
export function lateMinutes(sessions: Record<string, Session>): number {
  const plan = Object.values(sessions).sort(
    (a, b) => a.planned_start.localeCompare(b.planned_start) || a.id.localeCompare(b.id),
  );
  const minutes = (now: string, planned: string): number =>
    Math.max(0, Math.trunc((Date.parse(now) - Date.parse(planned)) / 60_000));
  const running = plan.find((s) => s.started_at && s.state !== 'ended');
  if (running) return minutes(running.ends_at, running.planned_end);
  const next = plan[plan.findLastIndex((s) => s.started_at) + 1];
  return next ? minutes(next.starts_at, next.planned_start) : 0;
}

const RUNNING = new Set(['lobby', 'live', 'paused']);

/** The session under way and the one after it. */
export function currentSessions(
  sessions: Record<string, Session>,
): Pick<Room, 'live_session' | 'next_session' | 'late_minutes'> {
  const ordered = agenda(sessions);
  return {
    live_session:
      ordered.find((s) => s.state === 'live' || s.state === 'paused') ??
      ordered.find((s) => RUNNING.has(s.state)) ??
      null,
    next_session: ordered.find((s) => s.state === 'scheduled') ?? null,
    late_minutes: lateMinutes(sessions),
  };
}

export function agenda(sessions: Record<string, Session> | Session[]): Session[] {
  return Object.values(sessions).sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
}

/** Threads as a room lists them: pinned first, then by last activity or by age. */
export function sortThreads(threads: Thread[], sort: 'activity' | 'new'): Thread[] {
  return [...threads].sort((a, b) => {
    if (sort === 'activity' && a.pinned !== b.pinned) return a.pinned ? -1 : 1;
    return sort === 'activity' ? b.last_post_seq - a.last_post_seq : b.seq - a.seq;
  });
}

export type InsertResult = { posts: Post[]; inserted: boolean };

/**
 * Puts a new post where the open pages would show it. It is left out when its place lies on a page that is not loaded
 * yet, since that page will bring it.
 */
export function insertPost(posts: Post[], post: Post, order: 'tree' | 'seq', hasMore: boolean): InsertResult {
  const at = posts.findIndex((p) => p.id === post.id);
  if (at >= 0) {
    const copy = [...posts];
    copy[at] = upsertPost(copy[at], post);
    return { posts: copy, inserted: true };
  }
  if (order === 'seq' || !post.parent_id) {
    if (hasMore) return { posts, inserted: false };
    return { posts: order === 'seq' ? bySeq([...posts, post]) : [...posts, post], inserted: true };
  }
  const parent = posts.findIndex((p) => p.id === post.parent_id);
  if (parent < 0) return { posts: hasMore ? posts : [...posts, post], inserted: !hasMore };
  const depth = posts[parent]!.depth;
  let end = parent + 1;
  while (end < posts.length && posts[end]!.depth > depth) end += 1;
  if (end === posts.length && hasMore) return { posts, inserted: false };
  return { posts: [...posts.slice(0, end), post, ...posts.slice(end)], inserted: true };
}

function bySeq(posts: Post[]): Post[] {
  return posts.sort((a, b) => a.seq - b.seq);
}

/** Joins two pages, newest copy of a post wins, order of the list is kept. */
export function joinPages(first: Post[], second: Post[]): Post[] {
  const known = new Set(first.map((post) => post.id));
  return [...first, ...second.filter((post) => !known.has(post.id))];
}
