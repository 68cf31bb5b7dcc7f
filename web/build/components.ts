// What stands around every component in a component test: the looks, and the words in English.

import '../src/kernel/styles/tokens.css';
import '../src/kernel/styles/base.css';
import '../src/kernel/styles/forms.css';
import '../src/kernel/styles/buttons.css';
import '../src/kernel/styles/marks.css';
import '../src/kernel/styles/prose.css';
import '../src/kernel/styles/parts.css';
import { beforeAll } from 'vitest';
import { setLocale, withAllTexts } from '../src/kernel/i18n/i18n.svelte';

beforeAll(async () => {
  await withAllTexts();
  await setLocale('en', false);
});
