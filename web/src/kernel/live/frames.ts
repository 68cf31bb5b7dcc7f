import type { ClientFrame, Frame, LogEvent } from '../api/types';

export type { ClientFrame };

/** What the server sends over the socket, one JSON object a line. */
export type ServerFrame = Frame | ({ type: 'event' } & LogEvent);
type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;

export type TypingFrame = FrameOf<'typing'>;
/** "Slower", "repeat", "term?": only those who run the session and who speaks hear it. */
export type SignalFrame = FrameOf<'signal'>;
/** This member may answer a poll that has just opened. */
export type PollFrame = FrameOf<'poll'>;
/** Something of this member's own changed, here or on another device; what it is now is to be read. */
export type OwnFrame = FrameOf<'own'>;

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
