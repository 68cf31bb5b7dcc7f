import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { OutboxItem, OutboxStore } from './outbox';

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxItem; indexes: { member: string } };
}

/** Keeps the outbox in IndexedDB; where there is none (some private windows) it lives as long as the page. */
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
      return db ? db.getAllFromIndex('outbox', 'member', member) : memory.all(member);
    },
    async put(item) {
      const db = await open();
      if (db) await db.put('outbox', item);
      else await memory.put(item);
    },
    async remove(clientId) {
      const db = await open();
      if (db) await db.delete('outbox', clientId);
      else await memory.remove(clientId);
    },
  };
}

export function memoryStore(): OutboxStore {
  const items = new Map<string, OutboxItem>();
  return {
    all: (member) => Promise.resolve([...items.values()].filter((item) => item.member === member)),
    put: (item) => Promise.resolve(void items.set(item.client_id, item)),
    remove: (clientId) => Promise.resolve(void items.delete(clientId)),
  };
}
