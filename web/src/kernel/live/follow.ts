import type { LogEvent } from '../api/types';
import type { LiveClient, RoomHandlers } from './client';
import { Later } from './later';

export interface Following {
  /** Loads again, e.g. after a reset. Resolves when the load and everything buffered was applied. */
  reload: () => Promise<void>;
  stop: () => void;
}

/** After a reset, which may come to all at once. */
const RELOAD_WITHIN = 3_000;
/** After a load that failed. */
const AGAIN_WITHIN = [20_000, 40_000] as const;

export interface FollowOptions extends Omit<RoomHandlers, 'onEvent' | 'onReset'> {
  /** The room is loaded already, as far as this number of its log. */
  from?: number;
  onError?: (error: unknown) => void;
  random?: () => number;
}

/**
 * Follows one room without the snapshot race: subscribe first, keep what arrives aside, load by HTTP, then apply what
 * was kept; or subscribe at the number that was loaded already. `load` returns the head of the room's log that its
 * snapshot contains.
 */
export function follow(
  client: LiveClient,
  room: string,
  load: () => Promise<number | null>,
  apply: (event: LogEvent) => void,
  { from, onError, random, ...handlers }: FollowOptions = {},
): Following {
  let buffer: LogEvent[] | null = from === undefined ? [] : null;
  let turn = 0;
  let stopped = false;

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
  const resume = (): void =>
    void reload().catch((error: unknown) => {
      if (stopped) return;
      onError?.(error);
      again.ask();
    });
  const soon = new Later(resume, 0, RELOAD_WITHIN, random);
  const again = new Later(resume, ...AGAIN_WITHIN, random);

  const release = client.subscribe(
    room,
    {
      ...handlers,
      onEvent: (event) => (buffer ? buffer.push(event) : apply(event)),
      onReset: () => {
        buffer ??= [];
        soon.ask();
      },
    },
    from ?? null,
  );

  return {
    reload,
    stop: () => {
      stopped = true;
      turn += 1;
      soon.cancel();
      again.cancel();
      release();
    },
  };
}
