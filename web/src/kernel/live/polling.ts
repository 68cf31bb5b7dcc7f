import type { LogPage } from '../api/types';

const FIRST_PAUSE = 500;
const MAX_PAUSE = 20_000;
/** How long the server may hold one question, in seconds. */
const WAIT_S = 25;

export interface Polled {
  /** The number after which to go on; null ends it. */
  after: () => number | null;
  fetch: (after: number, waitS: number, signal: AbortSignal) => Promise<LogPage>;
  take: (page: LogPage) => void;
}

/** Asks for the log of a room again and again, for networks where no socket gets through. Ends by the controller. */
export function pollLog({ after, fetch, take }: Polled): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  void (async () => {
    let pause = FIRST_PAUSE;
    for (let from = after(); !signal.aborted && from !== null; from = after()) {
      try {
        const page = await fetch(from, WAIT_S, signal);
        if (signal.aborted) return;
        pause = FIRST_PAUSE;
        take(page);
      } catch {
        if (signal.aborted) return;
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(MAX_PAUSE, pause * 2);
      }
    }
  })();
  return controller;
}
