import type { Bilingual, Locale } from '../api/types';
import { HTML_LANG, loadCatalogue, TAGS, translate, type Catalogue, type Key, type Params, type Part } from './i18n';

const STORED = 'plenary.locale';
let locale = $state<Locale>('en');
let catalogue = $state.raw<Catalogue>({});
let parts: readonly Part[] = ['first'];

export function t(key: Key, params?: Params): string {
  return translate(catalogue, locale, key, params);
}

/** For keys made at run time, such as error codes. */
export function tOr(key: string, fallback: Key, params?: Params): string {
  const text = translate(catalogue, locale, key, params);
  return text === key ? translate(catalogue, locale, fallback, params) : text;
}

/** A text if the catalogue has it, else the words given. */
export function translateOr(key: string, words: string): string {
  return catalogue[key] ?? words;
}

export const i18n = {
  get locale(): Locale {
    return locale;
  },
  get tag(): string {
    return TAGS[locale];
  },
  get lang(): string {
    return HTML_LANG[locale];
  },
};

export function pick(text: Bilingual | null | undefined): string {
  return text ? text[locale] || text.en : '';
}

export async function setLocale(next: Locale, store = true): Promise<void> {
  catalogue = await loadCatalogue(next, parts);
  locale = next;
  document.documentElement.lang = HTML_LANG[next];
  if (store) remember(next);
}

/** Loads the texts that come second, once. */
export async function withAllTexts(): Promise<void> {
  if (parts.includes('rest')) return;
  const at = locale;
  const rest = await loadCatalogue(at, ['rest']);
  parts = ['first', 'rest'];
  // Another language may have been chosen meanwhile; then it was loaded without this part.
  catalogue = at === locale ? { ...catalogue, ...rest } : await loadCatalogue(locale, parts);
}

export function storedLocale(): Locale | null {
  try {
    const value = localStorage.getItem(STORED);
    return value === 'en' || value === 'zh' ? value : null;
  } catch {
    return null;
  }
}

function remember(value: Locale): void {
  try {
    localStorage.setItem(STORED, value);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

export function browserLocale(): Locale {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
