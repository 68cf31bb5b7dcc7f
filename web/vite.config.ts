import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { catalogues } from './build/catalogues.ts';
import { compress } from './build/compress.ts';
import { CHUNKS } from './build/folders.ts';
import { sprite } from './build/sprite.ts';

const here = fileURLToPath(new URL('./', import.meta.url));
const inFolders = (folders: readonly string[]) => (id: string) =>
  folders.some((folder) => id.startsWith(here + folder));

export default defineConfig({
  plugins: [svelte(), catalogues(), sprite(), compress()],
  build: {
    target: ['chrome88', 'safari14', 'firefox90'],
    assetsInlineLimit: 0,
    // The preload polyfill of Vite is an inline-free module; old browsers only lose a head start.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: Object.entries(CHUNKS).map(([name, folders]) => ({ name, test: inFolders(folders) })),
        },
      },
    },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
