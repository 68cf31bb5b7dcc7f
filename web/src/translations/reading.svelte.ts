// Which text a reader wants where there are two. Chosen once, kept on the device.

export const READING = ['both', 'mine', 'original'] as const;
export type Reading = (typeof READING)[number];
const STORED = 'plenary.reading';

function stored(): Reading {
  try {
    const value = localStorage.getItem(STORED) as Reading | null;
    return value && READING.includes(value) ? value : 'both';
  } catch {
    return 'both';
  }
}

let mode = $state<Reading>(stored());

export const reading = {
  get mode(): Reading {
    return mode;
  },
  choose(next: Reading): void {
    mode = next;
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // The choice lasts as long as the page.
    }
  },
};
