import type { LogPage } from '../api/types';

const FIRST_PAUSE = 500;
/** Short: who follows by polling counts as present for as long as the questions come. */
const MAX_PAUSE = 5_000;
/** How long the server may hold one question, in seconds. */
const WAIT_S = 25;

export interface Polled {
  /** The number after which to go on; null ends it. */
  after: () => number | null;
  fetch: (after: number, waitS: number, signal: AbortSignal) => Promise<LogPage>;
  take: (page: LogPage) => void;
  /** The server did not answer. */
  failed?: () => void;
}

/** Asks for the log of a room again and again, for networks where no socket gets through. Ends by the controller. */
export function pollLog({ after, fetch, take, failed }: Polled, random: () => number): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  void (async () => {
    let pause = FIRST_PAUSE;
    // At first, and after a failure, the answer is wanted at once: it says that the server is there.
    let wait = 0;
    for (let from = after(); !signal.aborted && from !== null; from = after()) {
      try {
        const page = await fetch(from, wait, signal);
        if (signal.aborted) return;
        pause = FIRST_PAUSE;
        wait = WAIT_S;
        take(page);
      } catch {
        if (signal.aborted) return;
        wait = 0;
        failed?.();
        await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + random() / 2)));
        pause = Math.min(MAX_PAUSE, pause * 2);
      }
    }
  })();
  return controller;
}
