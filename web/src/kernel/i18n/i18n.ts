// Flat catalogues, plurals by Intl.PluralRules. A key `x#one` / `x#other` is a plural form of `x`.

import type { Locale } from '../api/types';

/**
 * The keys of all catalogues, by folder. Each feature adds those of the `en.json` that lies beside it, in its
 * `texts.d.ts`; the build merges the catalogues (build/catalogues.ts).
 */
export interface Texts {
  kernel: keyof typeof import('../en.json');
}
type Base<K extends string> = K extends `${infer B}#${string}` ? B : K;
export type Key = Base<Texts[keyof Texts]>;
export type Catalogue = Record<string, string>;
export type Params = Record<string, string | number>;

export const TAGS: Record<Locale, string> = { en: 'en-GB', zh: 'zh-CN' };
export const HTML_LANG: Record<Locale, string> = { en: 'en', zh: 'zh-Hans' };

/** A part of the texts: what is said before anything else is shown, and the rest. */
export type Part = 'first' | 'rest';

const LOAD: Record<Locale, Record<Part, () => Promise<{ default: Catalogue }>>> = {
  en: { first: () => import('virtual:catalogue/en/first'), rest: () => import('virtual:catalogue/en/rest') },
  zh: { first: () => import('virtual:catalogue/zh/first'), rest: () => import('virtual:catalogue/zh/rest') },
};

export async function loadCatalogue(locale: Locale, parts: readonly Part[]): Promise<Catalogue> {
  const loaded = await Promise.all(parts.map((part) => LOAD[locale][part]()));
  return Object.assign({}, ...loaded.map((module) => module.default)) as Catalogue;
}

const rules = new Map<Locale, Intl.PluralRules>();
function category(locale: Locale, n: number): string {
  let rule = rules.get(locale);
  if (!rule) rules.set(locale, (rule = new Intl.PluralRules(TAGS[locale])));
  return rule.select(n);
}

export function translate(catalogue: Catalogue, locale: Locale, key: string, params: Params = {}): string {
  let text = catalogue[key];
  if (typeof params.n === 'number') {
    text = catalogue[`${key}#${category(locale, params.n)}`] ?? catalogue[`${key}#other`] ?? text;
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(TAGS[locale]) : value;
  });
}

/** The language of a text, guessed: Chinese when Han characters carry most of it. */
export function guessLang(text: string, fallback: Locale): Locale {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  if (han + latin < 3) return fallback;
  // One Han character says about as much as half an English word.
  return han / 2 >= latin ? 'zh' : 'en';
}
