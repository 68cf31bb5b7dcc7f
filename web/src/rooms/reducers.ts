// Pure functions that bring a snapshot forward by one log event. Events carry the current view of their subject, so
// applying one twice is harmless; counters that are derived for a room are guarded by the sequence number.

import { applySessionList } from '../agenda/reducers';
import { applyThreadState, postEvent, upsertPost, upsertThread } from '../discussion/reducers';
import type { LogEvent, Post, PostEvent, Room, Session, Thread } from '../kernel/api/types';
import { isAbout, shows, type EventOf, type ViewOf } from '../kernel/live/events';
import { aheadOf, applyRoom } from '../kernel/live/room';

export interface RoomSnapshot {
  room: Room;
  threads: Record<string, Thread>;
  sessions: Record<string, Session>;
  posts: Record<string, Post>;
  /** Everything up to this number of the room's log is in here. */
  seq: number;
}

export function apply(event: LogEvent, state: RoomSnapshot): RoomSnapshot {
  const post = postEvent(event);
  const fresh = event.seq > state.seq;
  let next = state;
  if (post) next = applyPost(post, next, fresh && event.kind === 'post.created');
  else if (shows(event, 'thread')) next = applyThread(event, next, fresh);
  else if (isAbout(event, 'session')) next = applySession(event, next);
  else if (shows(event, 'agenda')) next = applyAgenda(event, next);
  else next = { ...next, room: applyRoom(event, next.room) };
  const seq = Math.max(next.seq, event.seq);
  return { ...next, seq, room: { ...next.room, head_seq: Math.max(next.room.head_seq, seq) } };
}

function applyPost({ thread_state, ...post }: PostEvent, state: RoomSnapshot, counts: boolean): RoomSnapshot {
  const known = state.threads[post.thread];
  const next = { ...state, posts: { ...state.posts, [post.id]: upsertPost(state.posts[post.id], post) } };
  if (known && thread_state) next.threads = { ...state.threads, [known.id]: applyThreadState(known, thread_state) };
  if (counts) next.room = countPost(state.room, post);
  return next;
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

function applyThread(event: ViewOf<'thread'>, state: RoomSnapshot, fresh: boolean): RoomSnapshot {
  const view = event.data;
  const created = event.kind === 'thread.created' && fresh && view.kind !== 'chat' && !state.threads[view.id];
  return {
    ...state,
    threads: { ...state.threads, [view.id]: upsertThread(state.threads[view.id], view) },
    room: created ? { ...state.room, thread_count: state.room.thread_count + 1 } : state.room,
  };
}

function applySession(event: EventOf<'session'>, state: RoomSnapshot): RoomSnapshot {
  const sessions = applySessionList(event, state.sessions);
  return { ...state, sessions, room: { ...state.room, ...aheadOf(Object.values(sessions)) } };
}

function applyAgenda({ data: view }: ViewOf<'agenda'>, state: RoomSnapshot): RoomSnapshot {
  const sessions = Object.fromEntries(view.sessions.map((session) => [session.id, session]));
  return { ...state, sessions, room: { ...state.room, ...aheadOf(Object.values(sessions)), delay: view.delay } };
}
