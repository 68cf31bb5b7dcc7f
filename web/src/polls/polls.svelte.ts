import { get } from '../kernel/api/client';
import type { LogEvent, Poll, Session, SessionSnapshot } from '../kernel/api/types';
import { shows } from '../kernel/live/events';
import type { OwnFrame, PollFrame } from '../kernel/live/frames';
import { Later } from '../kernel/live/later';
import type { SessionPart } from '../kernel/live/session';
import { me } from '../kernel/me/me.svelte';
import { ordered, upsertPoll, waiting, type Polls } from './polls';

/** When to ask whether one may answer, if no frame said it, in ms. All who may not would ask at once otherwise. */
const ASKS_WITHIN = [2_000, 20_000] as const;

/** When to read what another device answered, in ms: the answer of a call of this device comes before. */
const READ_WITHIN = [800, 2_000] as const;

/** The polls of one session, kept up to date. */
export class PollsModel implements SessionPart {
  polls = $state.raw<Polls>({});
  list = $derived(ordered(this.polls));
  waiting = $derived(waiting(this.polls));
  /** Open polls whose personal part the server told. */
  private told = new Set<string>();
  /** Polls that opened without a word whether this member may answer. */
  private unsure = new Map<string, Later>();
  /** Polls that this member answered, perhaps on another device. */
  private answered = new Map<string, Later>();
  /** A frame may come before the event that it belongs to. */
  private mayAnswer = new Set<string>();

  constructor(
    private session: Session,
    private random: () => number = Math.random,
  ) {}

  load({ polls }: SessionSnapshot): void {
    this.close();
    this.polls = Object.fromEntries(polls.items.map((poll) => [poll.id, poll]));
    polls.items.forEach((poll) => this.heard(poll));
  }

  close(): void {
    this.unsure.forEach((later) => later.cancel());
    this.unsure.clear();
    this.answered.forEach((later) => later.cancel());
    this.answered.clear();
  }

  /** What a call answered, with the personal part. */
  put(poll: Poll): void {
    this.heard(poll);
    this.polls = { ...this.polls, [poll.id]: poll };
  }

  drop(id: string): void {
    const { [id]: _gone, ...rest } = this.polls;
    this.polls = rest;
  }

  take(event: LogEvent): void {
    if (!shows(event, 'poll')) return;
    const view = event.data;
    if (view.session !== this.session.id) return;
    this.polls = upsertPoll(this.polls, view);
    if (view.added?.some((one) => one.member === me.member?.id)) this.mayAnswer.add(view.id);
    if (event.kind === 'poll.opened' || this.letIn(view.id)) this.opened(view.id);
    else if (view.state !== 'open') this.sure(view.id);
  }

  onPoll = (frame: PollFrame): void => {
    this.mayAnswer.add(frame.poll);
    if (this.polls[frame.poll]?.state === 'open') this.opened(frame.poll);
  };

  onOwn = ({ part, id }: OwnFrame): void => {
    if (part !== 'poll' || !this.polls[id] || this.answered.has(id)) return;
    const later = new Later(() => void this.read(id), ...READ_WITHIN, this.random);
    this.answered.set(id, later);
    later.ask();
  };

  private async read(id: string): Promise<void> {
    this.answered.delete(id);
    try {
      this.put(await get(`/polls/${id}`));
    } catch {
      // It stays as it is until the page is read again.
    }
  }

  /** The server told that this member may not answer, and they were let in since. */
  private letIn(id: string): boolean {
    return this.mayAnswer.has(id) && this.polls[id]?.yours.eligible === false;
  }

  /** Whether one may answer was fixed when the poll opened, and is in no event. */
  private opened(id: string): void {
    const poll = this.polls[id];
    if (!poll || poll.state !== 'open' || (this.told.has(id) && !this.letIn(id))) return;
    if (this.mayAnswer.has(id)) this.put({ ...poll, yours: { ...poll.yours, eligible: true } });
    else if (me.member && !this.unsure.has(id)) {
      const later = new Later(() => void this.ask(id), ...ASKS_WITHIN, this.random);
      this.unsure.set(id, later);
      later.ask();
    }
  }

  private heard(poll: Poll): void {
    this.answered.get(poll.id)?.cancel();
    this.answered.delete(poll.id);
    if (poll.state === 'open') this.told.add(poll.id);
    this.sure(poll.id);
  }

  private sure(id: string): void {
    this.unsure.get(id)?.cancel();
    this.unsure.delete(id);
  }

  private async ask(id: string): Promise<void> {
    try {
      const poll = await get(`/polls/${id}`);
      if (this.unsure.has(id)) this.put(poll);
    } catch {
      // Whoever opens the page again sees it; the poll itself is shown as it is.
      this.sure(id);
    }
  }
}
