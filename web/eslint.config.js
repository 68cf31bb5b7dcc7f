import { dirname, relative, resolve, sep } from 'node:path';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import { mayImport } from './build/folders.js';
import svelteConfig from './svelte.config.js';

const src = resolve(import.meta.dirname, 'src');
const folderOf = (file) => relative(src, file).split(sep)[0];

/** The kernel names no feature, a feature names those that build/folders.js lists, and only the mount points name all. */
const folders = {
  meta: { type: 'problem', messages: { no: '{{from}} must not name {{to}} (build/folders.js).' }, schema: [] },
  create(context) {
    const check = (node) => {
      const path = node.source?.value;
      if (typeof path !== 'string' || !path.startsWith('.')) return;
      const [from, to] = [folderOf(context.filename), folderOf(resolve(dirname(context.filename), path))];
      // What lies outside of src/ is the build's, for the tests.
      if (to !== '..' && !mayImport(from, to)) context.report({ node, messageId: 'no', data: { from, to } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default ts.config(
  { ignores: ['dist/', 'src/kernel/api/schema.d.ts'] },
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      // Addresses are written as they are; app/ and kernel/router/ are no SvelteKit.
      'svelte/no-navigation-without-resolve': 'off',
      // HTML comes from the server, which makes it of Markdown and cleans it; the icons are our own.
      'svelte/no-at-html-tags': 'off',
      // Sets, maps and dates of the models are replaced whole (`$state.raw`), never changed.
      'svelte/prefer-svelte-reactivity': 'off',
      // A space that must be drawn is written as one.
      'svelte/no-useless-mustaches': 'off',
      // svelte.config.js throws at accessibility warnings, so that this rule never sees them.
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  {
    files: ['src/**'],
    plugins: { house: { rules: { folders } } },
    rules: {
      'house/folders': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
);
