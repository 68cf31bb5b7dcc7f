import type { Component } from 'svelte';
import { withAllTexts } from '../kernel/i18n/i18n.svelte';
import { match, type Route } from '../kernel/router/router';

type PageComponent = Component<{ route: Route }>;

export interface Page {
  path: string;
  load: () => Promise<{ default: Component<never> }>;
  /** Those who are not signed in may open it; all others show them the page to sign in. */
  open?: true;
  /** Opens without the texts that come second (build/folders.js). */
  first?: true;
}

const signIn: Page = {
  path: '/sign-in',
  load: () => import('../account/SignInPage.svelte'),
  open: true,
  first: true,
};
const notFound: Page = {
  path: '',
  load: () => import('../problem/NotFoundPage.svelte'),
  open: true,
  first: true,
};

// Every page of the app, in the order in which their paths are tried. A feature with a page of its own adds one line
// here; a feature with a panel in a live session adds one line in live/panels.ts. Nothing else names it.
const PAGES: readonly Page[] = [
  { path: '/', load: () => import('../rooms/HomePage.svelte'), first: true },
  signIn,
  { path: '/register', load: () => import('../account/RegisterPage.svelte'), open: true, first: true },
  { path: '/rooms', load: () => import('../rooms/HomePage.svelte'), first: true },
  { path: '/rooms/:room', load: () => import('../rooms/RoomPage.svelte'), open: true, first: true },
  { path: '/rooms/:room/new-thread', load: () => import('../discussion/NewThreadPage.svelte'), first: true },
  { path: '/rooms/:room/live', load: () => import('../live/LivePage.svelte') },
  { path: '/rooms/:room/settings', load: () => import('../settings/RoomSettingsPage.svelte') },
  { path: '/rooms/:room/moderation-log', load: () => import('../moderation/ModerationLogPage.svelte'), open: true },
  { path: '/threads/:thread', load: () => import('../discussion/ThreadPage.svelte'), open: true, first: true },
  { path: '/sessions/:session', load: () => import('../live/LivePage.svelte') },
  { path: '/members', load: () => import('../members/MembersPage.svelte') },
  { path: '/new-room', load: () => import('../settings/NewRoomPage.svelte') },
  { path: '/new-programme', load: () => import('../settings/NewProgrammePage.svelte') },
  { path: '/profile', load: () => import('../profile/ProfilePage.svelte') },
  { path: '/outbox', load: () => import('../outbox/OutboxPage.svelte'), first: true },
  { path: '/j/:code', load: () => import('../rooms/JoinPage.svelte'), open: true, first: true },
];

/** The page for a path, as this visitor may see it. */
export function find(path: string, signedIn: boolean): { page: Page; params: Record<string, string> } {
  const found = match(PAGES, path) ?? { page: notFound, params: {} };
  return signedIn || found.page.open ? found : { ...found, page: signIn };
}

const loaded = new Map<Page, Promise<PageComponent>>();

export function loadPage(page: Page): Promise<PageComponent> {
  let promise = loaded.get(page);
  if (!promise) {
    promise = Promise.all([page.load(), page.first ? null : withAllTexts()]).then(
      ([module]) => module.default as unknown as PageComponent,
    );
    // A failed load (network, or a new version on the server) must be tried again, not remembered.
    promise.catch(() => loaded.delete(page));
    loaded.set(page, promise);
  }
  return promise;
}

// Pages that must open without a network, too: what waits to be sent, and the way to where it belongs.
const AT_HAND = ['/outbox', '/', '/rooms/:room', '/threads/:thread'];

/** The service worker keeps the files of these pages, so that even a new page can be opened. */
export async function keepAtHand(): Promise<void> {
  try {
    await Promise.all([
      ...PAGES.filter(({ path }) => AT_HAND.includes(path)).map(loadPage),
      import('../discussion/markdown'),
    ]);
    if (!('serviceWorker' in navigator)) return;
    await navigator.serviceWorker.register('/sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname);
    active?.postMessage({ keep: loaded.filter((path) => path.startsWith('/assets/')) });
  } catch {
    // The next page that is opened with a network tries again.
  }
}
