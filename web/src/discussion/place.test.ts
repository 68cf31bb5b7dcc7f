import { describe, expect, it } from 'vitest';
import type { Post } from '../kernel/api/types';
import { targetOf } from './place';

// In the order of replies: 1, 4, 2, 3.
const posts = [
  [10, 1],
  [40, 4],
  [20, 2],
  [30, 3],
].map(([seq, number]) => ({ seq, number, created_at: `2026-11-0${number}T10:00:00Z` }) as Post);
const number = (place: Parameters<typeof targetOf>[1]): number | undefined => targetOf(posts, place)?.number;

describe('targetOf', () => {
  it.each([
    [{ around: 20 }, 2],
    [{ around: 11 }, 2],
    [{ around: 99 }, 4],
    [{ around: 0 }, 1],
    [{ around_number: 3 }, 3],
    [{ around_number: 99 }, 4],
    [{ around_number: 0 }, 1],
    [{ around_time: '2026-11-03T00:00:00Z' }, 3],
    [{ around_time: '2030-01-01T00:00:00Z' }, 4],
    [{ around_time: '1999-01-01T00:00:00Z' }, 1],
    [{ at: 'start' as const }, undefined],
  ])('%j is post %s', (place, wanted) => {
    expect(number(place)).toBe(wanted);
  });

  it('of an empty page is nothing', () => {
    expect(targetOf([], { around: 1 })).toBeNull();
    expect(targetOf([], { around_number: 1 })).toBeNull();
  });
});
