import { request } from '../api/client';
import { drafts } from './device';
import type { Draft } from './drafts';
import { Outbox, type OutboxItem, type Told } from './outbox';
import { deviceStore } from './store';

let items = $state.raw<OutboxItem[]>([]);

/** Who signed in last in this browser; the tabs share it, as they share the sign-in. */
export const SIGNED_IN = 'plenary.session';

function signedIn(): string | null {
  try {
    const known = JSON.parse(localStorage.getItem(SIGNED_IN) ?? 'null') as { me: { id: string } } | null;
    return known?.me.id ?? null;
  } catch {
    return null;
  }
}

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('plenary-outbox');

function path({ kind, room, session, thread }: OutboxItem): string {
  if (kind === 'line') return `/sessions/${session}/transcript`;
  return kind === 'thread' ? `/rooms/${room}/threads` : `/threads/${thread}/posts`;
}

export const outbox = new Outbox({
  store: deviceStore(),
  send: (item) => request('POST', path(item), { ...item.payload, client_id: item.client_id }),
  exclusively: async (work) => {
    // Older browsers have no locks; sending twice is harmless because of the client id.
    if (!navigator.locks) return work();
    await navigator.locks.request('plenary-outbox', work);
  },
  // Without storage no other tab can have told of another member.
  isSignedIn: (member) => (signedIn() ?? member) === member,
  kept: (item) => drafts.remove(item.client_id),
  tell: (told) => channel?.postMessage(told),
});

channel?.addEventListener('message', (event: MessageEvent<Told>) => void outbox.heard(event.data));
outbox.onChange((next) => (items = next));

export const waiting = {
  get items(): OutboxItem[] {
    return items;
  },
  in: (thread: string): OutboxItem[] => items.filter((item) => item.thread === thread),
  lines: (session: string): OutboxItem[] => items.filter((item) => item.session === session),
};

/** Makes a draft of a text in the outbox again. */
export async function reopen(item: OutboxItem): Promise<Draft | null> {
  const { takeBack } = await import('./reopen');
  return takeBack(drafts, outbox, item);
}
