// Reads that an event causes at every client at once are spread over time, or the server would get them all together.

/**
 * One read, some time between two moments. Asking again while it waits changes nothing.
 */
export class Later {
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private read: () => void,
    private fromMs: number,
    private toMs: number,
    private random: () => number = Math.random,
  ) {}

  ask(): void {
    if (this.timer) return;
    const wait = this.fromMs + this.random() * (this.toMs - this.fromMs);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.read();
    }, wait);
  }

  cancel(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
