import type { LogEvent, Presence, SignalKind } from '../api/types';

/** "Slower", "repeat", "term?": only those who run the session and who speaks hear it. */
export interface SignalFrame {
  type: 'signal';
  room: string;
  session: string;
  kind: SignalKind;
  term?: string;
  from: 'interpreter' | 'member';
}

/** This member may answer a poll that has just opened, or into which they were let. */
export interface PollFrame {
  type: 'poll';
  room: string;
  poll: string;
  eligible: boolean;
}

/** Something of this member's own changed, here or on another device; what it is now is to be read. */
export interface OwnFrame {
  type: 'own';
  room: string;
  part: 'poll' | 'support' | 'question';
  id: string;
}

/** What the server sends over the socket, one JSON object a line. */
export type ServerFrame =
  | { type: 'hello'; version: number; epoch: string; heartbeat_s: number; time: string }
  | { type: 'subscribed'; room: string; head: number; recovered: boolean }
  | ({ type: 'event' } & LogEvent)
  | { type: 'replayed'; room: string; seq: number }
  | { type: 'reset'; room: string; head: number }
  | ({ type: 'presence'; room: string } & Presence)
  | { type: 'heartbeat'; time: string; heads: Record<string, number> }
  | { type: 'typing'; room: string; thread: string; name?: string | null; constituency: string }
  | SignalFrame
  | { type: 'held'; room: string; thread: string }
  | PollFrame
  | OwnFrame
  | { type: 'unsubscribed'; room: string; code: string }
  | { type: 'error'; code: string; message: string };

export type TypingFrame = Extract<ServerFrame, { type: 'typing' }>;

/** Several frames may share one message; a broken line never takes the others with it. */
export function parseFrames(message: string): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (const line of message.split('\n')) {
    if (line.trim() === '') continue;
    try {
      frames.push(JSON.parse(line) as ServerFrame);
    } catch {
      // A line that is not JSON cannot be acted on; a missed event shows up as a gap and is fetched again.
    }
  }
  return frames;
}
