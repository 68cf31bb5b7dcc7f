// Where a member follows a room from, as long as the window is open.

import type { Site } from '../kernel/api/types';

const key = (room: string): string => `plenary.site.${room}`;

export function chosenSite(room: string): Site {
  try {
    return sessionStorage.getItem(key(room)) === 'hall' ? 'hall' : 'online';
  } catch {
    return 'online';
  }
}

export function chooseSite(room: string, site: Site): void {
  try {
    sessionStorage.setItem(key(room), site);
  } catch {
    // Asked again next time.
  }
}
