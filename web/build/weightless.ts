import type { Plugin } from 'vite';

const STYLE = /[?&]svelte&type=style/;

/**
 * Svelte tells the rules of a component from those of others by one more class, which would let each of them win against
 * the global sheets. In `:where()` the class adds no weight: a rule counts as much as it is written.
 */
export function weightless(): Plugin {
  return {
    name: 'weightless',
    enforce: 'pre',
    transform: (code, id) => (STYLE.test(id) ? code.replace(/(?<!:where\()\.svelte-[\w-]+/g, ':where($&)') : null),
  };
}
