import { ApiError } from '../api/client';
import { full } from '../i18n/format.svelte';
import { t, tOr, translateOr } from '../i18n/i18n.svelte';

/** "Title: this is too long.", for each field that the server did not like. */
export function fieldTexts(fields: Record<string, string> = {}): string[] {
  return Object.entries(fields).map(([name, code]) => {
    const label = translateOr(`field.${name}`, name);
    return `${label}: ${tOr(`field.${code}`, 'field.invalid')}`;
  });
}

/** What went wrong, in the reader's words. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) {
    // A part of the page itself could not be fetched.
    return navigator.onLine ? t('error.unknown', { code: 'client' }) : t('error.network');
  }
  const until = typeof error.body.until === 'string' ? full(error.body.until) : '';
  const text = codeText(error.code, { seconds: Math.ceil(error.retryAfterS ?? 0), until });
  return [text, ...fieldTexts(error.fields)].join(' ');
}

export function codeText(code: string, params: Record<string, string | number> = {}): string {
  return tOr(`error.${code}`, 'error.unknown', { code, ...params });
}

export function fieldErrors(error: unknown): Record<string, string> {
  return error instanceof ApiError ? error.fields : {};
}
