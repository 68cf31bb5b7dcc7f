// Which page a path means. Framework-free; the reactive address lives in route.svelte.ts, the pages in app/pages.ts.

export interface Address {
  path: string;
  query: URLSearchParams;
  /** With its `#`, or empty. */
  hash: string;
}

/** What a page is given: where it stands, and what the `:names` of its pattern stand for. */
export interface Route extends Address {
  params: Record<string, string>;
}

export function address(path: string, search = '', hash = ''): Address {
  return { path: path.length > 1 ? path.replace(/\/+$/, '') || '/' : path, query: new URLSearchParams(search), hash };
}

/** The page to sign in, or to register, that leads back to `here`. */
export function signInFrom(here: string, page: '/sign-in' | '/register' = '/sign-in'): string {
  const back = safeReturn(here);
  return back === '/' ? page : `${page}?next=${encodeURIComponent(back)}`;
}

/** The first of `pages` whose pattern fits, with what its names stand for. */
export function match<P extends { path: string }>(
  pages: readonly P[],
  path: string,
): { page: P; params: Record<string, string> } | null {
  for (const page of pages) {
    const params = matchPattern(page.path, path);
    if (params) return { page, params };
  }
  return null;
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
  if (!next || !next.startsWith('/')) return '/';
  // Read as a browser reads it, which leaves out tabs and line ends and takes a backslash for a slash.
  const here = 'http://here.invalid';
  const url = URL.canParse(next, here) ? new URL(next, here) : null;
  if (url?.origin !== here || url.pathname.startsWith('//')) return '/';
  const path = url.pathname + url.search + url.hash;
  return path.startsWith('/sign-in') || path.startsWith('/register') ? '/' : path;
}
