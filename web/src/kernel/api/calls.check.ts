// Calls that must not compile; `npm run check` fails when one does. Nothing runs this.

import { del, get, patch, post, put } from './client';

export function refused(id: string): unknown[] {
  return [
    // @ts-expect-error no such path
    get('/roomz'),
    // @ts-expect-error no such path below a known one
    get(`/rooms/${id}/nowhere`),
    // @ts-expect-error no such method for this path
    put(`/polls/${id}/open`),
    // @ts-expect-error no such parameter
    get(`/rooms/${id}/threads`, { colour: 'red' }),
    // @ts-expect-error a body of the wrong type
    post('/rooms', { title: 3, kind: 'forum', visibility: 'members' }),
    // @ts-expect-error a body that lacks its revision
    patch(`/posts/${id}`, { body: 'x' }),
    // @ts-expect-error no body where there must be one
    del(`/posts/${id}/hidden`),
    // @ts-expect-error the answer has no such field
    get('/me').then((me) => me.nickname),
  ];
}
