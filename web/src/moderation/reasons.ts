import { pick } from '../kernel/i18n/i18n.svelte';
import { installation } from '../kernel/me/installation.svelte';
import type { Choice } from '../kernel/forms/ReasonDialog.svelte';

const OF_WORDS = ['off_topic', 'personal_data', 'abuse', 'unlawful', 'spam'];

/**
 * The reasons that fit each act, in the order in which they are offered. An act is named as the log of moderation names
 * it; of `post.declined` only the author learns. A reason that the server does not know (`moderation_reasons` of the
 * installation) is not offered, and `other`, which must be explained, always ends the list.
 */
const FITTING = {
  'post.hidden': OF_WORDS,
  'post.restored': ['mistake', 'agreed', 'appeal'],
  'post.declined': OF_WORDS,
  'question.hidden': OF_WORDS,
  'question.restored': ['mistake', 'agreed', 'appeal'],
  'thread.locked': ['concluded', 'moved', 'to_calm'],
  'thread.unlocked': ['resumed', 'calmed', 'mistake'],
  'thread.pinned': ['to_be_found', 'decision'],
  'thread.unpinned': ['outdated', 'mistake'],
  'thread.review_required': ['to_calm', 'sensitive', 'abuse', 'spam'],
  'thread.review_lifted': ['calmed', 'nobody_reviews', 'mistake'],
  'room.slowed': ['to_calm', 'more_voices', 'spam'],
  'room.unslowed': ['calmed', 'mistake'],
  'room.closed': ['concluded', 'moved', 'to_calm'],
  'room.reopened': ['resumed', 'mistake'],
  'member.muted': ['abuse', 'off_topic', 'personal_data', 'spam', 'to_calm'],
  'member.unmuted': ['mistake', 'agreed', 'appeal', 'calmed'],
} as const satisfies Record<string, readonly string[]>;

export type ModerationAct = keyof typeof FITTING;

export function reasonsFor(act: ModerationAct): Choice[] {
  const known = installation.current.moderation_reasons;
  return [...FITTING[act], 'other'].flatMap((id) => {
    const reason = known.find((one) => one.id === id);
    return reason ? [{ id, name: pick(reason.name) }] : [];
  });
}
