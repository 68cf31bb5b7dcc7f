// Readings of frames and events that must not compile; `npm run check` fails when one does. Nothing runs this.

import type { LogEvent } from '../api/types';
import { isAbout, shows } from './events';
import type { ClientFrame, ServerFrame } from './frames';

export function refused(event: LogEvent, frame: ServerFrame): unknown[] {
  // @ts-expect-error no such subject
  if (isAbout(event, 'pots')) return [];
  // @ts-expect-error no such kind
  if (event.kind === 'post.vanished') return [];
  // @ts-expect-error an event that may be about anything has no body
  if (event.data.body_html) return [];
  // @ts-expect-error the session may be gone
  if (isAbout(event, 'session')) return [event.data.starts_at];
  // @ts-expect-error no such field
  if (shows(event, 'session')) return [event.data.begins_at];
  // @ts-expect-error a field of another subject
  if (shows(event, 'poll')) return [event.data.thread_state];
  // @ts-expect-error no such field in a frame
  if (frame.type === 'poll') return [frame.question];
  // @ts-expect-error no such frame
  if (frame.type === 'pol') return [];
  // @ts-expect-error a frame of ours that lacks its thread
  const sent: ClientFrame = { type: 'typing', room: 'r' };
  return [sent];
}
