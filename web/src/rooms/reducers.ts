// Pure functions that bring a snapshot forward by one log event. Events carry the current view of their subject, so
// applying one twice is harmless; counters that are derived for a room are guarded by the sequence number.

import { applySessionList, currentSessions } from '../agenda/reducers';
import {
  applyThreadState,
  isPostEvent,
  isThreadEvent,
  unwrapPost,
  upsertPost,
  upsertThread,
  type PostEvent,
} from '../discussion/reducers';
import type { AgendaState, LogEvent, Post, PublicThread, Room, Session, Thread } from '../kernel/api/types';
import { applyRoom, isAgendaEvent, isRoomEvent, isSessionEvent } from '../kernel/live/room';

export interface RoomSnapshot {
  room: Room;
  threads: Record<string, Thread>;
  sessions: Record<string, Session>;
  posts: Record<string, Post>;
  /** Everything up to this number of the room's log is in here. */
  seq: number;
}

export function apply(logged: LogEvent, state: RoomSnapshot): RoomSnapshot {
  const event = unwrapPost(logged);
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

function applyPost(event: LogEvent, state: RoomSnapshot, fresh: boolean): RoomSnapshot {
  const { thread_state, ...post } = event.data as PostEvent;
  const known = state.threads[post.thread];
  const next = { ...state, posts: { ...state.posts, [post.id]: upsertPost(state.posts[post.id], post) } };
  if (known && thread_state) next.threads = { ...state.threads, [known.id]: applyThreadState(known, thread_state) };
  if (fresh && event.kind === 'post.created') next.room = countPost(state.room, post);
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

function applyThread(event: LogEvent, state: RoomSnapshot, fresh: boolean): RoomSnapshot {
  const view = event.data as PublicThread;
  const created = event.kind === 'thread.created' && fresh && !state.threads[view.id];
  return {
    ...state,
    threads: { ...state.threads, [view.id]: upsertThread(state.threads[view.id], view) },
    room: created ? { ...state.room, thread_count: state.room.thread_count + 1 } : state.room,
  };
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
