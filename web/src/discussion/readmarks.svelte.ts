import { put } from '../kernel/api/client';
import type { Thread } from '../kernel/api/types';
import { me } from '../kernel/me/me.svelte';

type Range = [from: number, to: number];

/** How much may be noted at once. */
const AT_ONCE = 200;
const SOON = 1_500;

/** What is known to be read: all up to a mark, and ranges above it. */
export class ReadSoFar {
  constructor(
    readonly mark = 0,
    readonly ranges: readonly Range[] = [],
    readonly posts: ReadonlySet<number> = new Set(),
  ) {}

  has(seq: number): boolean {
    return seq <= this.mark || this.posts.has(seq) || this.ranges.some(([from, to]) => seq >= from && seq <= to);
  }
}

/** What the reader has read of one thread, as the server knew it, and what was on the screen since. */
export class ReadMarks {
  /** Posts of others that are not read yet. */
  left = $state(0);
  /** As it was when the thread was opened: the line "unread from here" and the marks of new posts stay where they are. */
  opened = $state.raw(new ReadSoFar());
  private seen = new Set<number>();
  private unsent = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private thread: string,
    /** A chat is read up to its last message that was on the screen, whatever was above it. */
    private upTo = false,
  ) {}

  begin(thread: Thread): void {
    this.opened = new ReadSoFar(thread.read_seq, (thread.seen ?? []) as Range[]);
    this.left = thread.unread;
    this.seen.clear();
  }

  /** The thread is opened anew where it is unread: what was seen since is old now. */
  open(): void {
    const { mark, ranges } = this.opened;
    this.opened = new ReadSoFar(mark, ranges, new Set(this.seen));
  }

  isUnread(seq: number): boolean {
    return !this.opened.has(seq) && !this.seen.has(seq);
  }

  /** A post of somebody else has come. */
  arrived(): void {
    if (me.member) this.left += 1;
  }

  /** Turned out to be one's own, or was hidden: nobody has to read it. */
  dropped(seq: number): void {
    if (!this.isUnread(seq)) return;
    this.left = Math.max(0, this.left - 1);
    this.seen.add(seq);
  }

  /** A post was on the screen. `counts`: it is somebody else's, and can be read. */
  see(seq: number, counts: boolean): void {
    if (!me.member || !this.isUnread(seq)) return;
    if (counts) this.left = Math.max(0, this.left - 1);
    this.seen.add(seq);
    this.unsent.add(seq);
    this.timer ??= setTimeout(() => void this.flush(), SOON);
  }

  readAll(last: number): void {
    this.opened = new ReadSoFar(last);
    this.left = 0;
    this.unsent.clear();
    this.send({ seq: last, seen: [] }).catch(() => {});
  }

  /** Tells the server. What it does not get is told the next time. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (!me.member || this.unsent.size === 0) return;
    const seqs = [...this.unsent].slice(0, AT_ONCE);
    seqs.forEach((seq) => this.unsent.delete(seq));
    try {
      await this.send(this.upTo ? { seq: Math.max(...seqs), seen: [] } : { seq: 0, seen: seqs });
    } catch {
      seqs.forEach((seq) => this.unsent.add(seq));
      return;
    }
    if (this.unsent.size > 0) await this.flush();
  }

  private async send(body: { seq: number; seen: number[] }): Promise<void> {
    // The page may be on its way out.
    await put(`/threads/${this.thread}/read`, body, { keepalive: true });
  }
}
