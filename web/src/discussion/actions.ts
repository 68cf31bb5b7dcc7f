import type { Attribution, Locale } from '../kernel/api/types';

export type PostAction = 'reply' | 'quote' | 'edit' | 'history' | 'hide' | 'restore' | 'copy' | 'cancel' | 'translate';

/** What a composer hands over. */
export interface Text {
  body: string;
  lang: Locale;
  attribution: Attribution;
}
