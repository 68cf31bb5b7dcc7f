// Text that is not acknowledged yet. Framework-free: the store and the way of sending are given.

import type { Attribution, Locale, ThreadKind } from '../api/types';

export interface OutboxItem {
  /** Made when the text was composed; every try sends the same one, so the server never makes two posts of it. */
  client_id: string;
  member: string;
  kind: 'post' | 'thread';
  room: string;
  thread?: string;
  /** Title of the thread, to say where the text belongs. */
  place: string;
  payload: {
    body: string;
    lang: Locale;
    attribution: Attribution;
    parent_id?: string;
    title?: string;
    kind?: ThreadKind;
  };
  created_at: string;
  state: 'waiting' | 'failed';
  not_before?: number;
  error?: { code: string; message: string; fields?: Record<string, string> };
}

export interface OutboxStore {
  all(member: string): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  remove(clientId: string): Promise<void>;
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

export interface OutboxOptions {
  store: OutboxStore;
  send: (item: OutboxItem) => Promise<unknown>;
  now?: () => number;
  random?: () => number;
  /** Lets one tab send at a time. */
  exclusively?: (work: () => Promise<void>) => Promise<void>;
}

const FIRST_DELAY = 2_000;
const MAX_DELAY = 60_000;

export class Outbox {
  private items: OutboxItem[] = [];
  private member: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private flushing: Promise<void> | null = null;
  private failures = 0;
  private changed = new Set<(items: OutboxItem[]) => void>();
  private sent = new Set<(item: OutboxItem, result: unknown) => void>();

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

  /** Loads what this member left on the device. */
  async open(member: string): Promise<void> {
    this.member = member;
    this.items = order(await this.options.store.all(member));
    this.emit();
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
  async add(item: OutboxItem): Promise<void> {
    await this.options.store.put(item);
    this.items = order([...this.items, item]);
    this.emit();
    void this.flush();
  }

  async discard(clientId: string): Promise<void> {
    await this.options.store.remove(clientId);
    this.items = this.items.filter((item) => item.client_id !== clientId);
    this.emit();
  }

  async clear(): Promise<void> {
    for (const item of this.items) await this.options.store.remove(item.client_id);
    this.items = [];
    this.emit();
  }

  /** Tries everything that waits. Calls during a run join it. */
  flush(): Promise<void> {
    this.flushing ??= this.run().finally(() => (this.flushing = null));
    return this.flushing;
  }

  private async run(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const exclusively = this.options.exclusively ?? ((work) => work());
    await exclusively(async () => {
      const held = new Map<string, number>();
      let next: OutboxItem | undefined;
      while ((next = this.items.find((item) => this.isDue(item, held)))) {
        const wait = await this.try(next);
        // Posts of one thread keep their order, so the first that has to wait holds the others.
        if (wait !== null) {
          if (wait.all) return this.later(wait.ms);
          held.set(lane(next), this.now() + wait.ms);
        }
      }
      if (held.size > 0) this.later(Math.min(...held.values()) - this.now());
      else this.plan();
    });
  }

  private isDue(item: OutboxItem, held: Map<string, number>): boolean {
    return item.state === 'waiting' && !held.has(lane(item)) && (item.not_before ?? 0) <= this.now();
  }

  private async try(item: OutboxItem): Promise<{ ms: number; all: boolean } | null> {
    const member = this.member;
    try {
      const result = await this.options.send(item);
      this.failures = 0;
      this.items = this.items.filter((other) => other.client_id !== item.client_id);
      this.sent.forEach((listener) => listener(item, result));
      this.emit();
      await this.options.store.remove(item.client_id);
      return null;
    } catch (thrown) {
      if (member !== this.member) return { ms: MAX_DELAY, all: true };
      const failure = thrown as Failure;
      if (failure.status === 401) return { ms: MAX_DELAY, all: true };
      if (failure.transient || failure.status === undefined) return this.postpone(item, failure);
      const error = { code: failure.code, message: failure.message, fields: failure.fields };
      await this.replace({ ...item, state: 'failed', error });
      return null;
    }
  }

  private async postpone(item: OutboxItem, failure: Failure): Promise<{ ms: number; all: boolean }> {
    if (failure.retryAfterS !== null && failure.retryAfterS !== undefined) {
      const ms = failure.retryAfterS * 1000;
      await this.replace({
        ...item,
        not_before: this.now() + ms,
        error: { code: failure.code, message: failure.message },
      });
      return { ms, all: false };
    }
    const ceiling = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** this.failures);
    this.failures += 1;
    return { ms: ceiling / 2 + ((this.options.random ?? Math.random)() * ceiling) / 2, all: true };
  }

  private async replace(item: OutboxItem): Promise<void> {
    await this.options.store.put(item);
    this.items = this.items.map((other) => (other.client_id === item.client_id ? item : other));
    this.emit();
  }

  /** Wakes up for the first item that only waits for its time. */
  private plan(): void {
    const times = this.items.filter((item) => item.state === 'waiting').map((item) => item.not_before ?? 0);
    if (times.length > 0) this.later(Math.max(0, Math.min(...times) - this.now()));
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

function lane(item: OutboxItem): string {
  return item.thread ?? `new:${item.client_id}`;
}

function order(items: OutboxItem[]): OutboxItem[] {
  return [...items].sort((a, b) => a.created_at.localeCompare(b.created_at));
}
