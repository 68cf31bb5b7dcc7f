import { describe, expect, it } from 'vitest';
import type { LogEvent, Room, Session } from '../api/types';
import type { EventOf, ViewOf } from './events';
import { applyRoom, needsRoom, withSession } from './room';

const event = (kind: string, data: unknown): LogEvent => ({ room: 'r', seq: 1, kind, at: '', data }) as LogEvent;
const room = { visibility: 'members', closed: false, may: ['read', 'create_post', 'close_room'] } as unknown as Room;
const at = (name: string, hour: number): object => ({ [name]: `2026-11-27T${String(hour).padStart(2, '0')}:00:00Z` });
const session = (id: string, hour: number, state: Session['state'] = 'scheduled'): Session =>
  ({ id, state, ...at('starts_at', hour), ...at('planned_start', hour) }) as unknown as Session;

describe('what a member may do', () => {
  it.each([
    ['role.granted', { member_id: 'me' }, 'now'],
    ['role.granted', { member_id: 'you' }, null],
    ['member.muted', {}, 'later'],
    ['room.reopened', { room: { visibility: 'members' } }, 'later'],
    ['room.edited', { room: { visibility: 'members' } }, null],
    ['room.edited', { room: { visibility: 'invited' } }, 'later'],
    ['post.created', {}, null],
  ])('after %s %o is asked: %s', (kind, data, asks) => {
    expect(needsRoom(event(kind, data), room, 'me')).toBe(asks);
  });

  it('is told to nobody who is not signed in', () => {
    expect(needsRoom(event('member.muted', {}), room, null)).toBeNull();
  });

  it('loses all talk in a room that closes, at once', () => {
    const closed = applyRoom(event('room.closed', { room: { closed: true } }), room);
    expect(closed).toMatchObject({ closed: true, may: ['read', 'close_room'] });
  });
});

describe('the sessions of a room whose agenda is not at hand', () => {
  const ahead = { ...room, live_session: null, next_session: session('a', 9) } as Room;
  const after = (data: unknown): { live: unknown; next: unknown; sure: boolean } => {
    const { room: told, sure } = withSession(event('session.edited', data) as EventOf<'session'>, ahead);
    return { live: told.live_session?.id, next: told.next_session?.id, sure };
  };

  it('knows the one that begins, and not what comes after it', () => {
    expect(after(session('a', 9, 'live'))).toEqual({ live: 'a', next: undefined, sure: false });
  });
  it('knows one that is put before the next one', () => {
    expect(after(session('b', 8))).toEqual({ live: undefined, next: 'b', sure: true });
    expect(after(session('b', 10))).toEqual({ live: undefined, next: 'a', sure: true });
  });
  it('is not sure when the next one moves back or goes', () => {
    expect(after(session('a', 12)).sure).toBe(false);
    expect(after({ id: 'a', removed: true })).toEqual({ live: undefined, next: undefined, sure: false });
    expect(after(session('a', 9, 'lobby'))).toEqual({ live: undefined, next: 'a', sure: true });
  });
  it('has all of it with a delay', () => {
    const sessions = [session('a', 9, 'live'), session('b', 11), session('c', 12)];
    const shifted = event('agenda.shifted', { sessions, delay: { minutes: 5 } }) as ViewOf<'agenda'>;
    const { room: told, sure } = withSession(shifted, ahead);
    expect([told.live_session?.id, told.next_session?.id, sure]).toEqual(['a', 'b', true]);
  });
});
