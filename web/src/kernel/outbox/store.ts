import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { OutboxItem, OutboxStore } from './outbox';

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxItem; indexes: { member: string } };
}

/**
 * Keeps the outbox in IndexedDB. Where there is none (some private windows), or it takes no more, a text lives as long as
 * the page.
 */
export function deviceStore(): OutboxStore {
  let database: Promise<IDBPDatabase<Schema> | null> | null = null;
  const memory = memoryStore();
  const open = (): Promise<IDBPDatabase<Schema> | null> =>
    (database ??= openDB<Schema>('plenary', 1, {
      upgrade: (db) => db.createObjectStore('outbox', { keyPath: 'client_id' }).createIndex('member', 'member'),
    }).catch(() => null));
  return {
    async all(member) {
      const db = await open();
      const kept = db ? await db.getAllFromIndex('outbox', 'member', member).catch(() => []) : [];
      return [...kept, ...(await memory.all(member))];
    },
    async put(item) {
      const db = await open();
      try {
        if (!db) throw new Error('no database');
        await db.put('outbox', item);
      } catch {
        await memory.put(item);
      }
    },
    async update(item) {
      await memory.update(item);
      const db = await open();
      const change = db?.transaction('outbox', 'readwrite');
      if (await change?.store.getKey(item.client_id)) await change?.store.put(item);
      await change?.done.catch(() => {});
    },
    async take(clientId, only) {
      const memorised = await memory.take(clientId, only);
      const db = await open();
      const change = db?.transaction('outbox', 'readwrite');
      const found = await change?.store.get(clientId);
      const fits = found && (!only || found.state === only);
      if (fits) await change?.store.delete(clientId);
      await change?.done.catch(() => {});
      return memorised ?? (fits ? found : undefined);
    },
  };
}

export function memoryStore(): OutboxStore {
  const items = new Map<string, OutboxItem>();
  return {
    all: (member) => Promise.resolve([...items.values()].filter((item) => item.member === member)),
    put: (item) => Promise.resolve(void items.set(item.client_id, item)),
    update: (item) => Promise.resolve(void (items.has(item.client_id) && items.set(item.client_id, item))),
    take: (clientId, only) => {
      const found = items.get(clientId);
      const fits = found && (!only || found.state === only);
      if (fits) items.delete(clientId);
      return Promise.resolve(fits ? found : undefined);
    },
  };
}
