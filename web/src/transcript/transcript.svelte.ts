import { get } from '../kernel/api/client';
import type { LogEvent, Session, SessionSnapshot, TranscriptLine } from '../kernel/api/types';
import { isAbout, isRemoved } from '../kernel/live/events';
import type { SessionPart } from '../kernel/live/session';

/** The running text of one session, kept up to date. */
export class TranscriptModel implements SessionPart {
  lines = $state.raw<TranscriptLine[]>([]);
  next = $state<string | null>(null);

  constructor(private session: Session) {}

  load({ transcript }: SessionSnapshot): void {
    this.lines = [...transcript.items].reverse();
    this.next = transcript.next;
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

  take(event: LogEvent): void {
    if (!isAbout(event, 'transcript')) return;
    const { data } = event;
    if (isRemoved(data)) this.lines = this.lines.filter((line) => line.id !== data.id);
    else if (data.session === this.session.id) this.put(data);
  }
}
