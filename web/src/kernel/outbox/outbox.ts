// Text that is not acknowledged yet. Framework-free: the store and the way of sending are given. The store is what
// counts: every tab reads it before it sends, so that none sends what another has sent, taken back or thrown away.

import type { Attribution, Locale, ThreadKind } from '../api/types';

export interface OutboxItem {
  /** Made when the text was composed; every try sends the same one, so the server never makes two posts of it. */
  client_id: string;
  member: string;
  kind: 'post' | 'thread' | 'line';
  room: string;
  thread?: string;
  /** The session whose running text gets the line. */
  session?: string;
  /** Title of the thread, to say where the text belongs. */
  place: string;
  /** The page with the box that it came from. */
  href: string;
  payload: {
    body: string;
    lang: Locale;
    attribution?: Attribution;
    parent_id?: string;
    title?: string;
    kind?: ThreadKind;
    original_lang?: Locale;
  };
  created_at: string;
  /** Its place in the order in which the texts were written; a clock may stand still, or be set back. */
  turn?: number;
  state: 'waiting' | 'failed';
  not_before?: number;
  error?: { code: string; message: string; fields?: Record<string, string> };
}

export interface OutboxStore {
  all(member: string): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  /** Changes what is still there. */
  update(item: OutboxItem): Promise<void>;
  /** Removes it; nothing when somebody else has, or when it is in another state than it must be. */
  take(clientId: string, only?: OutboxItem['state']): Promise<OutboxItem | undefined>;
}

/** What the sender needs to know of a failure. `ApiError` fits. */
interface Failure {
  status: number;
  code: string;
  message: string;
  fields?: Record<string, string>;
  transient: boolean;
  retryAfterS: number | null;
}

/** What tabs tell each other. */
export type Told = { sent?: { item: OutboxItem; result: unknown } };

export interface OutboxOptions {
  store: OutboxStore;
  send: (item: OutboxItem) => Promise<unknown>;
  now?: () => number;
  random?: () => number;
  /** Lets one tab send at a time. */
  exclusively?: (work: () => Promise<void>) => Promise<void>;
  /** Whether this member is still the one who is signed in: another tab may have let somebody else in. */
  isSignedIn?: (member: string) => boolean;
  /** The text is safe in the store: its draft can go. */
  kept?: (item: OutboxItem) => void;
  /** Tells the other tabs. */
  tell?: (told: Told) => void;
}

const FIRST_DELAY = 2_000;
const MAX_DELAY = 60_000;

export class Outbox {
  private items: OutboxItem[] = [];
  /** On their way into the store. */
  private adding = new Map<string, OutboxItem>();
  /** Sent, even if the store could not forget them. */
  private done = new Set<string>();
  private member: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private flushing: Promise<void> | null = null;
  private again = false;
  private underway: string | null = null;
  private failures = 0;
  /** The last place that was given. */
  private turn = 0;
  private changed = new Set<(items: OutboxItem[]) => void>();
  private sent = new Set<(item: OutboxItem, result: unknown) => void>();
  private settled = new Set<() => void>();

  constructor(private options: OutboxOptions) {}

  onChange(listener: (items: OutboxItem[]) => void): () => void {
    this.changed.add(listener);
    listener(this.items);
    return () => this.changed.delete(listener);
  }

  onSent(listener: (item: OutboxItem, result: unknown) => void): () => void {
    this.sent.add(listener);
    return () => this.sent.delete(listener);
  }

  /** A try has ended, in whatever way. */
  onSettled(listener: () => void): () => void {
    this.settled.add(listener);
    return () => this.settled.delete(listener);
  }

  /** A text for this thread is between us and the server now. */
  isUnderWay(thread: string): boolean {
    return this.items.some((item) => item.client_id === this.underway && item.thread === thread);
  }

  /** Loads what this member left on the device. */
  async open(member: string): Promise<void> {
    this.member = member;
    await this.reload();
    // What was refused may be a draft again since it was read.
    const stored = this.items.filter((item) => item.state === 'waiting' && !this.adding.has(item.client_id));
    stored.forEach((item) => this.options.kept?.(item));
    void this.flush();
  }

  close(): void {
    this.member = null;
    this.items = [];
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.emit();
  }

  /** Resolves when the text is safe on the device; the sending goes on by itself. */
  async add(given: OutboxItem): Promise<void> {
    this.turn += 1;
    const item = { ...given, turn: this.turn };
    this.adding.set(item.client_id, item);
    this.items = order([...this.items, item]);
    this.emit();
    await this.options.store.put(item);
    this.adding.delete(item.client_id);
    this.options.kept?.(item);
    this.options.tell?.({});
    void this.flush();
  }

  /** Takes a text out, to change it or to throw it away. Nothing when it was sent, or another tab has it. */
  async take(clientId: string, only?: OutboxItem['state']): Promise<OutboxItem | undefined> {
    const taken = await this.options.store.take(clientId, only);
    await this.reload();
    this.options.tell?.({});
    return taken;
  }

  wasSent(clientId: string): boolean {
    return this.done.has(clientId);
  }

  /** What was refused is sent once more. */
  async retry(item: OutboxItem): Promise<void> {
    const { error: _error, not_before: _before, ...rest } = item;
    await this.replace({ ...rest, state: 'waiting' });
    void this.flush();
  }

  async clear(): Promise<void> {
    for (const item of this.items) await this.options.store.take(item.client_id);
    this.items = [];
    this.emit();
    this.options.tell?.({});
  }

  /** Another tab changed the store, or sent something. */
  async heard({ sent }: Told): Promise<void> {
    if (sent && sent.item.member === this.member) {
      this.done.add(sent.item.client_id);
      this.sent.forEach((listener) => listener(sent.item, sent.result));
    }
    await this.reload();
  }

  /** Tries everything that waits. Calls during a run join it, and it looks again before it ends, unless it has to wait. */
  flush(): Promise<void> {
    this.again = true;
    this.flushing ??= this.run().finally(() => {
      this.flushing = null;
      if (this.again) void this.flush();
    });
    return this.flushing;
  }

  private async run(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const exclusively = this.options.exclusively ?? ((work) => work());
    while (this.again) {
      this.again = false;
      await exclusively(() => this.sendAll());
    }
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      await this.reload();
      const next = this.next();
      if (!next) return this.plan();
      const wait = await this.try(next);
      this.underway = null;
      this.settled.forEach((listener) => listener());
      if (wait !== null) {
        this.again = false;
        return this.later(wait);
      }
    }
  }

  /** The oldest that may go. One that has to wait holds those of its lane that were written after it. */
  private next(): OutboxItem | undefined {
    if (this.member === null || this.options.isSignedIn?.(this.member) === false) return undefined;
    const held = new Set<string>();
    return this.items.find((item) => {
      if (item.state !== 'waiting' || held.has(lane(item))) return false;
      const due = (item.not_before ?? 0) <= this.now() && !this.adding.has(item.client_id);
      if (!due) held.add(lane(item));
      return due;
    });
  }

  /** The pause that all need, or null when the next one can be tried. */
  private async try(item: OutboxItem): Promise<number | null> {
    const member = this.member;
    this.underway = item.client_id;
    try {
      const result = await this.options.send(item);
      this.failures = 0;
      this.done.add(item.client_id);
      await this.options.store.take(item.client_id);
      if (member !== this.member) return MAX_DELAY;
      this.sent.forEach((listener) => listener(item, result));
      this.items = this.items.filter((other) => other.client_id !== item.client_id);
      this.emit();
      this.options.tell?.({ sent: { item, result } });
      return null;
    } catch (thrown) {
      if (member !== this.member) return MAX_DELAY;
      const failure = thrown as Failure;
      if (failure.status === 401) return MAX_DELAY;
      if (failure.transient || failure.status === undefined) return this.postpone(item, failure);
      const error = { code: failure.code, message: failure.message, fields: failure.fields };
      await this.replace({ ...item, state: 'failed', error });
      return null;
    }
  }

  private async postpone(item: OutboxItem, failure: Failure): Promise<number | null> {
    if (failure.retryAfterS !== null && failure.retryAfterS !== undefined) {
      const not_before = this.now() + failure.retryAfterS * 1000;
      await this.replace({ ...item, not_before, error: { code: failure.code, message: failure.message } });
      return null;
    }
    const ceiling = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** this.failures);
    this.failures += 1;
    return ceiling / 2 + ((this.options.random ?? Math.random)() * ceiling) / 2;
  }

  private async replace(item: OutboxItem): Promise<void> {
    await this.options.store.update(item);
    this.items = this.items.map((other) => (other.client_id === item.client_id ? item : other));
    this.emit();
    this.options.tell?.({});
  }

  private async reload(): Promise<void> {
    const { member } = this;
    if (member === null) return;
    const stored = await this.options.store.all(member);
    if (member !== this.member) return;
    this.turn = Math.max(this.turn, ...stored.map(({ turn }) => turn ?? 0));
    const known = new Set(stored.map((item) => item.client_id));
    const adding = [...this.adding.values()].filter((item) => item.member === member && !known.has(item.client_id));
    this.items = order([...stored.filter((item) => !this.done.has(item.client_id)), ...adding]);
    this.emit();
  }

  /** Wakes up for the first item that only waits for its time. */
  private plan(): void {
    const times = this.items.filter((item) => item.state === 'waiting').map((item) => item.not_before ?? 0);
    const first = Math.min(...times.filter((time) => time > this.now()));
    if (Number.isFinite(first)) this.later(first - this.now());
  }

  private later(ms: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), Math.max(50, ms));
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private emit(): void {
    this.changed.forEach((listener) => listener(this.items));
  }
}

/** Slow mode counts all that a member posts in a room, so that a room keeps one order. The running text has its own. */
function lane(item: OutboxItem): string {
  return item.session ?? item.room;
}

function order(items: OutboxItem[]): OutboxItem[] {
  const turn = (item: OutboxItem): number => item.turn ?? 0;
  return [...items].sort((a, b) => turn(a) - turn(b) || a.created_at.localeCompare(b.created_at));
}
