import type { Poll, Stance } from '../kernel/api/types';
import { number } from '../kernel/i18n/format.svelte';
import { i18n, t } from '../kernel/i18n/i18n.svelte';
import { inWords } from './polls';
import type { IconName } from '../kernel/ui/icons';

export const STANCES: { stance: Stance; icon: IconName }[] = [
  { stance: 'agree', icon: 'check' },
  { stance: 'can_live_with', icon: 'scale' },
  { stance: 'object', icon: 'x' },
];

/** The words of each column of the results, in the reader's language. */
export function columnNames(poll: Poll): string[] {
  if (poll.kind === 'sense_check') return STANCES.map(({ stance }) => t(`poll.stance.${stance}`));
  if (poll.kind === 'scale') return Array.from({ length: poll.scale_max ?? 0 }, (_, at) => number(at + 1));
  return poll.options.map((option) => inWords(option, i18n.locale).text);
}
