// Pure functions over the questions of a session. Events carry the question and the order, so a client only replaces.

import type { LogEvent, Question, QuestionEvent } from '../kernel/api/types';
import { shows } from '../kernel/live/events';

export interface Board {
  questions: Record<string, Question>;
  /** Those that wait, in the order in which they are to be taken. */
  order: string[];
  /** What support is divided by. */
  present: Record<string, number>;
}

export const EMPTY: Board = { questions: {}, order: [], present: {} };

/** What an event says about questions, if it does. */
export function questionEvent(event: LogEvent): QuestionEvent | null {
  if (shows(event, 'question')) return event.data;
  if (shows(event, 'translation') && 'question' in event.data) return event.data.question ?? null;
  return null;
}

export function applyQuestion(board: Board, event: QuestionEvent): Board {
  const changed = [event.question, ...event.others].map((question) => [question.id, question] as const);
  return {
    questions: { ...board.questions, ...Object.fromEntries(changed) },
    order: event.order,
    present: event.present,
  };
}

export interface Groups {
  taken: Question[];
  waiting: Question[];
  answered: Question[];
  parked: Question[];
  hidden: Question[];
}

/** The questions as they are shown: what is taken first, then those that wait in their order, then the rest. */
export function groups(board: Board): Groups {
  const heads = Object.values(board.questions).filter((q) => !q.merged_into);
  const shown = heads.filter((q) => !q.hidden);
  const newest = (a: Question, b: Question): number => b.state_at.localeCompare(a.state_at) || b.seq - a.seq;
  const of = (state: Question['state']): Question[] => shown.filter((q) => q.state === state).sort(newest);
  const place = new Map(board.order.map((id, at) => [id, at]));
  const at = (q: Question): number => place.get(q.id) ?? Number.MAX_SAFE_INTEGER;
  return {
    taken: of('taken'),
    waiting: shown.filter((q) => q.state === 'waiting').sort((a, b) => at(a) - at(b) || a.seq - b.seq),
    answered: of('answered'),
    parked: of('parked'),
    hidden: heads.filter((q) => q.hidden).sort(newest),
  };
}

/** The questions that are part of this one, in the order in which they were asked. */
export function partsOf(board: Board, id: string): Question[] {
  return Object.values(board.questions)
    .filter((q) => q.merged_into === id)
    .sort((a, b) => a.seq - b.seq);
}

/** This question and everything that is part of it, however deep. */
export function tree(board: Board, id: string): string[] {
  return [id, ...partsOf(board, id).flatMap((part) => tree(board, part.id))];
}

export function supporters(question: Question): number {
  return Object.values(question.support).reduce((sum, n) => sum + n, 0);
}
