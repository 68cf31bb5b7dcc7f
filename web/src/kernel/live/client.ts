import type { LogEvent, LogPage, Site } from '../api/types';
import { ServerClock } from './clock';
import { parseFrames, type ClientFrame, type ServerFrame } from './frames';
import type { LiveOptions, LiveStatus, RoomHandlers } from './handlers';
import { pollLog } from './polling';
import type { SocketLike } from './socket';

export type { LiveOptions, LiveStatus, RoomHandlers, SocketLike };

interface RoomState {
  handlers: Set<RoomHandlers>;
  /** Everything in (from, seq] was delivered; null until the first head or snapshot is known. */
  from: number | null;
  seq: number | null;
  epoch: string | null;
  site: Site | null;
  dropTimer: ReturnType<typeof setTimeout> | null;
  poll: AbortController | null;
}

const FIRST_DELAY = 500;
const MAX_DELAY = 20_000;
const SILENCE = 35_000;
const HELLO_LIMIT = 10_000;
const FAILURES_BEFORE_POLLING = 3;
const SLOW_RETRY = 30_000;
const LINGER = 3_000;

export class LiveClient {
  status: LiveStatus = { state: 'idle' };
  readonly clock = new ServerClock(() => this.now());
  private rooms = new Map<string, RoomState>();
  private socket: SocketLike | null = null;
  private greeted = false;
  private epoch: string | null = null;
  private attempts = 0;
  /** Nothing was answered over HTTP since the socket failed. */
  private silent = false;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private silence: ReturnType<typeof setTimeout> | null = null;
  private running = false;
  private listeners = new Set<(status: LiveStatus) => void>();

  constructor(private options: LiveOptions) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempts = 0;
    this.failures = 0;
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.dropSocket();
    this.clearRetry();
    for (const room of this.rooms.values()) this.stopPoll(room);
    this.setStatus({ state: 'idle' });
  }

  /** Server clock minus ours, in ms. */
  get offset(): number {
    return this.clock.offset;
  }

  onStatus(listener: (status: LiveStatus) => void): () => void {
    this.listeners.add(listener);
    listener(this.status);
    return () => this.listeners.delete(listener);
  }

  /** `from`: the handlers have everything up to this number, and get what came after it. */
  subscribe(id: string, handlers: RoomHandlers, from: number | null = null): () => void {
    let room = this.rooms.get(id);
    const known = room !== undefined;
    if (!room) {
      const epoch = from === null ? null : this.epoch;
      room = { handlers: new Set(), from, seq: from, epoch, site: null, dropTimer: null, poll: null };
      this.rooms.set(id, room);
    }
    if (room.dropTimer) clearTimeout(room.dropTimer);
    room.dropTimer = null;
    room.handlers.add(handlers);
    if (!known) this.begin(id, room);
    else if (from !== null && (room.seq === null || room.seq > from)) this.beginAt(id, room, from);
    return () => this.release(id, handlers);
  }

  /**
   * A snapshot that holds everything up to `seq` was loaded by HTTP. If the subscription began later than that,
   * the entries between are asked for again; if there is none yet, it will begin there.
   */
  loaded(id: string, seq: number, epoch: string | null = null): void {
    const room = this.rooms.get(id);
    if (!room) return;
    if (room.from === null || room.from > seq) this.beginAt(id, room, seq, epoch);
  }

  private beginAt(id: string, room: RoomState, seq: number, epoch: string | null = null): void {
    room.from = seq;
    room.seq = seq;
    room.epoch = epoch ?? this.epoch ?? room.epoch;
    this.begin(id, room);
  }

  private begin(id: string, room: RoomState): void {
    if (this.greeted) this.sendSubscribe(id, room);
    else if (this.status.state === 'polling') this.startPoll(id, room);
  }

  here(id: string, site: Site): void {
    const room = this.rooms.get(id);
    if (!room) return;
    room.site = site;
    if (this.greeted) this.send({ type: 'here', room: id, site });
  }

  typing(id: string, thread: string): void {
    if (this.greeted) this.send({ type: 'typing', room: id, thread });
  }

  /** The page became visible or the network returned: do not wait for the timer. */
  wake(): void {
    if (!this.running || this.greeted || this.status.state === 'stopped') return;
    if (this.status.state === 'connecting' && this.socket) return;
    this.attempts = 0;
    this.clearRetry();
    this.connect();
  }

  /** The browser says that there is no network. */
  wentOffline(): void {
    if (!this.running || this.status.state === 'stopped') return;
    this.dropSocket();
    this.scheduleRetry();
  }

  private release(id: string, handlers: RoomHandlers): void {
    const room = this.rooms.get(id);
    if (!room) return;
    room.handlers.delete(handlers);
    if (room.handlers.size > 0 || room.dropTimer) return;
    // Going from a room to one of its threads would otherwise leave and enter at once.
    room.dropTimer = setTimeout(() => {
      this.rooms.delete(id);
      this.stopPoll(room);
      if (this.greeted) this.send({ type: 'unsubscribe', room: id });
    }, LINGER);
  }

  private connect(): void {
    this.dropSocket();
    if (this.options.isOnline?.() === false) {
      this.scheduleRetry();
      return;
    }
    if (this.status.state !== 'polling') this.setStatus({ state: 'connecting' });
    let socket: SocketLike;
    try {
      socket = this.options.open();
    } catch {
      this.failed();
      return;
    }
    this.socket = socket;
    this.watchSilence(HELLO_LIMIT);
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.watchSilence(SILENCE);
      for (const frame of parseFrames(String(event.data))) this.handle(frame);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code, event.reason);
    };
    socket.onerror = () => {};
  }

  private closed(code: number, reason: string): void {
    const greeted = this.greeted;
    this.dropSocket();
    if (code >= 4500 && code <= 4999) {
      this.running = false;
      this.setStatus({ state: 'stopped', code });
      return;
    }
    if (!greeted) {
      this.failed();
      return;
    }
    const wait = code === 4012 ? /^wait=(\d+)$/.exec(reason)?.[1] : undefined;
    this.scheduleRetry(wait === undefined ? undefined : Number(wait));
  }

  /** A connection that never said hello. */
  private failed(): void {
    this.failures += 1;
    if (this.failures >= FAILURES_BEFORE_POLLING && this.options.isOnline?.() !== false) {
      if (this.status.state !== 'polling') this.silent = true;
      this.setStatus({ state: 'polling' });
      for (const [id, room] of this.rooms) this.startPoll(id, room);
      this.scheduleRetry(SLOW_RETRY);
      return;
    }
    this.scheduleRetry();
  }

  private scheduleRetry(fixed?: number): void {
    this.clearRetry();
    const ceiling = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** this.attempts);
    const delay = fixed ?? Math.round((this.options.random ?? Math.random)() * ceiling);
    this.attempts += 1;
    if (this.options.isOnline?.() === false) this.setStatus({ state: 'offline' });
    else if (this.status.state !== 'polling') this.setStatus({ state: 'waiting', retryAt: this.now() + delay });
    this.retry = setTimeout(() => {
      this.retry = null;
      if (this.running) this.connect();
    }, delay);
  }

  private handle(frame: ServerFrame): void {
    if (frame.type === 'hello') return this.hello(frame);
    if (frame.type === 'heartbeat') return this.heartbeat(frame);
    if (frame.type === 'error') return;
    const room = this.rooms.get(frame.room);
    if (!room) return;
    switch (frame.type) {
      case 'subscribed':
        this.attempts = 0;
        if (room.seq === null || room.from === null) {
          room.from = frame.head;
          room.seq = frame.head;
          room.epoch = this.epoch;
        }
        if (room.site) this.send({ type: 'here', room: frame.room, site: room.site });
        return;
      case 'event':
        return this.deliver(frame.room, room, frame);
      case 'replayed':
        if (room.seq !== null && frame.seq > room.seq) room.seq = frame.seq;
        return;
      case 'reset':
        return this.reset(room, frame.head);
      case 'presence':
        return room.handlers.forEach((handler) => handler.onPresence?.(frame));
      case 'typing':
        return room.handlers.forEach((handler) => handler.onTyping?.(frame));
      case 'signal':
        return room.handlers.forEach((handler) => handler.onSignal?.(frame));
      case 'held':
        return room.handlers.forEach((handler) => handler.onHeld?.(frame.thread));
      case 'yours':
        return room.handlers.forEach((handler) => handler.onYours?.(frame.post));
      case 'poll':
        return room.handlers.forEach((handler) => handler.onPoll?.(frame));
      case 'own':
        return room.handlers.forEach((handler) => handler.onOwn?.(frame));
      case 'unsubscribed':
        return this.unsubscribed(frame.room, room, frame.code);
    }
  }

  private unsubscribed(id: string, room: RoomState, code: string): void {
    room.seq = null;
    room.from = null;
    if (code === 'removed') return room.handlers.forEach((handler) => handler.onRemoved?.());
    if (code !== 'role_changed') return;
    // The member sees another form of everything now.
    this.sendSubscribe(id, room);
    room.handlers.forEach((handler) => handler.onReset?.());
  }

  private hello(frame: Extract<ServerFrame, { type: 'hello' }>): void {
    this.greeted = true;
    // Where the server greets but cannot serve, the wait must go on growing.
    if (this.rooms.size === 0) this.attempts = 0;
    this.failures = 0;
    this.epoch = frame.epoch;
    this.clock.frame(frame.time);
    for (const [id, room] of this.rooms) {
      this.stopPoll(room);
      this.sendSubscribe(id, room);
    }
    this.setStatus({ state: 'connected' });
  }

  private heartbeat(frame: Extract<ServerFrame, { type: 'heartbeat' }>): void {
    this.clock.frame(frame.time);
    for (const [id, head] of Object.entries(frame.heads)) {
      const room = this.rooms.get(id);
      if (room && room.seq !== null && head > room.seq) this.sendSubscribe(id, room);
    }
  }

  private deliver(id: string, room: RoomState, event: LogEvent): void {
    if (room.seq !== null) {
      if (event.seq <= room.seq) return;
      if (event.seq > room.seq + 1) {
        // An entry is missing. What follows comes again with the replay.
        this.sendSubscribe(id, room);
        return;
      }
    }
    room.seq = event.seq;
    const { type: _type, ...plain } = event;
    room.handlers.forEach((handler) => handler.onEvent?.(plain));
  }

  private reset(room: RoomState, head: number): void {
    room.from = head;
    room.seq = head;
    room.epoch = this.epoch;
    room.handlers.forEach((handler) => handler.onReset?.());
  }

  private sendSubscribe(id: string, room: RoomState): void {
    const from = room.seq === null ? {} : { since: room.seq, ...(room.epoch ? { epoch: room.epoch } : {}) };
    this.send({ type: 'subscribe', room: id, ...from });
  }

  private startPoll(id: string, room: RoomState): void {
    if (room.poll || room.seq === null) return;
    const polled = {
      after: () => room.seq,
      fetch: (after: number, waitS: number, signal: AbortSignal) => this.options.fetchLog(id, after, waitS, signal),
      failed: () => (this.silent = true),
      take: (page: LogPage) => {
        this.answered();
        if (room.epoch && page.epoch !== room.epoch) {
          this.epoch = page.epoch;
          return this.reset(room, page.head);
        }
        room.epoch = page.epoch;
        for (const event of page.items) this.deliver(id, room, event);
      },
    };
    room.poll = pollLog(polled, this.options.random ?? Math.random);
  }

  /** The server is there again: if it was away, and not the sockets blocked, a socket gets through now. */
  private answered(): void {
    if (!this.silent) return;
    this.silent = false;
    if (this.status.state !== 'polling' || this.socket) return;
    this.clearRetry();
    this.connect();
  }

  private stopPoll(room: RoomState): void {
    room.poll?.abort();
    room.poll = null;
  }

  private watchSilence(limit: number): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      const greeted = this.greeted;
      this.dropSocket();
      socket?.close();
      if (greeted) this.scheduleRetry();
      else this.failed();
    }, limit);
  }

  private dropSocket(): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = null;
    const socket = this.socket;
    this.socket = null;
    this.greeted = false;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    // 0 and 1 are "connecting" and "open".
    if (socket.readyState <= 1) socket.close(1000);
  }

  private send(frame: ClientFrame): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  private clearRetry(): void {
    if (this.retry) clearTimeout(this.retry);
    this.retry = null;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private setStatus(status: LiveStatus): void {
    this.status = status;
    for (const listener of this.listeners) listener(status);
  }
}
