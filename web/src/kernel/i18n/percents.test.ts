import { describe, expect, it } from 'vitest';
import { percents } from './percents';

describe('percents', () => {
  it('add up to 100, and each is the share rounded up or down', () => {
    for (let round = 0; round < 2_000; round += 1) {
      const parts = Array.from({ length: 1 + (round % 12) }, (_, at) => (round * 7919 * (at + 3)) % 97);
      const whole = parts.reduce((sum, part) => sum + part, 0);
      const shown = percents(parts);
      expect(shown.reduce((sum, part) => sum + part, 0)).toBe(whole ? 100 : 0);
      parts.forEach((part, at) => expect(Math.abs(shown[at]! - (whole ? (part * 100) / whole : 0))).toBeLessThan(1));
    }
  });

  it('gives what is left over to the largest remainders', () => {
    expect(percents([2, 2, 3])).toEqual([29, 28, 43]);
    expect(percents([2, 2, 2, 1, 1])).toEqual([25, 25, 25, 13, 12]);
    expect(percents([1, 1, 1])).toEqual([34, 33, 33]);
    expect(percents([0, 0])).toEqual([0, 0]);
  });

  it('leaves room for what is not among the parts', () => {
    expect(percents([1, 1], 4)).toEqual([25, 25]);
    expect(percents([1], 3)).toEqual([33]);
  });
});
