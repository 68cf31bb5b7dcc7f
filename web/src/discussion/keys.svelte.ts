// Single keys of a thread. Whoever speaks to the device or leans on the keyboard can switch them off.

export const KEYS = ['j', 'k', 'u', 'n', 'g', 'r', 'q', '?'] as const;
export type ReadingKey = (typeof KEYS)[number];
const STORED = 'plenary.keys';

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

let on = $state(stored());

export const keys = {
  get on(): boolean {
    return on;
  },
  choose(next: boolean): void {
    on = next;
    try {
      localStorage.setItem(STORED, next ? 'on' : 'off');
    } catch {
      // The choice lasts as long as the page.
    }
  },
};

const WRITES = 'input, textarea, select, [contenteditable], dialog, .menu-list';

/** The key that was pressed, unless it was meant for something else. */
export function readingKey(event: KeyboardEvent): ReadingKey | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if ((event.target as Element | null)?.closest?.(WRITES) || document.querySelector('dialog[open]')) return null;
  const key = event.key.toLowerCase() as ReadingKey;
  if (!KEYS.includes(key)) return null;
  // The list of keys, where they are switched on again, always opens.
  return on || key === '?' ? key : null;
}
