import type { LogEvent, SessionSnapshot } from '../api/types';
import type { LiveClient, RoomHandlers } from './client';
import { follow, type FollowOptions, type Following } from './follow';

type Frames = Pick<RoomHandlers, 'onPresence' | 'onTyping' | 'onHeld' | 'onYours' | 'onPoll' | 'onOwn'>;

/** A part of a session: it starts from the snapshot and goes on by events, so that nobody has to ask for it. */
export interface SessionPart extends Frames {
  load(snapshot: SessionSnapshot): void;
  take(event: LogEvent): void;
  close?(): void;
}

/** Keeps the parts of a session up to date by one subscription, from the snapshot on. `read` brings a new snapshot. */
export function followSession(
  client: LiveClient,
  snapshot: SessionSnapshot,
  read: () => Promise<SessionSnapshot>,
  parts: readonly SessionPart[],
  options: Omit<FollowOptions, 'from' | keyof Frames> = {},
): Following {
  const load = (loaded: SessionSnapshot): number => {
    parts.forEach((part) => part.load(loaded));
    return loaded.head_seq;
  };
  const following = follow(
    client,
    snapshot.room.id,
    async () => load(await read()),
    (event) => parts.forEach((part) => part.take(event)),
    {
      ...options,
      from: load(snapshot),
      onPresence: (presence) => parts.forEach((part) => part.onPresence?.(presence)),
      onTyping: (frame) => parts.forEach((part) => part.onTyping?.(frame)),
      onHeld: (thread) => parts.forEach((part) => part.onHeld?.(thread)),
      onYours: (post) => parts.forEach((part) => part.onYours?.(post)),
      onPoll: (frame) => parts.forEach((part) => part.onPoll?.(frame)),
      onOwn: (frame) => parts.forEach((part) => part.onOwn?.(frame)),
    },
  );
  return {
    reload: following.reload,
    stop: () => {
      following.stop();
      parts.forEach((part) => part.close?.());
    },
  };
}
