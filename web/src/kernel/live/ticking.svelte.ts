import { live } from './live.svelte';

/** The server's time, moving on while a component is shown. */
export function ticking(everyMs = 500): { readonly now: number } {
  let now = $state(live.now());
  $effect(() => {
    const timer = setInterval(() => (now = live.now()), everyMs);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
