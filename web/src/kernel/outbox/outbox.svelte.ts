import { request } from '../api/client';
import { Outbox, type OutboxItem } from './outbox';
import { deviceStore } from './store';

let items = $state.raw<OutboxItem[]>([]);

export const outbox = new Outbox({
  store: deviceStore(),
  send: (item) => {
    const { title, kind, parent_id, ...rest } = item.payload;
    const path = item.kind === 'thread' ? `/rooms/${item.room}/threads` : `/threads/${item.thread}/posts`;
    const body =
      item.kind === 'thread'
        ? { ...rest, title, kind, client_id: item.client_id }
        : { ...rest, ...(parent_id ? { parent_id } : {}), client_id: item.client_id };
    return request('POST', path, body);
  },
  exclusively: async (work) => {
    // Older browsers have no locks; sending twice is harmless because of the client id.
    if (!navigator.locks) return work();
    await navigator.locks.request('plenary-outbox', work);
  },
});

outbox.onChange((next) => (items = next));

export const waiting = {
  get items(): OutboxItem[] {
    return items;
  },
  in: (thread: string): OutboxItem[] => items.filter((item) => item.thread === thread),
};
