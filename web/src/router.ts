// Which screen a path means. Framework-free; the reactive current route lives in route.svelte.ts.

export type ScreenName =
  | 'home'
  | 'sign-in'
  | 'register'
  | 'room'
  | 'new-thread'
  | 'live'
  | 'session'
  | 'settings'
  | 'moderation-log'
  | 'thread'
  | 'members'
  | 'new-room'
  | 'new-programme'
  | 'profile'
  | 'outbox'
  | 'join'
  | 'not-found';

export interface Route {
  screen: ScreenName;
  params: Record<string, string>;
  query: URLSearchParams;
  path: string;
}

const TABLE: [pattern: string, screen: ScreenName][] = [
  ['/', 'home'],
  ['/sign-in', 'sign-in'],
  ['/register', 'register'],
  ['/rooms', 'home'],
  ['/rooms/:room', 'room'],
  ['/rooms/:room/new-thread', 'new-thread'],
  ['/rooms/:room/live', 'live'],
  ['/rooms/:room/settings', 'settings'],
  ['/rooms/:room/moderation-log', 'moderation-log'],
  ['/threads/:thread', 'thread'],
  ['/sessions/:session', 'session'],
  ['/members', 'members'],
  ['/new-room', 'new-room'],
  ['/new-programme', 'new-programme'],
  ['/profile', 'profile'],
  ['/outbox', 'outbox'],
  ['/j/:code', 'join'],
];

export function match(path: string, search = ''): Route {
  const clean = path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
  const query = new URLSearchParams(search);
  for (const [pattern, screen] of TABLE) {
    const params = matchPattern(pattern, clean);
    if (params) return { screen, params, query, path: clean };
  }
  return { screen: 'not-found', params: {}, query, path: clean };
}

function matchPattern(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = path.split('/');
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (let i = 0; i < want.length; i += 1) {
    const part = want[i]!;
    if (part.startsWith(':')) {
      const value = decode(have[i]!);
      if (!value) return null;
      params[part.slice(1)] = value;
    } else if (part !== have[i]) return null;
  }
  return params;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Only a path of our own may be a place to return to after signing in. */
export function safeReturn(next: string | null): string {
  if (!next || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return next.startsWith('/sign-in') || next.startsWith('/register') ? '/' : next;
}
