// Pure functions over the polls of a session.

import type { Bilingual, Locale, Poll, PollKind, PublicPoll } from '../kernel/api/types';
import { percents } from '../kernel/i18n/percents';

export type Polls = Record<string, Poll>;

/** Keeps the personal part, which events never carry. A poll that was not known is to be asked for. */
export function upsertPoll(polls: Polls, view: PublicPoll): Polls {
  const yours = polls[view.id]?.yours ?? { eligible: false, voted: false };
  return { ...polls, [view.id]: { ...view, yours } };
}

/** What is open first, then drafts, then what has ended, each newest first. */
export function ordered(polls: Polls): Poll[] {
  const rank = { open: 0, draft: 1, closed: 2, cancelled: 2 };
  const time = (poll: Poll): string => poll.opened_at ?? poll.created_at;
  return Object.values(polls).sort((a, b) => rank[a.state] - rank[b.state] || time(b).localeCompare(time(a)));
}

/** How many polls wait for this member's answer. */
export function waiting(polls: Polls): number {
  return Object.values(polls).filter((p) => p.state === 'open' && p.yours.eligible && !p.yours.voted).length;
}

/** A text in the reader's language, or in the other one where that is all there is. */
export function inWords(text: Bilingual, locale: Locale): { text: string; lang: Locale } {
  const other: Locale = locale === 'zh' ? 'en' : 'zh';
  return text[locale] ? { text: text[locale], lang: locale } : { text: text[other], lang: other };
}

/** True when a ballot names one column, so that the columns of a row add up to its ballots. */
export function isExclusive(kind: PollKind): boolean {
  return kind === 'single' || kind === 'scale' || kind === 'sense_check';
}

/** Each count in percent of the ballots; of columns that exclude each other they add up to 100. */
export function percentOf(kind: PollKind, counts: number[], ballots: number): number[] {
  if (isExclusive(kind)) return percents(counts, ballots);
  return counts.map((count) => (ballots === 0 ? 0 : Math.round((count / ballots) * 100)));
}

/** The mean of a scale, from the counts of its numbers. */
export function mean(counts: number[]): number | null {
  const ballots = counts.reduce((sum, n) => sum + n, 0);
  return ballots === 0 ? null : counts.reduce((sum, n, at) => sum + n * (at + 1), 0) / ballots;
}
