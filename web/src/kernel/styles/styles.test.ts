import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const STYLES = join('src', 'kernel', 'styles');
const read = (file: string): string => readFileSync(file, 'utf8');
const lines = (file: string): number => read(file).split('\n').length - 1;
const sheets = readdirSync(STYLES)
  .filter((name) => name.endsWith('.css'))
  .map((name) => join(STYLES, name));
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !/\.(test|d)\.ts$/.test(name))
  .map((name) => join('src', name));
/** Everything that may name a class, without the styles of components. */
const named = new Set(
  sources.flatMap((file) =>
    read(file)
      .replace(/<style>[\s\S]*?<\/style>/g, '')
      .match(/[a-z][\w-]*/gi),
  ),
);

describe('the shared sheets', () => {
  it.each(sheets)('%s has no class that nothing names', (sheet) => {
    const selectors = read(sheet)
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .match(/[^{}]+(?=\{)/g)!;
    const classes = selectors.flatMap((one) => [...one.matchAll(/\.([a-z][\w-]*)/g)].map((found) => found[1]!));
    expect(classes.filter((one) => !named.has(one))).toEqual([]);
  });
});

it('no sheet and no component has more than 400 lines', () => {
  const long = [...sheets, ...sources].filter((file) => lines(file) > 400);
  expect(long).toEqual([]);
});
