// What LiveClient is given, and what it tells.

import type { LogEvent, LogPage, Presence } from '../api/types';
import type { OwnFrame, PollFrame, SignalFrame, TypingFrame } from './frames';
import type { SocketLike } from './socket';

export interface LiveOptions {
  open: () => SocketLike;
  /** Long polling, for networks where no socket gets through. */
  fetchLog: (room: string, after: number, waitS: number, signal: AbortSignal) => Promise<LogPage>;
  random?: () => number;
  now?: () => number;
  isOnline?: () => boolean;
}

export interface RoomHandlers {
  onEvent?: (event: LogEvent) => void;
  /** The log cannot be continued: load the room again by HTTP. */
  onReset?: () => void;
  onPresence?: (presence: Presence) => void;
  onTyping?: (frame: TypingFrame) => void;
  onSignal?: (frame: SignalFrame) => void;
  /** What waits for a moderator in a thread changed; only its author and the desk are told. */
  onHeld?: (thread: string) => void;
  /** This member wrote a post whose event does not name its author. */
  onYours?: (post: string) => void;
  /** This member may answer a poll that has just opened. */
  onPoll?: (frame: PollFrame) => void;
  /** Something of this member's own changed, here or on another device. */
  onOwn?: (frame: OwnFrame) => void;
  /** The member may not read the room any more. */
  onRemoved?: () => void;
}

export type LiveStatus =
  | { state: 'idle' }
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'waiting'; retryAt: number }
  | { state: 'offline' }
  | { state: 'polling' }
  | { state: 'stopped'; code: number };
