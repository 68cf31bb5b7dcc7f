import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogEvent, LogPage } from '../api/types';
import { LiveClient, type LiveStatus, type SocketLike } from './client';
import { follow } from './follow';

class FakeSocket implements SocketLike {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  greet(epoch = 'e1', time = '2026-11-23T10:00:00Z'): void {
    this.readyState = 1;
    this.say({ type: 'hello', version: 1, epoch, heartbeat_s: 25, time });
  }
  say(...frames: object[]): void {
    this.onmessage?.({ data: frames.map((frame) => JSON.stringify(frame)).join('\n') });
  }
  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

const event = (seq: number, kind = 'post.created'): object => ({
  type: 'event',
  room: 'r',
  seq,
  kind,
  at: '',
  data: {},
});

let sockets: FakeSocket[];
let online: boolean;
let log: (after: number, wait: number) => Promise<LogPage>;
let client: LiveClient;
const last = (): FakeSocket => sockets[sockets.length - 1]!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date('2026-11-23T09:59:50Z'));
  sockets = [];
  online = true;
  log = () => new Promise(() => {});
  client = new LiveClient({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    fetchLog: (_room, after, wait) => log(after, wait),
    random: () => 1,
    isOnline: () => online,
  });
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

function listen(): { seqs: number[]; resets: () => number; stop: () => void } {
  const seqs: number[] = [];
  let resets = 0;
  const stop = client.subscribe('r', { onEvent: (e) => seqs.push(e.seq), onReset: () => (resets += 1) });
  return { seqs, resets: () => resets, stop };
}

describe('subscriptions', () => {
  it('subscribes after hello, delivers in order and drops repeats', () => {
    const { seqs } = listen();
    client.start();
    last().greet();
    expect(last().sent).toEqual([{ type: 'subscribe', room: 'r' }]);
    last().say({ type: 'subscribed', room: 'r', head: 4, recovered: true }, event(5), event(5), event(6));
    expect(seqs).toEqual([5, 6]);
  });

  it('shares one subscription and lets go a little after the last', () => {
    const a = listen();
    const b = listen();
    client.start();
    last().greet();
    a.stop();
    vi.advanceTimersByTime(5000);
    expect(last().sent).toHaveLength(1);
    b.stop();
    vi.advanceTimersByTime(5000);
    expect(last().sent[1]).toEqual({ type: 'unsubscribe', room: 'r' });
  });

  it('asks again on a gap', () => {
    const { seqs } = listen();
    client.start();
    last().greet();
    last().say({ type: 'subscribed', room: 'r', head: 4, recovered: true }, event(5), event(7));
    expect(last().sent[1]).toEqual({ type: 'subscribe', room: 'r', since: 5, epoch: 'e1' });
    last().say(event(6), event(7));
    expect(seqs).toEqual([5, 6, 7]);
  });

  it('asks again when a heartbeat knows more', () => {
    listen();
    client.start();
    last().greet();
    last().say({ type: 'subscribed', room: 'r', head: 4, recovered: true });
    last().say({ type: 'heartbeat', time: '2026-11-23T10:00:25Z', heads: { r: 6 } });
    expect(last().sent[1]).toMatchObject({ type: 'subscribe', since: 4 });
  });

  it('tells handlers to reload on reset', () => {
    const { resets, seqs } = listen();
    client.start();
    last().greet();
    last().say({ type: 'reset', room: 'r', head: 9000 }, event(9001));
    expect(resets()).toBe(1);
    expect(seqs).toEqual([9001]);
  });

  it('survives a broken line', () => {
    const { seqs } = listen();
    client.start();
    last().greet();
    last().onmessage?.({ data: `{broken\n${JSON.stringify(event(1))}\n` });
    expect(seqs).toEqual([1]);
  });
});

describe('reconnect', () => {
  it('resumes from the last number seen', () => {
    listen();
    client.start();
    last().greet();
    last().say({ type: 'subscribed', room: 'r', head: 4, recovered: true }, event(5));
    last().end(4008);
    expect(client.status.state).toBe('waiting');
    vi.advanceTimersByTime(500);
    last().greet();
    expect(sockets).toHaveLength(2);
    expect(last().sent).toEqual([{ type: 'subscribe', room: 'r', since: 5, epoch: 'e1' }]);
  });

  it('doubles the wait up to 20 s and starts anew after a hello', () => {
    client.start();
    last().greet();
    const delays: number[] = [];
    client.onStatus((status: LiveStatus) => {
      if (status.state === 'waiting') delays.push(status.retryAt - Date.now());
    });
    last().end(1006);
    expect(delays).toEqual([500]);
    vi.advanceTimersByTime(500);
    last().end(1006);
    vi.advanceTimersByTime(1000);
    last().end(1006);
    expect(delays.slice(0, 2)).toEqual([500, 1000]);
  });

  it('waits as the server asks when it shuts down', () => {
    client.start();
    last().greet();
    last().end(4012, 'wait=3700');
    vi.advanceTimersByTime(3699);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(2);
  });

  it('ends for good on a final code', () => {
    client.start();
    last().greet();
    last().end(4501);
    expect(client.status).toEqual({ state: 'stopped', code: 4501 });
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });

  it('gives up on a silent connection after 35 s', () => {
    client.start();
    last().greet();
    vi.advanceTimersByTime(35_000);
    expect(client.status.state).toBe('waiting');
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
  });

  it('connects at once when the network returns', () => {
    client.start();
    last().greet();
    online = false;
    client.wentOffline();
    expect(client.status.state).toBe('offline');
    online = true;
    client.wake();
    expect(sockets).toHaveLength(2);
  });
});

describe('polling', () => {
  it('takes over after three failures and stops at the next hello', async () => {
    const { seqs } = listen();
    const pages: LogPage[] = [{ items: [event(8) as unknown as LogEvent], head: 8, epoch: 'e1' }];
    log = (after) => (after === 7 && pages.length > 0 ? Promise.resolve(pages.pop()!) : new Promise(() => {}));
    client.start();
    client.loaded('r', 7, 'e1');
    for (let i = 0; i < 3; i += 1) {
      last().end(1006);
      if (i < 2) vi.advanceTimersByTime(500 * 2 ** i);
    }
    expect(client.status.state).toBe('polling');
    await vi.advanceTimersByTimeAsync(10);
    expect(seqs).toEqual([8]);
    last().greet();
    expect(client.status.state).toBe('connected');
    expect(last().sent).toEqual([{ type: 'subscribe', room: 'r', since: 8, epoch: 'e1' }]);
  });
});

describe('after an outage', () => {
  async function polling(): Promise<void> {
    listen();
    client.start();
    client.loaded('r', 7, 'e1');
    for (let i = 0; i < 3; i += 1) {
      last().end(1006);
      if (i < 2) await vi.advanceTimersByTimeAsync(500 * 2 ** i);
    }
    expect(client.status.state).toBe('polling');
  }
  const page: LogPage = { items: [], head: 7, epoch: 'e1' };

  it('tries the socket at once when the server answers over HTTP again', async () => {
    let up = false;
    const waits: number[] = [];
    log = (_after, wait) => {
      waits.push(wait);
      if (!up) return Promise.reject(new Error('down'));
      return wait === 0 ? Promise.resolve(page) : new Promise(() => {});
    };
    await polling();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(sockets).toHaveLength(3);
    up = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sockets).toHaveLength(4);
    expect(waits.at(-1)).toBe(25);
    last().greet();
    expect(client.status.state).toBe('connected');
  });

  it('tries no more than once where only sockets are blocked', async () => {
    log = (_after, wait) =>
      wait === 0 ? Promise.resolve(page) : new Promise((resolve) => setTimeout(() => resolve(page), 1_000));
    await polling();
    await vi.advanceTimersByTimeAsync(10);
    expect(sockets).toHaveLength(4);
    last().end(1006);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sockets).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sockets).toHaveLength(5);
  });
});

describe('snapshot race', () => {
  it('keeps what arrives during the load and applies it after', async () => {
    const seqs: number[] = [];
    let finish: (head: number) => void = () => {};
    client.start();
    last().greet();
    const following = follow(
      client,
      'r',
      () => new Promise((resolve) => (finish = resolve)),
      (e) => seqs.push(e.seq),
    );
    const done = following.reload();
    last().say({ type: 'subscribed', room: 'r', head: 4, recovered: true }, event(5));
    expect(seqs).toEqual([]);
    finish(4);
    await done;
    expect(seqs).toEqual([5]);
  });

  it('asks for what fell between the snapshot and the subscription', async () => {
    client.start();
    const following = follow(
      client,
      'r',
      () => Promise.resolve(4),
      () => {},
    );
    last().greet();
    last().say({ type: 'subscribed', room: 'r', head: 9, recovered: true });
    await following.reload();
    expect(last().sent[1]).toEqual({ type: 'subscribe', room: 'r', since: 4, epoch: 'e1' });
  });

  it('follows the clock of the server', () => {
    client.start();
    last().greet();
    expect(client.offset).toBe(10_000);
  });
});
