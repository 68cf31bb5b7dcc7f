// Reads that wait until a busy server takes them.

let count = $state(0);

export const waitingReads = {
  get any(): boolean {
    return count > 0;
  },
};

/** Resolves after this time, or rejects as soon as the read is given up. */
export async function whileWaiting(ms: number, signal?: AbortSignal): Promise<void> {
  count += 1;
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      const give = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      if (signal?.aborted) give();
      else signal?.addEventListener('abort', give, { once: true });
    });
  } finally {
    count -= 1;
  }
}
