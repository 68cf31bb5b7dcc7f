// Lets the page open without a network, so that what waits to be sent can be seen. It keeps the page's own files and
// nothing that anybody wrote.

const CACHE = 'plenary';
const open = () => caches.open(CACHE);

self.addEventListener('install', () => self.skipWaiting());

// The page says which files it runs on; what an older version left behind goes.
self.addEventListener('message', (event) => {
  const wanted = event.data?.keep;
  if (Array.isArray(wanted)) event.waitUntil(keep(['/', ...wanted]));
});

async function keep(paths) {
  const cache = await open();
  const urls = new Set(paths.map((path) => new URL(path, location.origin).href));
  await Promise.all(
    [...urls].map(async (url) => {
      const fixed = url.includes('/assets/');
      if (fixed && (await cache.match(url))) return;
      const response = await fetch(url, { cache: fixed ? 'default' : 'no-cache' });
      if (response.ok) await cache.put(url, response);
    }),
  );
  for (const request of await cache.keys()) if (!urls.has(request.url)) await cache.delete(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || /^\/(api|health|metrics)\b/.test(pathname)) return;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => kept('/')));
  else if (pathname.startsWith('/assets/'))
    event.respondWith(kept(request.url).then((found) => found ?? fetch(request)));
});

async function kept(url) {
  const found = await (await open()).match(url);
  return found ?? (url === '/' ? Response.error() : undefined);
}
