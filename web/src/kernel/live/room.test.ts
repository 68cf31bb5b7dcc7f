import { expect, it } from 'vitest';
import type { LogEvent } from '../api/types';
import { needsRoom } from './room';

const event = (kind: string, data: unknown): LogEvent => ({ room: 'r', seq: 1, kind, at: '', data });

it('knows when permissions may have changed', () => {
  expect(needsRoom(event('role.granted', { member_id: 'me' }), 'me')).toBe(true);
  expect(needsRoom(event('role.granted', { member_id: 'you' }), 'me')).toBe(false);
  expect(needsRoom(event('member.muted', {}), 'me')).toBe(true);
  expect(needsRoom(event('post.created', {}), 'me')).toBe(false);
});
