import type { Component } from 'svelte';
import { withLiveTexts } from './i18n/i18n.svelte';
import type { Route, ScreenName } from './router';

type Screen = Component<{ route: Route }>;
type Load = () => Promise<{ default: Component<never> }>;

async function liveScreen(): Promise<{ default: Component<never> }> {
  const [module] = await Promise.all([import('./screens/Live.svelte'), withLiveTexts()]);
  return module;
}

/** One of the screens that are kept together, to be at hand without a network. */
async function around(name: 'home' | 'outbox' | 'room'): Promise<{ default: Component<never> }> {
  return { default: (await import('./screens/around'))[name] };
}

// Each screen is a file of its own on the wire; the rare ones are never loaded by those who only read and write.
const LOAD: Record<ScreenName, Load> = {
  home: () => around('home'),
  'sign-in': () => import('./screens/SignIn.svelte'),
  register: () => import('./screens/Register.svelte'),
  room: () => around('room'),
  'new-thread': () => import('./screens/NewThread.svelte'),
  live: liveScreen,
  session: liveScreen,
  settings: () => import('./screens/RoomSettings.svelte'),
  'moderation-log': () => import('./screens/ModerationLog.svelte'),
  thread: () => import('./screens/Thread.svelte'),
  members: () => import('./screens/Members.svelte'),
  'new-room': () => import('./screens/NewRoom.svelte'),
  'new-programme': () => import('./screens/NewProgramme.svelte'),
  profile: () => import('./screens/Profile.svelte'),
  outbox: () => around('outbox'),
  join: () => import('./screens/Join.svelte'),
  'not-found': () => import('./screens/NotFound.svelte'),
};

const loaded = new Map<ScreenName, Promise<Screen>>();

export function screen(name: ScreenName): Promise<Screen> {
  let promise = loaded.get(name);
  if (!promise) {
    promise = LOAD[name]().then((module) => module.default as unknown as Screen);
    // A failed load (network, or a new version on the server) must be tried again, not remembered.
    promise.catch(() => loaded.delete(name));
    loaded.set(name, promise);
  }
  return promise;
}

/**
 * Screens that must open without a network, too: what waits to be sent, and the way to where it belongs. The service
 * worker keeps the files, so that even a new page can be opened.
 */
export async function keepAtHand(): Promise<void> {
  try {
    await Promise.all((['outbox', 'home', 'room', 'thread'] as const).map(screen));
    if (!('serviceWorker' in navigator)) return;
    await navigator.serviceWorker.register('/sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname);
    active?.postMessage({ keep: loaded.filter((path) => path.startsWith('/assets/')) });
  } catch {
    // The next page that is opened with a network tries again.
  }
}
