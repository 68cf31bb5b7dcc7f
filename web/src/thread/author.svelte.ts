import type { Author } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import { constituency } from '../state/session.svelte';

/** How to call an author in a sentence or a quotation. */
export function authorLabel(author: Author): string {
  return author.name ?? author.organisation ?? (pick(constituency(author.constituency)?.name) || author.constituency);
}
