import { ApiError, get, post, whenSignedOut } from '../api/client';
import type { Installation, Me } from '../api/types';
import { i18n, setLocale } from '../i18n/i18n.svelte';
import { live } from '../live/live.svelte';
import { outbox, SIGNED_IN } from '../outbox/outbox.svelte';
import { installation, setInstallation } from './installation.svelte';

let member = $state.raw<Me | null>(null);
/** The member is as this device remembers it; the server was not asked yet. */
let remembered = $state(false);
/** `ended` says why the member was signed out: the sign-in is over, the account was banned, or another tab signed out. */
let ended = $state<'expired' | 'banned' | 'elsewhere' | null>(null);

/** Whose words may stand on this page. */
let last: string | null = null;

/** Who is signed in. */
export const me = {
  get member(): Me | null {
    return member;
  },
  get remembered(): boolean {
    return remembered;
  },
  get ended(): 'expired' | 'banned' | 'elsewhere' | null {
    return ended;
  },
};

export async function loadMe(): Promise<void> {
  try {
    const place = await get('/installation');
    setInstallation(place);
    remembered = false;
    if (place.me) await enter(place.me);
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
function recall(): { installation: Installation; me: Me } | null {
  try {
    return JSON.parse(localStorage.getItem(SIGNED_IN) ?? 'null') as { installation: Installation; me: Me } | null;
  } catch {
    return null;
  }
}

function remember(): void {
  try {
    localStorage.setItem(SIGNED_IN, JSON.stringify({ installation: installation.current, me: member }));
  } catch {
    // Without storage there is no page without a network.
  }
}

function forget(): void {
  try {
    localStorage.removeItem(SIGNED_IN);
  } catch {
    // Nothing was stored.
  }
}

/** A member is known: after the first load, after signing in, after registering. */
export async function enter(found: Me): Promise<void> {
  member = found;
  last = found.id;
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

function leave(why: typeof ended): void {
  live.stop();
  outbox.close();
  forget();
  member = null;
  ended = why;
}

// All tabs share the sign-in. What another member begins with is a page of their own: what stands here is in the drafts.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== SIGNED_IN && key !== null) return;
  const other = newValue === null ? null : (JSON.parse(newValue) as { me: Me }).me.id;
  if (other === (member?.id ?? null)) return;
  if (other === null) leave('elsewhere');
  else if (last && other !== last) location.reload();
  else void loadMe().catch(() => {});
});

whenSignedOut(() => member && leave('expired'));
live.onEnd((code) => member && leave(code === 4503 ? 'banned' : 'expired'));
