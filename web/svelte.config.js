import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // An accessibility warning is a bug: stop the build.
    warningFilter: (warning) => {
      if (warning.code.startsWith('a11y')) throw new Error(`${warning.code}: ${warning.message} (${warning.filename})`);
      return true;
    },
  },
};
