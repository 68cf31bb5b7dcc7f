import { API, get, whenAnswered } from '../api/client';
import { LiveClient, type LiveStatus, type SocketLike } from './client';

let status = $state.raw<LiveStatus>({ state: 'idle' });
/** The connection has no sign-in: it hears public rooms only. */
let asGuest = false;
let end: (code: number) => void = () => {};

export const liveClient = new LiveClient({
  open: () => {
    const address = new URL(`${API}/live`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(address) as unknown as SocketLike;
  },
  fetchLog: (room, after, wait, signal) =>
    get(`/rooms/${room}/log`, { after, wait }, { signal, timeoutMs: (wait + 10) * 1000, patienceMs: 0 }),
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
  /** For whoever is signed in; a connection without a sign-in ends. */
  start: (): void => {
    if (asGuest) liveClient.stop();
    asGuest = false;
    liveClient.start();
  },
  /** For whoever reads what is open to all, and is not signed in. */
  startAsGuest: (): void => {
    if (status.state !== 'idle') return;
    asGuest = true;
    liveClient.start();
  },
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
