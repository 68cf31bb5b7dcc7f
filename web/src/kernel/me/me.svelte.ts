import { ApiError, get, post, whenSignedOut } from '../api/client';
import type { Installation, Me } from '../api/types';
import { i18n, setLocale } from '../i18n/i18n.svelte';
import { live } from '../live/live.svelte';
import { outbox } from '../outbox/outbox.svelte';
import { installation, setInstallation } from './installation.svelte';

let member = $state.raw<Me | null>(null);
/** The member is as this device remembers it; the server was not asked yet. */
let remembered = $state(false);
/** `ended` says why the member was signed out: the sign-in is over, or the account was banned. */
let ended = $state<'expired' | 'banned' | null>(null);

/** Who is signed in. */
export const me = {
  get member(): Me | null {
    return member;
  },
  get remembered(): boolean {
    return remembered;
  },
  get ended(): 'expired' | 'banned' | null {
    return ended;
  },
};

export async function loadMe(): Promise<void> {
  try {
    const [place, answer] = await Promise.all([
      get('/installation'),
      get('/me').catch((error: unknown) => {
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
        throw error;
      }),
    ]);
    setInstallation(place);
    remembered = false;
    if (answer) await enter(answer);
    else if (member) leave('expired');
    else forget();
  } catch (error) {
    const known = error instanceof ApiError && error.status === 0 && !member ? recall() : null;
    if (!known) throw error;
    setInstallation(known.installation);
    remembered = true;
    await enter(known.me);
  }
}

// Who is signed in on this device: without a network the page can still show what waits to be sent.
const STORED = 'plenary.session';

function recall(): { installation: Installation; me: Me } | null {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? 'null') as { installation: Installation; me: Me } | null;
  } catch {
    return null;
  }
}

function remember(): void {
  try {
    localStorage.setItem(STORED, JSON.stringify({ installation: installation.current, me: member }));
  } catch {
    // Without storage there is no page without a network.
  }
}

function forget(): void {
  try {
    localStorage.removeItem(STORED);
  } catch {
    // Nothing was stored.
  }
}

/** A member is known: after the first load, after signing in, after registering. */
export async function enter(found: Me): Promise<void> {
  member = found;
  ended = null;
  if (!remembered) remember();
  if (found.locale !== i18n.locale) await setLocale(found.locale);
  if (found.status === 'active') live.start();
  await outbox.open(found.id);
}

export function updateMe(found: Me): void {
  const confirmed = member?.status === 'pending' && found.status === 'active';
  member = found;
  if (confirmed) live.start();
}

export async function signOut(): Promise<void> {
  await post('/sign-out').catch(() => {});
  leave(null);
}

function leave(why: 'expired' | 'banned' | null): void {
  live.stop();
  outbox.close();
  forget();
  member = null;
  ended = why;
}

whenSignedOut(() => member && leave('expired'));
live.onEnd((code) => member && leave(code === 4503 ? 'banned' : 'expired'));
