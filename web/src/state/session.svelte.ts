import { ApiError, get, post, whenSignedOut } from '../api/client';
import type { Constituency, Installation, Me } from '../api/types';
import { i18n, setLocale } from '../i18n/i18n.svelte';
import { live } from '../live/live.svelte';
import { outbox } from '../outbox/outbox.svelte';

let installation = $state.raw<Installation | null>(null);
let me = $state.raw<Me | null>(null);
/** The session is as this device remembers it; the server was not asked yet. */
let remembered = $state(false);
/** `ended` says why the member was signed out: the sign-in is over, or the account was banned. */
let ended = $state<'expired' | 'banned' | null>(null);

export const session = {
  get installation(): Installation {
    return installation ?? EMPTY;
  },
  get me(): Me | null {
    return me;
  },
  get remembered(): boolean {
    return remembered;
  },
  get ended(): 'expired' | 'banned' | null {
    return ended;
  },
  get constituencies(): Constituency[] {
    return session.installation.constituencies;
  },
};

const EMPTY: Installation = {
  name: 'Plenary',
  version: '',
  registration: 'approval',
  demo: false,
  epoch: '',
  locales: ['en', 'zh'],
  constituencies: [],
  moderation_reasons: [],
  needs_first_admin: false,
};

export function constituency(id: string): Constituency | undefined {
  return session.constituencies.find((c) => c.id === id);
}

export async function loadSession(): Promise<void> {
  try {
    const [place, member] = await Promise.all([
      get<Installation>('/installation'),
      get<Me>('/me').catch((error: unknown) => {
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
        throw error;
      }),
    ]);
    installation = { ...place, constituencies: [...place.constituencies].sort((a, b) => a.position - b.position) };
    remembered = false;
    if (member) await enter(member);
    else if (me) leave('expired');
    else forget();
  } catch (error) {
    const known = error instanceof ApiError && error.status === 0 && !me ? recall() : null;
    if (!known) throw error;
    installation = known.installation;
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
    localStorage.setItem(STORED, JSON.stringify({ installation, me }));
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
export async function enter(member: Me): Promise<void> {
  me = member;
  ended = null;
  if (!remembered) remember();
  if (member.locale !== i18n.locale) await setLocale(member.locale);
  if (member.status === 'active') live.start();
  await outbox.open(member.id);
}

export function updateMe(member: Me): void {
  const confirmed = me?.status === 'pending' && member.status === 'active';
  me = member;
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
  me = null;
  ended = why;
}

whenSignedOut(() => me && leave('expired'));
live.onEnd((code) => leave(code === 4503 ? 'banned' : 'expired'));
