import { pick } from '../i18n/i18n.svelte';
import { session } from './session.svelte';

export function reasonName(id: string): string {
  const reason = session.installation.moderation_reasons.find((r) => r.id === id);
  return reason ? pick(reason.name) : id;
}
