import type { LogEvent } from '../api/types';
import type { LiveClient, RoomHandlers } from './client';

export interface Following {
  /** Loads again, e.g. after a reset. Resolves when the first load and everything buffered was applied. */
  reload: () => Promise<void>;
  stop: () => void;
}

/**
 * Follows one room without the snapshot race: subscribe first, keep what arrives aside, load by HTTP, then apply what
 * was kept. `load` returns the head of the room's log that its snapshot contains.
 */
export function follow(
  client: LiveClient,
  room: string,
  load: () => Promise<number | null>,
  apply: (event: LogEvent) => void,
  extra: Omit<RoomHandlers, 'onEvent' | 'onReset'> & { onError?: (error: unknown) => void } = {},
): Following {
  let buffer: LogEvent[] | null = [];
  let turn = 0;

  const reload = async (): Promise<void> => {
    const mine = ++turn;
    buffer ??= [];
    const head = await load();
    if (mine !== turn) return;
    const kept: LogEvent[] = buffer ?? [];
    buffer = null;
    kept.forEach(apply);
    if (head !== null) client.loaded(room, head);
  };

  const release = client.subscribe(room, {
    ...extra,
    onEvent: (event) => (buffer ? buffer.push(event) : apply(event)),
    onReset: () => void reload().catch((error: unknown) => extra.onError?.(error)),
  });

  return {
    reload,
    stop: () => {
      turn += 1;
      release();
    },
  };
}
