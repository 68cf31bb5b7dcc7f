// Where the reader was in each entry of the browser's history, so that Back, Forward and a reload return there: to the
// same row or post, not to so many pixels of a page that has grown.

export interface Place {
  /** The first element with a `data-anchor` that could be seen, and how far below the top of the window it stood. */
  anchor: string | null;
  top: number;
  y: number;
  /** What the page itself needs to be as it was, such as how many rows of a list were open. */
  page: Record<string, string | number>;
}

const STORED = 'plenary.places';
const KEPT = 60;

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

/** The places of the entries of one tab. They live as long as the tab, through reloads. */
export class Places {
  private places: Map<string, Place>;

  constructor(private storage: Storage | null) {
    this.places = new Map(read(storage));
  }

  get(entry: string): Place | null {
    return this.places.get(entry) ?? null;
  }

  set(entry: string, place: Place): void {
    // What was touched last is kept longest.
    this.places.delete(entry);
    this.places.set(entry, place);
    for (const oldest of this.places.keys()) {
      if (this.places.size <= KEPT) break;
      this.places.delete(oldest);
    }
    try {
      this.storage?.setItem(STORED, JSON.stringify([...this.places]));
    } catch {
      // Without storage, Back still works; only a reload begins at the top.
    }
  }
}

function read(storage: Storage | null): [string, Place][] {
  try {
    const found: unknown = JSON.parse(storage?.getItem(STORED) ?? '[]');
    return Array.isArray(found) ? (found as [string, Place][]) : [];
  } catch {
    return [];
  }
}

/** Where the window stands. `line` is the height that bars at the top cover. */
export function look(line: number): Pick<Place, 'anchor' | 'top' | 'y'> {
  for (const element of document.querySelectorAll<HTMLElement>('[data-anchor]')) {
    const box = element.getBoundingClientRect();
    if (box.bottom > line && box.height > 0)
      return { anchor: element.dataset.anchor!, top: box.top, y: window.scrollY };
  }
  return { anchor: null, top: 0, y: window.scrollY };
}

const GIVE_UP = 8_000;
const STEADY = 700;
const SIGNS = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scrolls to a place as soon as it is on the page, and holds it there while what is above grows to its true height.
 * Whoever scrolls or types meanwhile is left alone. `done` is called once.
 */
export function settle(place: Place, done: () => void): () => void {
  const start = performance.now();
  let since: number | null = null;
  let frame = 0;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    cancelAnimationFrame(frame);
    SIGNS.forEach((sign) => removeEventListener(sign, end, true));
    done();
  };
  const step = (): void => {
    const now = performance.now();
    const shift = distance(place);
    if (shift !== null) {
      since ??= now;
      if (Math.abs(shift) > 1) {
        since = now;
        window.scrollBy({ top: shift, behavior: 'instant' });
      }
    }
    if ((since !== null && now - since > STEADY) || now - start > GIVE_UP) return end();
    frame = requestAnimationFrame(step);
  };
  SIGNS.forEach((sign) => addEventListener(sign, end, { capture: true, passive: true }));
  frame = requestAnimationFrame(step);
  return end;
}

/** How far the window stands from a place; null while that is not on the page. */
function distance(place: Place): number | null {
  if (place.anchor !== null) {
    const element = document.querySelector(`[data-anchor="${CSS.escape(place.anchor)}"]`);
    return element ? element.getBoundingClientRect().top - place.top : null;
  }
  const room = document.documentElement.scrollHeight - window.innerHeight;
  return room >= place.y ? place.y - window.scrollY : null;
}
