import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { catalogues } from './build/catalogues.ts';
import { CHROMIUM, FLAGS } from './build/chromium.js';
import { compress } from './build/compress.ts';
import { CHUNKS } from './build/folders.js';
import { sprite } from './build/sprite.ts';
import { weightless } from './build/weightless.ts';

const here = fileURLToPath(new URL('./', import.meta.url));
interface Modules {
  getModuleInfo(id: string): { importers: string[]; dynamicImporters: string[] } | null;
}

/** The chunk of a module (build/folders.js), if it has one. */
function chunk(id: string, modules: Modules): string | null {
  const path = id.replace(here, '');
  const name = Object.keys(CHUNKS).find((one) => CHUNKS[one]!.some((start) => path.startsWith(start)));
  const { importers = [], dynamicImporters = [] } = modules.getModuleInfo(id) ?? {};
  const ofPages = dynamicImporters.length === 0 || dynamicImporters.some((from) => from.startsWith(`${here}src/app/`));
  return name && (importers.length > 0 || ofPages) ? name : null;
}

export default defineConfig({
  plugins: [svelte(), weightless(), catalogues(), sprite(), compress()],
  build: {
    target: ['chrome88', 'safari14', 'firefox90'],
    assetsInlineLimit: 0,
    // The preload polyfill of Vite is an inline-free module; old browsers only lose a head start.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A group takes its own folders only, not what they need of others: a thread would wait for that, too.
          includeDependenciesRecursively: false,
          groups: [{ name: chunk }],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'logic',
          environment: 'node',
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.ui.test.ts'],
        },
      },
      {
        // Components, in a browser: no imitation of one knows focus, dialogs and validity (decision 0035).
        extends: true,
        optimizeDeps: { include: ['vitest-browser-svelte'] },
        test: {
          name: 'components',
          include: ['src/**/*.ui.test.ts'],
          setupFiles: ['build/components.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: CHROMIUM, args: FLAGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
} as Parameters<typeof defineConfig>[0]);
