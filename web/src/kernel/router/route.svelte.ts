import { tick } from 'svelte';
import { address, type Address } from './router';

let current = $state.raw<Address>(address(location.pathname, location.search));

let attempt = $state(0);

export const route = {
  /** Grows when the page shall be opened anew although the address stays. */
  get attempt(): number {
    return attempt;
  },
  get current(): Address {
    return current;
  },
};

export async function go(to: string, replace = false): Promise<void> {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  current = address(location.pathname, location.search);
  await tick();
  if (!replace && !location.hash) window.scrollTo(0, 0);
}

/** Opens the present page once more, without loading the page: offline that would lose it. */
export function again(): void {
  attempt += 1;
}

export function startRouter(): void {
  window.addEventListener('popstate', () => (current = address(location.pathname, location.search)));
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/')) return;
    // A link inside the page, e.g. "Skip to content", is the browser's business.
    if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
    event.preventDefault();
    void go(link.pathname + link.search + link.hash);
  });
}
