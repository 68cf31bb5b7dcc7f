// Events of the log by what they are about, so that what each carries is typed by the server's OpenAPI.

import type { LogEvent, RemovedEvent } from '../api/types';

type Subject = LogEvent['kind'] extends infer K ? (K extends `${infer S}.${string}` ? S : never) : never;

/** The events about a subject: `EventOf<'session'>` are `session.created`, `session.edited` and so on. */
export type EventOf<S extends Subject> = Extract<LogEvent, { kind: `${S}.${string}` }>;

/** The same events, where what they are about is still there. */
export type ViewOf<S extends Subject> = Exclude<EventOf<S>, { data: RemovedEvent }>;

/** Is about one of these subjects, which may be gone by now: then all that is known of it is its id. */
export function isAbout<S extends Subject>(event: LogEvent, ...subjects: S[]): event is EventOf<S> {
  return (subjects as string[]).includes(event.kind.slice(0, event.kind.indexOf('.')));
}

export function isRemoved(data: LogEvent['data']): data is RemovedEvent {
  return 'removed' in data && data.removed;
}

/** Is about one of these subjects and brings its current view. */
export function shows<S extends Subject>(event: LogEvent, ...subjects: S[]): event is ViewOf<S> {
  return isAbout(event, ...subjects) && !isRemoved(event.data);
}
