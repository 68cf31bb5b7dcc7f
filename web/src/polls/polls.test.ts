import { describe, expect, it } from 'vitest';
import type { Poll, PublicPoll } from '../kernel/api/types';
import { inWords, mean, ordered, percentOf, upsertPoll, waiting } from './polls';

const poll = (id: string, more: Partial<Poll> = {}): Poll =>
  ({
    id,
    state: 'open',
    created_at: '2027-01-01',
    opened_at: `2027-01-0${id}`,
    yours: { eligible: true, voted: false },
    ...more,
  }) as Poll;

describe('polls', () => {
  it('keep the personal part when an event replaces the rest', () => {
    const before = { '1': poll('1', { yours: { eligible: true, voted: true, ballot: { options: [2] } } }) };
    const { yours: _yours, ...view } = poll('1', { state: 'closed', ballots: 7 });
    const after = upsertPoll(before, view as PublicPoll)['1']!;
    expect([after.state, after.ballots, after.yours]).toEqual(['closed', 7, before['1']!.yours]);
    expect(upsertPoll({}, view as PublicPoll)['1']!.yours).toEqual({ eligible: false, voted: false });
  });
  it('come in the order in which they matter', () => {
    const draft = poll('4', { state: 'draft', opened_at: null });
    const all = [poll('1', { state: 'closed' }), draft, poll('2'), poll('3'), poll('5', { state: 'cancelled' })];
    const polls = Object.fromEntries(all.map((one) => [one.id, one]));
    expect(ordered(polls).map((one) => one.id)).toEqual(['3', '2', '4', '5', '1']);
    expect(waiting(polls)).toBe(2);
  });
  it('speak the language of the reader where they can', () => {
    expect(inWords({ en: 'A', zh: '甲' }, 'zh')).toEqual({ text: '甲', lang: 'zh' });
    expect(inWords({ en: 'A', zh: '' }, 'zh')).toEqual({ text: 'A', lang: 'en' });
    expect(inWords({ en: '', zh: '甲' }, 'en')).toEqual({ text: '甲', lang: 'zh' });
  });
  it('are counted', () => {
    expect([mean([1, 0, 3]), mean([0, 0])]).toEqual([2.5, null]);
    expect(percentOf('single', [2, 2, 3], 7)).toEqual([29, 28, 43]);
    expect(percentOf('approval', [2, 2, 3], 3)).toEqual([67, 67, 100]);
    expect(percentOf('approval', [0], 0)).toEqual([0]);
  });
});
