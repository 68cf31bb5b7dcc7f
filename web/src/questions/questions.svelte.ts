import { get } from '../kernel/api/client';
import type { LogEvent, Question, QuestionAnswer, Session } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { liveClient } from '../kernel/live/live.svelte';
import { applyQuestion, EMPTY, groups, questionEvent, tree, type Board } from './questions';

/** The questions of one session, kept up to date. */
export class QuestionsModel {
  board = $state.raw<Board>(EMPTY);
  /** What this member asked and supports; no event carries it. */
  asked = $state.raw<Set<string>>(new Set());
  supported = $state.raw<Set<string>>(new Set());
  error = $state.raw<unknown>(null);
  loading = $state(true);
  groups = $derived(groups(this.board));
  private following: Following | null = null;

  constructor(private session: Session) {}

  async open(): Promise<void> {
    this.following = follow(
      liveClient,
      this.session.room,
      () => this.load(),
      (event) => this.take(event),
      { onError: (error) => (this.error = error) },
    );
    try {
      await this.following.reload();
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  close(): void {
    this.following?.stop();
  }

  supports(id: string): boolean {
    return tree(this.board, id).some((part) => this.supported.has(part));
  }

  mine(question: Question): boolean {
    return this.asked.has(question.id);
  }

  /** What a call answered. */
  put(answer: QuestionAnswer, asked = false): void {
    const { question, order, present, supported_by_me } = answer;
    this.board = applyQuestion(this.board, {
      id: question.id,
      session: question.session,
      question,
      others: [],
      order,
      present,
    });
    if (asked) this.asked = new Set([...this.asked, question.id]);
    const parts = tree(this.board, question.id);
    if (!supported_by_me) this.supported = new Set([...this.supported].filter((id) => !parts.includes(id)));
    else if (!this.supports(question.id)) this.supported = new Set([...this.supported, question.id]);
  }

  private async load(): Promise<number> {
    const page = await get(`/sessions/${this.session.id}/questions`);
    const questions = Object.fromEntries(page.items.map((question) => [question.id, question]));
    this.board = { questions, order: page.order, present: page.present };
    this.asked = new Set(page.mine.asked);
    this.supported = new Set(page.mine.supported);
    return page.head_seq;
  }

  private take(event: LogEvent): void {
    const told = questionEvent(event);
    if (told && told.session === this.session.id) this.board = applyQuestion(this.board, told);
  }
}
