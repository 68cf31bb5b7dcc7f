import { API, get, whenAnswered } from '../api/client';
import { LiveClient, type LiveStatus, type SocketLike } from './client';

let status = $state.raw<LiveStatus>({ state: 'idle' });
let end: (code: number) => void = () => {};

export const liveClient = new LiveClient({
  open: () => {
    const address = new URL(`${API}/live`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(address) as unknown as SocketLike;
  },
  fetchLog: (room, after, wait, signal) =>
    get(`/rooms/${room}/log`, { after, wait }, { signal, timeoutMs: (wait + 10) * 1000 }),
  isOnline: () => navigator.onLine,
});

whenAnswered((date, asked, answered) => liveClient.clock.answer(date, asked, answered));

liveClient.onStatus((next) => {
  status = next;
  if (next.state === 'stopped') end(next.code);
});

export const live = {
  get status(): LiveStatus {
    return status;
  },
  /** The server's clock. */
  now: (): number => liveClient.clock.now(),
  start: (): void => liveClient.start(),
  stop: (): void => liveClient.stop(),
  onEnd: (handler: (code: number) => void): void => {
    end = handler;
  },
};

export function watchNetwork(flush: () => void): void {
  const wake = (): void => {
    liveClient.wake();
    flush();
  };
  window.addEventListener('online', wake);
  window.addEventListener('offline', () => liveClient.wentOffline());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
  let connected = false;
  liveClient.onStatus((next) => {
    if (next.state === 'connected' && !connected) flush();
    connected = next.state === 'connected';
  });
}
