import { describe, expect, it } from 'vitest';
import type { Post, Thread } from '../kernel/api/types';
import { insertPost, joinPages, sortThreads } from './reducers';

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

describe('insertPost', () => {
  const tree = [
    post('a', 1),
    post('b', 2, { depth: 1, parent_id: 'a' }),
    post('c', 4, { depth: 2, parent_id: 'b' }),
    post('d', 3),
  ];
  const ids = (posts: Post[]): string => posts.map((p) => p.id).join('');

  it('puts a reply behind the last reply of its parent', () => {
    const result = insertPost(tree, post('e', 5, { depth: 1, parent_id: 'a' }), 'tree', false);
    expect(ids(result.posts)).toBe('abced');
  });
  it('leaves a post to the page that will bring it', () => {
    expect(insertPost(tree, post('e', 5), 'tree', true).inserted).toBe(false);
    expect(insertPost(tree, post('e', 5, { parent_id: 'd', depth: 1 }), 'tree', true).inserted).toBe(false);
    expect(insertPost(tree, post('e', 5, { parent_id: 'b', depth: 2 }), 'tree', true).inserted).toBe(true);
  });
  it('sorts by number in chronological order', () => {
    expect(ids(insertPost([post('a', 1), post('c', 9)], post('b', 5), 'seq', false).posts)).toBe('abc');
  });
  it('replaces what is there', () => {
    const result = insertPost(tree, post('b', 2, { revision: 2 }), 'tree', true);
    expect(result.posts).toHaveLength(4);
    expect(result.posts[1]?.revision).toBe(2);
  });
});

describe('lists', () => {
  it('joins pages without repeats', () => {
    expect(joinPages([post('a', 1)], [post('a', 1), post('b', 2)]).map((p) => p.id)).toEqual(['a', 'b']);
  });
  it('puts pinned threads first only by activity', () => {
    const list = [
      thread('old', { pinned: true, last_post_seq: 1, seq: 1 }),
      thread('new', { last_post_seq: 9, seq: 2 }),
    ];
    expect(sortThreads(list, 'activity').map((t) => t.id)).toEqual(['old', 'new']);
    expect(sortThreads(list, 'new').map((t) => t.id)).toEqual(['new', 'old']);
  });
});
