import { describe, expect, it } from 'vitest';
import type { LogEvent, Question, QuestionEvent } from '../kernel/api/types';
import { applyQuestion, EMPTY, groups, partsOf, questionEvent, supporters, tree } from './questions';

const question = (id: string, more: Partial<Question> = {}): Question =>
  ({
    id,
    seq: Number(id),
    session: 's',
    state: 'waiting',
    state_at: `2027-01-01T08:0${id}:00Z`,
    support: {},
    ...more,
  }) as Question;

const event = (of: Question, order: string[], others: Question[] = []): QuestionEvent => ({
  id: of.id,
  session: 's',
  question: of,
  others,
  order,
  present: { workers: 3 },
});

describe('questions', () => {
  it('replaces what an event brings, as often as it comes', () => {
    const first = applyQuestion(EMPTY, event(question('1'), ['1']));
    const told = event(question('2', { support: { workers: 2, employers: 1 } }), ['2', '1']);
    const second = applyQuestion(first, told);
    expect(applyQuestion(second, told)).toEqual(second);
    expect(second.order).toEqual(['2', '1']);
    expect(groups(second).waiting.map((q) => q.id)).toEqual(['2', '1']);
    expect(supporters(second.questions['2']!)).toBe(3);
  });

  it('shows merged questions with the one that they are part of', () => {
    let board = applyQuestion(EMPTY, event(question('1'), ['1']));
    board = applyQuestion(board, event(question('2', { merged_into: '1' }), ['1'], [question('1')]));
    board = applyQuestion(board, event(question('3', { merged_into: '2' }), ['1']));
    expect(groups(board).waiting.map((q) => q.id)).toEqual(['1']);
    expect(partsOf(board, '1').map((q) => q.id)).toEqual(['2']);
    expect(tree(board, '1')).toEqual(['1', '2', '3']);
  });

  it('keeps hidden questions apart, and puts the newest of what is done first', () => {
    let board = applyQuestion(EMPTY, event(question('1', { state: 'answered' }), []));
    board = applyQuestion(board, event(question('2', { state: 'answered' }), []));
    const hidden = { reason: 'spam', note: '', at: '2027-01-01T09:00:00Z' };
    board = applyQuestion(board, event(question('3', { hidden }), []));
    expect(groups(board).answered.map((q) => q.id)).toEqual(['2', '1']);
    expect(groups(board).hidden.map((q) => q.id)).toEqual(['3']);
    expect(groups(board).waiting).toEqual([]);
  });

  it('finds what an event says about questions', () => {
    const of = (kind: string, data: unknown): LogEvent => ({ kind, data }) as LogEvent;
    const told = event(question('1'), ['1']);
    expect(questionEvent(of('question.asked', told))).toBe(told);
    expect(questionEvent(of('translation.published', { id: 't', question: told }))).toBe(told);
    expect(questionEvent(of('translation.published', { id: 't', post: {} }))).toBeNull();
    expect(questionEvent(of('post.created', {}))).toBeNull();
  });
});
