import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    // Ours; a library may be older.
    runes: ({ filename }) => (filename.includes('/node_modules/') ? undefined : true),
    // An accessibility warning is a bug: stop the build.
    warningFilter: (warning) => {
      if (warning.code.startsWith('a11y')) throw new Error(`${warning.code}: ${warning.message} (${warning.filename})`);
      return true;
    },
  },
};
