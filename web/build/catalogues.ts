import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

// What only a live session says. It comes with that page, so that reading a thread does not wait for it.
const LIVE = /^(delay|floor|held|poll|question|screen|signal|transcript)\./;
// Said of a thread that a question became, and of one's own text that waits for a moderator.
const EVERYWHERE = ['question.from_session', 'question.open_session', 'held.declined', 'held.note', 'held.waits'];

const isLive = (key: string): boolean => LIVE.test(key) && !EVERYWHERE.includes(key);

/** Serves each catalogue in two parts: `virtual:catalogue/en/base` and `virtual:catalogue/en/live`. */
export function catalogues(): Plugin {
  const start = 'virtual:catalogue/';
  return {
    name: 'catalogues',
    resolveId: (id) => (id.startsWith(start) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${start}`)) return null;
      const [locale, part] = id.slice(start.length + 1).split('/');
      const file = new URL(`../src/i18n/${locale}.json`, import.meta.url);
      this.addWatchFile(file.pathname);
      const all = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
      const wanted = all.filter(([key]) => isLive(key) === (part === 'live'));
      // Quicker to parse than an object.
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(wanted)))});`;
    },
  };
}
