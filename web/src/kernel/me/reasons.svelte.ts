import { pick } from '../i18n/i18n.svelte';
import { installation } from './installation.svelte';

export function reasonName(id: string): string {
  const reason = installation.current.moderation_reasons.find((r) => r.id === id);
  return reason ? pick(reason.name) : id;
}
