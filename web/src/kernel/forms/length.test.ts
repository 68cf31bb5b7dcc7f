import { expect, it } from 'vitest';
import { characters } from './length';

it.each([
  ['', 0],
  ['  both ends \n', 9],
  ['工作时间', 4],
  ['𠮷野家', 3],
  ['👍🏽', 2],
  ['👩‍👩‍👧', 5],
  ['e\u0301', 2],
  ['\u3000全角\u3000', 2],
  ['\ufeffx', 2],
])('%j has as many characters as the server counts', (text, wanted) => {
  expect(characters(text)).toBe(wanted);
});
