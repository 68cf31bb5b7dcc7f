// The clock of the server, as well as it can be known. The member's own clock may be wrong by any amount, and may be
// put right while the page is open.

/** How late a frame of the socket may be, in ms. */
const FRAME_ERROR = 250;
/** After this time a less exact answer is better than an old one, in ms: clocks drift, devices sleep. */
const STALE = 5 * 60_000;

export class ServerClock {
  /** Server clock minus ours, in ms. */
  offset = 0;
  private error = Infinity;
  private takenAt = 0;

  constructor(private local: () => number = Date.now) {}

  now(): number {
    return this.local() + this.offset;
  }

  /** The time on a frame that has just arrived. */
  frame(time: string): void {
    this.take(Date.parse(time) - this.local(), FRAME_ERROR);
  }

  /** The `Date` of an answer over HTTP: whole seconds, somewhere between asking and being answered. */
  answer(date: string | null, askedAt: number, answeredAt: number): void {
    if (!date) return;
    const wait = Math.max(0, answeredAt - askedAt);
    this.take(Date.parse(date) + 500 - (askedAt + wait / 2), 500 + wait / 2);
  }

  private take(offset: number, error: number): void {
    if (!Number.isFinite(offset)) return;
    const age = Math.abs(this.local() - this.takenAt);
    // What cannot both be true means that our own clock was moved: the newer word counts.
    const contradicts = Math.abs(offset - this.offset) > error + this.error;
    if (error > this.error && !contradicts && age < STALE) return;
    this.offset = offset;
    this.error = error;
    this.takenAt = this.local();
  }
}
