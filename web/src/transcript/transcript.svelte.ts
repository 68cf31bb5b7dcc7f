import { get } from '../kernel/api/client';
import type { LogEvent, Session, TranscriptLine } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { liveClient } from '../kernel/live/live.svelte';

/** The running text of one session, kept up to date. */
export class TranscriptModel {
  lines = $state.raw<TranscriptLine[]>([]);
  next = $state<string | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(true);
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

  put(line: TranscriptLine): void {
    const others = this.lines.filter((other) => other.id !== line.id);
    this.lines = [...others, line].sort((a, b) => a.seq - b.seq);
  }

  async earlier(): Promise<void> {
    if (!this.next) return;
    const page = await get(`/sessions/${this.session.id}/transcript`, { after: this.next });
    const known = new Set(this.lines.map((line) => line.id));
    this.lines = [...page.items.filter((line) => !known.has(line.id)).reverse(), ...this.lines];
    this.next = page.next;
  }

  private async load(): Promise<number> {
    // The number first: an event that is applied twice is harmless, one that is missed is not.
    const room = await get(`/rooms/${this.session.room}`);
    const page = await get(`/sessions/${this.session.id}/transcript`);
    this.lines = [...page.items].reverse();
    this.next = page.next;
    return room.head_seq;
  }

  private take(event: LogEvent): void {
    if (!event.kind.startsWith('transcript.')) return;
    const data = event.data as unknown as TranscriptLine | { id: string; removed: true };
    if ('removed' in data) this.lines = this.lines.filter((line) => line.id !== data.id);
    else if (data.session === this.session.id) this.put(data);
  }
}
