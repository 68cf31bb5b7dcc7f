// What everything that shows a part of a room needs to follow the room itself.

import type { LogEvent, Room } from '../api/types';

const ROOM = /^room\./;
const SESSION = /^session\./;
const AGENDA = /^agenda\./;

export function isRoomEvent(event: LogEvent): boolean {
  return ROOM.test(event.kind);
}

export function isSessionEvent(event: LogEvent): boolean {
  return SESSION.test(event.kind);
}

/** The whole agenda with its delay. */
export function isAgendaEvent(event: LogEvent): boolean {
  return AGENDA.test(event.kind);
}

/** Kinds after which what this member may do, or the room's own counters, have to be fetched again. */
export function needsRoom(event: LogEvent, me: string | null): boolean {
  if (event.kind === 'member.muted' || event.kind === 'member.unmuted') return true;
  if (event.kind === 'room.closed' || event.kind === 'room.reopened' || event.kind === 'room.edited') return true;
  if (event.kind === 'role.granted' || event.kind === 'role.revoked') {
    return (event.data as { member_id?: string }).member_id === me;
  }
  return false;
}

export function applyRoom(event: LogEvent, room: Room): Room {
  const view = (event.data as { room?: Partial<Room> & { programme?: unknown } }).room;
  if (!view) return room;
  const { programme: _programme, ...facts } = view;
  return { ...room, ...(facts as Partial<Room>) };
}
