// Pure functions that bring posts and threads forward by one log event. Events carry the current view of their
// subject, so applying one twice is harmless.

import type { LogEvent, Post, PostEvent, PublicThread, Thread, ThreadState } from '../kernel/api/types';
import { shows } from '../kernel/live/events';

/** What an event says about a post, if it does. A translation of a post comes with the whole post. */
export function postEvent(event: LogEvent): PostEvent | null {
  if (shows(event, 'post', 'reaction')) return event.data;
  if (shows(event, 'translation') && 'post' in event.data) return event.data.post ?? null;
  return null;
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

/** Keeps the personal part (what was read, whose it is) that events never carry. */
export function upsertThread(old: Thread | undefined, view: PublicThread): Thread {
  const { read_seq = 0, unread = 0, yours = false, seen } = old ?? {};
  return { ...view, read_seq, unread, yours, ...(seen ? { seen } : {}) };
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
