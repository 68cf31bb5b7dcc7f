import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { TEXTS_FIRST } from './folders.js';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const START = 'virtual:catalogue/';
type Part = 'first' | 'rest';

/** The texts of a folder of src/ in one language; a feature without words has none. */
function read(folder: string, locale: string): Record<string, string> {
  const file = `${SRC}${folder}/${locale}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}

/** The folders whose texts come in this part. */
export function foldersOf(part: Part): string[] {
  const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => TEXTS_FIRST.includes(name) === (part === 'first'));
}

/**
 * Merges the catalogues that lie beside the features. `virtual:catalogue/en/first` has the texts of the folders in
 * TEXTS_FIRST, `virtual:catalogue/en/rest` those of all others.
 */
export function catalogues(): Plugin {
  return {
    name: 'catalogues',
    resolveId: (id) => (id.startsWith(START) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${START}`)) return null;
      const [locale, part] = id.slice(START.length + 1).split('/');
      const texts = {};
      for (const folder of foldersOf(part as Part)) {
        if (existsSync(`${SRC}${folder}/${locale}.json`)) this.addWatchFile(`${SRC}${folder}/${locale}.json`);
        Object.assign(texts, read(folder, locale!));
      }
      // Quicker to parse than an object.
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(texts))});`;
    },
  };
}
