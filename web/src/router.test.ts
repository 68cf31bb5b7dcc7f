import { describe, expect, it } from 'vitest';
import { match, safeReturn } from './router';

describe('match', () => {
  it.each([
    ['/', 'home', {}],
    ['/rooms/skills', 'room', { room: 'skills' }],
    ['/rooms/skills/', 'room', { room: 'skills' }],
    ['/rooms/skills/live', 'live', { room: 'skills' }],
    ['/rooms/skills/moderation-log', 'moderation-log', { room: 'skills' }],
    ['/threads/0193', 'thread', { thread: '0193' }],
    ['/rooms/%E5%8D%B0', 'room', { room: '印' }],
    ['/rooms/%', 'not-found', {}],
    ['/nowhere/at/all', 'not-found', {}],
  ])('%s', (path, screen, params) => {
    expect(match(path)).toMatchObject({ screen, params });
  });
  it('keeps the query', () => {
    expect(match('/threads/t', '?post=12').query.get('post')).toBe('12');
  });
});

describe('safeReturn', () => {
  it.each([
    ['/threads/t?post=2', '/threads/t?post=2'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/sign-in?next=/', '/'],
    [null, '/'],
  ])('%s', (given, wanted) => {
    expect(safeReturn(given)).toBe(wanted);
  });
});
