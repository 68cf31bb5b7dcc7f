import { tick } from 'svelte';
import { look, Places, settle, type Place } from './places';
import { address, type Address } from './router';

let current = $state.raw<Address>(address(location.pathname, location.search, location.hash));

let attempt = $state(0);
/** The entry of the history that is open, and where its reader was when it was left. */
let entry = '';
let returning = $state.raw<Place | null>(null);
let page: Place['page'] = {};
let stopSettling: (() => void) | null = null;
let saving: ReturnType<typeof setTimeout> | undefined;
const places = new Places(tabStorage());

export const route = {
  /** Grows when the page shall be opened anew although the address stays. */
  get attempt(): number {
    return attempt;
  },
  get current(): Address {
    return current;
  },
  /** The whole address, as a place to come back to. */
  get here(): string {
    return current.path + (current.query.size > 0 ? `?${current.query}` : '') + current.hash;
  },
  /** Where the reader was when this entry of the history was left; null for one that is new. */
  get returning(): Place | null {
    return returning;
  },
};

/** Keeps with the entry of the history that is open what its page needs to be as it was. */
export function keepPage(kept: Place['page']): void {
  page = kept;
  save();
}

function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** What bars at the top of the window cover. */
function line(): number {
  return parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
}

function save(): void {
  clearTimeout(saving);
  // While the place is still being looked for, the window stands somewhere else.
  if (!entry || stopSettling) return;
  places.set(entry, { ...look(line()), page });
}

function open(next: string): void {
  stopSettling?.();
  clearTimeout(saving);
  entry = next;
  page = {};
  returning = null;
}

const newEntry = (): string => Math.random().toString(36).slice(2);
const entryOf = (state: unknown): string | null => (state as { entry?: string } | null)?.entry ?? null;

export async function go(to: string, replace = false): Promise<void> {
  save();
  open(newEntry());
  if (replace) history.replaceState({ entry }, '', to);
  else history.pushState({ entry }, '', to);
  current = address(location.pathname, location.search, location.hash);
  await tick();
}

/** Opens the present page once more, without loading the page: offline that would lose it. */
export function again(): void {
  attempt += 1;
}

function returnTo(next: string): void {
  open(next);
  const place = places.get(next);
  if (!place) return;
  page = place.page;
  returning = place;
  stopSettling = settle(place, () => {
    stopSettling = null;
    save();
  });
}

function followPlaces(): void {
  history.scrollRestoration = 'manual';
  const known = entryOf(history.state);
  if (known) returnTo(known);
  else {
    open(newEntry());
    history.replaceState({ entry }, '');
  }
  document.addEventListener(
    'scroll',
    () => {
      clearTimeout(saving);
      saving = setTimeout(save, 150);
    },
    { passive: true },
  );
  addEventListener('pagehide', save);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && save());
}

export function startRouter(): void {
  followPlaces();
  window.addEventListener('popstate', () => {
    // The page that is left is still there.
    save();
    const next = entryOf(history.state);
    if (next) returnTo(next);
    else {
      // A link inside the page: it is the page that it was.
      entry = newEntry();
      history.replaceState({ entry }, '');
    }
    current = address(location.pathname, location.search, location.hash);
  });
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/')) return;
    // A link inside the page, e.g. "Skip to content", is the browser's business.
    if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
    event.preventDefault();
    void go(link.pathname + link.search + link.hash);
  });
}
