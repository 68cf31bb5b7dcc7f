import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { catalogues } from './build/catalogues.ts';
import { compress } from './build/compress.ts';
import { sprite } from './build/sprite.ts';

export default defineConfig({
  plugins: [svelte(), catalogues(), sprite(), compress()],
  build: {
    target: ['chrome88', 'safari14', 'firefox90'],
    assetsInlineLimit: 0,
    // The preload polyfill of Vite is an inline-free module; old browsers only lose a head start.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every screen shares comes in one file; twenty crumbs would each cost a round trip.
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /src\/(ui\/(?!OutboxPanel|SessionCard|Agenda|Countdown|LateMark|Materials)|state\/(?!countdown|polls|questions|floor|transcript|screens)|(live\/(?!ticking)|outbox\/|api\/)|i18n\/[^/]*\.ts)|node_modules\/(svelte|esm-env|clsx)\//,
            },
            // What every thread fetches afterwards, to open without a network (screens.ts), is one file for the same reason.
            {
              name: 'around',
              test: /src\/(screens\/(around|Home|Room|Outbox)\.|ui\/(OutboxPanel|SessionCard|Agenda|Countdown|LateMark|JoinBox|ThreadRow)\.svelte)/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
