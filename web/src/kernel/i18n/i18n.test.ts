import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldersOf } from '../../../build/catalogues';
import { MAY_NAME, MAY_NAME_ALL, mayImport, TEXTS_FIRST } from '../../../build/folders.js';
import { guessLang, translate } from './i18n';

const FOLDERS = [...foldersOf('first'), ...foldersOf('rest')];
const texts = (folder: string, locale: string): Record<string, string> => {
  const file = join('src', folder, `${locale}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
};
const merged = (locale: string): Record<string, string> =>
  Object.assign({}, ...FOLDERS.map((folder) => texts(folder, locale))) as Record<string, string>;
const en = merged('en');
const zh = merged('zh');
const base = (keys: string[]): string[] => [...new Set(keys.map((key) => key.split('#')[0]!))].sort();
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();

describe('catalogues', () => {
  it('have the same keys in each folder', () => {
    for (const folder of FOLDERS) {
      expect([folder, base(Object.keys(texts(folder, 'zh')))]).toEqual([
        folder,
        base(Object.keys(texts(folder, 'en'))),
      ]);
    }
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
  it('name each text in one folder', () => {
    const all = FOLDERS.flatMap((folder) => Object.keys(texts(folder, 'en')));
    expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([]);
  });
  it('lie beside what uses them', () => {
    for (const folder of FOLDERS) {
      const may = FOLDERS.filter((one) => mayImport(folder, one));
      const known = new Set(may.flatMap((one) => base(Object.keys(texts(one, 'en')))));
      const said = [...source(folder).matchAll(/\bt\('([^']+)'/g)].map((found) => found[1]!);
      expect([folder, said.filter((key) => !known.has(key))]).toEqual([folder, []]);
    }
  });
  it('come first wherever a folder that comes first names them', () => {
    const named = TEXTS_FIRST.filter((folder) => !MAY_NAME_ALL.includes(folder)).flatMap(
      (folder) => MAY_NAME[folder] ?? [],
    );
    expect(named.filter((folder) => !TEXTS_FIRST.includes(folder))).toEqual([]);
  });
  it('hold no key that their folder and those that may name it do not use', () => {
    for (const folder of FOLDERS) {
      const users = FOLDERS.filter((one) => mayImport(one, folder));
      const code = users.map(source).join('\n');
      const patterns = [...code.matchAll(/`([a-z_]+\.[^`\s]*\$\{[^`]*)`/g)].map(
        (m) =>
          new RegExp(
            `^${m[1]!
              .split(/\$\{[^}]*\}/)
              .map((part) => part.replace(/\./g, '\\.'))
              .join('.+')}$`,
          ),
      );
      const unused = base(Object.keys(texts(folder, 'en'))).filter(
        (key) => !code.includes(`'${key}'`) && !patterns.some((p) => p.test(key)),
      );
      expect([folder, unused]).toEqual([folder, []]);
    }
  });
});

const sources = new Map<string, string>();
/** All code of a folder. */
function source(folder: string): string {
  const code =
    sources.get(folder) ??
    walk(join('src', folder))
      .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
  sources.set(folder, code);
  return code;
}

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

describe('folders', () => {
  it('name only those above them in the list', () => {
    const order = Object.keys(MAY_NAME);
    for (const [at, folder] of order.entries()) {
      expect([folder, MAY_NAME[folder]!.filter((one) => !order.slice(0, at).includes(one))]).toEqual([folder, []]);
    }
  });
});
