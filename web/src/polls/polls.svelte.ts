import { get } from '../kernel/api/client';
import type { LogEvent, Poll, PublicPoll, Session } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { liveClient } from '../kernel/live/live.svelte';
import { isPollEvent, ordered, upsertPoll, waiting, type Polls } from './polls';

/** The polls of one session, kept up to date. */
export class PollsModel {
  polls = $state.raw<Polls>({});
  error = $state.raw<unknown>(null);
  loading = $state(true);
  list = $derived(ordered(this.polls));
  waiting = $derived(waiting(this.polls));
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

  /** What a call answered, with the personal part. */
  put(poll: Poll): void {
    this.polls = { ...this.polls, [poll.id]: poll };
  }

  drop(id: string): void {
    const { [id]: _gone, ...rest } = this.polls;
    this.polls = rest;
  }

  private async load(): Promise<number> {
    // The number first: an event that is applied twice is harmless, one that is missed is not.
    const room = await get(`/rooms/${this.session.room}`);
    const page = await get(`/sessions/${this.session.id}/polls`);
    this.polls = Object.fromEntries(page.items.map((poll) => [poll.id, poll]));
    return room.head_seq;
  }

  private take(event: LogEvent): void {
    if (!isPollEvent(event)) return;
    const view = event.data as PublicPoll;
    if (view.session !== this.session.id) return;
    this.polls = upsertPoll(this.polls, view);
    // Whether one may answer is known since it opened, and is in no event.
    if (event.kind === 'poll.opened') void this.ask(view.id);
  }

  private async ask(id: string): Promise<void> {
    try {
      this.put(await get(`/polls/${id}`));
    } catch (error) {
      this.error = error;
    }
  }
}
