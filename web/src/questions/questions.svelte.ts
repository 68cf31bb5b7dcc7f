import type { LogEvent, Question, QuestionAnswer, Session, SessionSnapshot } from '../kernel/api/types';
import { get } from '../kernel/api/client';
import type { OwnFrame } from '../kernel/live/frames';
import { Later } from '../kernel/live/later';
import type { SessionPart } from '../kernel/live/session';
import { applyQuestion, EMPTY, groups, questionEvent, tree, type Board } from './questions';

/** When to read what another device supported, in ms: the answer of a call of this device comes before. */
const READ_WITHIN = [800, 2_000] as const;

/** The questions of one session, kept up to date. */
export class QuestionsModel implements SessionPart {
  board = $state.raw<Board>(EMPTY);
  /** What this member asked and supports; no event carries it. */
  asked = $state.raw<Set<string>>(new Set());
  supported = $state.raw<Set<string>>(new Set());
  groups = $derived(groups(this.board));

  /** Questions of which the support changed, perhaps on another device. */
  private changed = new Map<string, Later>();

  constructor(private session: Session) {}

  supports(id: string): boolean {
    return tree(this.board, id).some((part) => this.supported.has(part));
  }

  mine(question: Question): boolean {
    return this.asked.has(question.id);
  }

  /** What a call answered. */
  put(answer: QuestionAnswer, asked = false): void {
    const { question, order, present, supported_by_me } = answer;
    this.changed.get(question.id)?.cancel();
    this.changed.delete(question.id);
    this.board = applyQuestion(this.board, {
      id: question.id,
      session: question.session,
      question,
      others: [],
      order,
      present,
    });
    if (asked) this.asked = new Set([...this.asked, question.id]);
    this.mark(question.id, supported_by_me);
  }

  private mark(id: string, supported: boolean): void {
    const parts = tree(this.board, id);
    if (!supported) this.supported = new Set([...this.supported].filter((one) => !parts.includes(one)));
    else if (!this.supports(id)) this.supported = new Set([...this.supported, id]);
  }

  onOwn = ({ part, id }: OwnFrame): void => {
    if (part === 'question') this.asked = new Set([...this.asked, id]);
    if (part !== 'support' || !this.board.questions[id] || this.changed.has(id)) return;
    const later = new Later(() => void this.read(id), ...READ_WITHIN);
    this.changed.set(id, later);
    later.ask();
  };

  private async read(id: string): Promise<void> {
    this.changed.delete(id);
    try {
      this.mark(id, (await get(`/questions/${id}`)).supported_by_me);
    } catch {
      // It stays as it is until the page is read again.
    }
  }

  close(): void {
    this.changed.forEach((later) => later.cancel());
    this.changed.clear();
  }

  load({ questions: page }: SessionSnapshot): void {
    const questions = Object.fromEntries(page.items.map((question) => [question.id, question]));
    this.board = { questions, order: page.order, present: page.present };
    this.asked = new Set(page.mine.asked);
    this.supported = new Set(page.mine.supported);
  }

  take(event: LogEvent): void {
    const told = questionEvent(event);
    if (told && told.session === this.session.id) this.board = applyQuestion(this.board, told);
  }
}
