/** What may be done with a question. */
export type QuestionAct =
  'take' | 'answer' | 'park' | 'return' | 'merge' | 'unmerge' | 'hide' | 'restore' | 'translate';
