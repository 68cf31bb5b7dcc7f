import { ApiError, API, get, post } from '../kernel/api/client';
import type { Constituency, ScreenAnswer, ScreenMessage, ScreenView } from '../kernel/api/types';

/** A screen that has heard nothing for so long says so. */
const STALE = 10_000;
/** A connection that is silent for so long is given up. */
const SILENCE = 12_000;
const PATIENCE = { timeoutMs: 8_000, patienceMs: 0 };

/** A screen in a hall: waits to be paired, then shows what it is sent, and comes back for ever. */
export class ScreenModel {
  state = $state<'starting' | 'waiting' | 'showing'>('starting');
  code = $state('');
  view = $state.raw<ScreenView | null>(null);
  constituencies = $state.raw<Constituency[]>([]);
  /** The server's clock. */
  now = $state(Date.now());
  stale = $state(false);
  private offset = 0;
  private heard = performance.now();
  private stopped = false;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  start(): void {
    this.timer = setInterval(() => {
      this.now = Date.now() + this.offset;
      this.stale = performance.now() - this.heard > STALE;
    }, 250);
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer) clearInterval(this.timer);
    this.socket?.close();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopped) {
      try {
        const renewed = await this.once();
        failures = 0;
        if (!renewed) await wait(this.state === 'waiting' ? 2_000 : 500 + Math.random() * 500);
      } catch (error) {
        failures += 1;
        const asked = error instanceof ApiError ? (error.retryAfterS ?? 0) * 1000 : 0;
        await wait(Math.max(asked, Math.min(5_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2)));
      }
    }
  }

  /** Asks how it stands, and listens while it is paired. True when it shall ask again at once. */
  private async once(): Promise<boolean> {
    if (this.constituencies.length === 0) {
      const place = await get('/installation', undefined, PATIENCE);
      this.constituencies = [...place.constituencies].sort((a, b) => a.position - b.position);
    }
    const answer = await this.ask();
    if (answer.state === 'renewed' || answer.state === 'none') return true;
    this.hear(answer.time);
    if (answer.state === 'waiting') {
      this.code = answer.code;
      this.view = null;
      this.state = 'waiting';
      return false;
    }
    this.view = answer.view;
    this.state = 'showing';
    await this.listen();
    return false;
  }

  private async ask(): Promise<ScreenAnswer> {
    try {
      const answer = await get('/screen', undefined, PATIENCE);
      if (answer.state !== 'none') return answer;
    } catch (error) {
      // Unpaired, or its code is over: begins anew.
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    this.view = null;
    return post('/screens', undefined, PATIENCE);
  }

  private hear(time: string): void {
    this.heard = performance.now();
    this.offset = Date.parse(time) - Date.now();
    this.stale = false;
  }

  /** Until the connection ends. */
  private listen(): Promise<void> {
    return new Promise((done) => {
      const address = new URL(`${API}/screen/live`, location.href);
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(address);
      this.socket = socket;
      let silence: ReturnType<typeof setTimeout>;
      const end = (): void => {
        clearTimeout(silence);
        socket.onclose = socket.onmessage = null;
        socket.close();
        done();
      };
      const listen = (): void => {
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE);
      };
      listen();
      socket.onclose = end;
      socket.onmessage = (event) => {
        listen();
        for (const line of String(event.data).split('\n')) this.take(line);
      };
    });
  }

  private take(line: string): void {
    const frame = JSON.parse(line) as ScreenMessage;
    if (frame.type !== 'screen') this.hear(frame.time);
    else {
      this.heard = performance.now();
      this.view = frame.view;
    }
  }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
