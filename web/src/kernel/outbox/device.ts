// The drafts of this device, and which of its tabs are open.

import { Drafts, type Shelf } from './drafts';
import { uuid } from './uuid';

const shelf: Shelf = {
  keys: () => attempt(() => Object.keys(localStorage)) ?? [],
  get: (key) => attempt(() => localStorage.getItem(key)) ?? null,
  set: (key, value) => attempt(() => (localStorage.setItem(key, value), true)) ?? false,
  remove: (key) => void attempt(() => localStorage.removeItem(key)),
};

/** Storage may be full or forbidden, which must not stop anyone from writing. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const TAB = 'plenary.tab';
const BEAT_MS = 20_000;
/** Browsers let a tab in the background act once a minute. */
const SILENT_MS = 90_000;
const beatOf = (tab: string): string => `${TAB}.${tab}`;
const isAlive = (tab: string): boolean => Date.now() - Number(shelf.get(beatOf(tab)) ?? 0) < SILENT_MS;

/**
 * A tab keeps its name over a reload. While it is open the name is not in its storage, so that a copy of the tab, which
 * begins with a copy of the storage, gets a name of its own.
 */
function begin(): string {
  const tab = attempt(() => sessionStorage.getItem(TAB)) ?? uuid();
  const open = (): void => {
    attempt(() => sessionStorage.removeItem(TAB));
    shelf.set(beatOf(tab), String(Date.now()));
  };
  open();
  setInterval(open, BEAT_MS);
  addEventListener('pageshow', (event) => event.persisted && open());
  addEventListener('pagehide', () => {
    attempt(() => sessionStorage.setItem(TAB, tab));
    shelf.remove(beatOf(tab));
  });
  const gone = shelf.keys().filter((key) => key.startsWith(`${TAB}.`) && !isAlive(key.slice(TAB.length + 1)));
  gone.forEach((key) => shelf.remove(key));
  return tab;
}

export const drafts = new Drafts({ shelf, tab: begin(), isAlive, id: uuid });
globalThis.addEventListener?.(
  'storage',
  (event) => (event.key === null || event.key.startsWith('plenary.text.')) && drafts.tell(),
);
