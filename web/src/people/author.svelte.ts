import type { Author } from '../kernel/api/types';
import { pick } from '../kernel/i18n/i18n.svelte';
import { constituency } from '../kernel/me/installation.svelte';

/** How to call an author in a sentence or a quotation. */
export function authorLabel(author: Author): string {
  return author.name ?? author.organisation ?? (pick(constituency(author.constituency)?.name) || author.constituency);
}
