import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { ICONS } from '../src/kernel/ui/icons.ts';

const require = createRequire(import.meta.url);

/** `virtual:sprite` is one string of <symbol> elements, made of the icons that src/kernel/ui/icons.ts names. */
export function sprite(): Plugin {
  const id = 'virtual:sprite';
  return {
    name: 'sprite',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      const symbols = ICONS.map((name) => {
        const svg = readFileSync(require.resolve(`lucide-static/icons/${name}.svg`), 'utf8');
        const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
        if (!inner) throw new Error(`no drawing in icon ${name}`);
        return `<symbol id="i-${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, '')}</symbol>`;
      });
      return `export default ${JSON.stringify(symbols.join(''))};`;
    },
  };
}
