import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from './en.json';
import { guessLang, translate } from './i18n';
import zh from './zh.json';

const base = (keys: string[]): string[] => [...new Set(keys.map((key) => key.split('#')[0]!))].sort();
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();

describe('catalogues', () => {
  it('have the same keys', () => {
    expect(base(Object.keys(zh))).toEqual(base(Object.keys(en)));
  });
  it('have every plural form of their language', () => {
    for (const [name, catalogue, forms] of [
      ['en', en, ['one', 'other']],
      ['zh', zh, ['other']],
    ] as const) {
      const plural = Object.keys(catalogue).filter((key) => key.includes('#'));
      for (const key of base(plural)) {
        const found = plural.filter((p) => p.startsWith(`${key}#`)).map((p) => p.split('#')[1]);
        expect([name, key, found.sort()]).toEqual([name, key, [...forms]]);
      }
    }
  });
  it('have the same holes', () => {
    for (const [key, text] of Object.entries(zh)) {
      const other = (en as Record<string, string>)[key] ?? '';
      const needed = key.includes('#') ? holes(other).filter((h) => h !== 'n') : holes(other);
      const have = key.includes('#') ? holes(text).filter((h) => h !== 'n') : holes(text);
      expect([key, have]).toEqual([key, needed]);
    }
  });
  it('hold no key that nothing uses', () => {
    const source = walk('src')
      .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const patterns = [...source.matchAll(/`([a-z_]+\.[^`\s]*\$\{[^`]*)`/g)].map(
      (m) =>
        new RegExp(
          `^${m[1]!
            .split(/\$\{[^}]*\}/)
            .map((part) => part.replace(/\./g, '\\.'))
            .join('.+')}$`,
        ),
    );
    const unused = base(Object.keys(en)).filter(
      (key) => !source.includes(`'${key}'`) && !patterns.some((p) => p.test(key)),
    );
    expect(unused).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

describe('translate', () => {
  it('chooses the plural form', () => {
    expect(translate(en, 'en', 'thread.count', { n: 1 })).toBe('1 post');
    expect(translate(en, 'en', 'thread.count', { n: 0 })).toBe('0 posts');
    expect(translate(zh, 'zh', 'thread.count', { n: 1 })).toBe('1 条发言');
  });
  it('writes numbers as the language does', () => {
    expect(translate(en, 'en', 'thread.count', { n: 12345 })).toBe('12,345 posts');
  });
  it('leaves an unknown key to the caller', () => {
    expect(translate(en, 'en', 'no.such.key')).toBe('no.such.key');
  });
});

describe('guessLang', () => {
  it.each([
    ['培训算工作时间', 'en', 'zh'],
    ['We accept the first 16 hours.', 'zh', 'en'],
    ['请看 ILO 的公正转型指南', 'en', 'zh'],
    ['The term 公正转型 is used in the guidelines here', 'zh', 'en'],
    ['', 'zh', 'zh'],
  ] as const)('%s', (text, fallback, wanted) => {
    expect(guessLang(text, fallback)).toBe(wanted);
  });
});
