import { describe, expect, it } from 'vitest';
import { address, match, safeReturn, signInFrom } from './router';

const PAGES = ['/', '/rooms/:room', '/rooms/:room/live', '/rooms/:room/moderation-log', '/threads/:thread'].map(
  (path) => ({
    path,
  }),
);
const at = (path: string) => match(PAGES, address(path).path);

describe('match', () => {
  it.each([
    ['/', '/', {}],
    ['/rooms/skills', '/rooms/:room', { room: 'skills' }],
    ['/rooms/skills/', '/rooms/:room', { room: 'skills' }],
    ['/rooms/skills/live', '/rooms/:room/live', { room: 'skills' }],
    ['/rooms/skills/moderation-log', '/rooms/:room/moderation-log', { room: 'skills' }],
    ['/threads/0193', '/threads/:thread', { thread: '0193' }],
    ['/rooms/%E5%8D%B0', '/rooms/:room', { room: '印' }],
  ])('%s', (path, pattern, params) => {
    expect(at(path)).toEqual({ page: { path: pattern }, params });
  });
  it.each(['/rooms/%', '/nowhere/at/all'])('finds no page for %s', (path) => {
    expect(at(path)).toBeNull();
  });
  it('keeps the query', () => {
    expect(address('/threads/t', '?post=12').query.get('post')).toBe('12');
  });
});

describe('signInFrom', () => {
  it.each([
    ['/threads/t?post=2#reply', '/sign-in?next=%2Fthreads%2Ft%3Fpost%3D2%23reply'],
    ['/rooms/%E5%8D%B0', '/sign-in?next=%2Frooms%2F%25E5%258D%25B0'],
    ['/', '/sign-in'],
    ['/sign-in?next=/rooms/a', '/sign-in'],
  ])('keeps %s whole', (here, wanted) => {
    expect(signInFrom(here)).toBe(wanted);
  });
  it('is understood on the other side', () => {
    const query = new URLSearchParams(signInFrom('/threads/t?post=2&x=%26#a').split('?')[1]);
    expect(safeReturn(query.get('next'))).toBe('/threads/t?post=2&x=%26#a');
  });
});

describe('safeReturn', () => {
  it.each([
    ['/threads/t?post=2', '/threads/t?post=2'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/\n/evil.example', '/'],
    ['/..//evil.example', '/'],
    ['/./sign-in', '/'],
    ['\t//evil.example', '/'],
    ['/rooms/印?a=1#p', '/rooms/%E5%8D%B0?a=1#p'],
    ['/sign-in?next=/', '/'],
    [null, '/'],
  ])('%s', (given, wanted) => {
    expect(safeReturn(given)).toBe(wanted);
  });
});
