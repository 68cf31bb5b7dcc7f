import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { ICONS } from '../src/kernel/ui/icons.ts';

const require = createRequire(import.meta.url);

function symbol(name: string): string {
  const svg = readFileSync(require.resolve(`lucide-static/icons/${name}.svg`), 'utf8');
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
  if (!inner) throw new Error(`no drawing in icon ${name}`);
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, '')}</symbol>`;
}

/**
 * Puts the icons that src/kernel/ui/icons.ts names into the page as one sprite. They stand in the HTML: as a string in a
 * script they would be read twice before they are drawn.
 */
export function sprite(): Plugin {
  return {
    name: 'sprite',
    transformIndexHtml: (html) =>
      html.replace('<body>', `<body>\n    <svg class="sprite" aria-hidden="true">${ICONS.map(symbol).join('')}</svg>`),
  };
}
