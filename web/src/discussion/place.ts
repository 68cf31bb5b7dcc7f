// Where a thread opens, and what this device remembers of reading: the order, and where the reader was.

import type { Post } from '../kernel/api/types';

export type Order = 'tree' | 'seq';

/** Which page of a thread to open. */
export type ThreadPlace =
  { around: number } | { around_number: number } | { around_time: string } | { at: 'start' | 'end' | 'unread' };

/** The post that a page was asked for: it, or the one that is nearest. */
export function targetOf(posts: readonly Post[], place: ThreadPlace): Post | null {
  const bySeq = [...posts].sort((a, b) => a.seq - b.seq);
  const last = bySeq.at(-1) ?? null;
  if ('around' in place) return bySeq.find((post) => post.seq >= place.around) ?? last;
  if ('around_number' in place) return bySeq.findLast((post) => post.number <= place.around_number) ?? bySeq[0] ?? null;
  if ('around_time' in place) {
    const time = Date.parse(place.around_time);
    return bySeq.find((post) => Date.parse(post.created_at) >= time) ?? last;
  }
  return null;
}

const THREADS_KEPT = 200;
const orderKey = (member: string): string => `plenary.order.${member}`;
const placesKey = (member: string): string => `plenary.read.${member}`;

export function storedOrder(member: string): Order {
  try {
    return localStorage.getItem(orderKey(member)) === 'seq' ? 'seq' : 'tree';
  } catch {
    return 'tree';
  }
}

export function storeOrder(member: string, order: Order): void {
  try {
    localStorage.setItem(orderKey(member), order);
  } catch {
    // The choice lasts as long as the page.
  }
}

function storedPlaces(member: string): [thread: string, seq: number][] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(placesKey(member)) ?? '[]');
    return Array.isArray(found) ? (found as [string, number][]) : [];
  } catch {
    return [];
  }
}

/** The post at which the reader was when the thread was last left on this device. */
export function storedPlace(member: string, thread: string): number | null {
  return storedPlaces(member).find(([id]) => id === thread)?.[1] ?? null;
}

export function storePlace(member: string, thread: string, seq: number): void {
  const others = storedPlaces(member).filter(([id]) => id !== thread);
  try {
    localStorage.setItem(placesKey(member), JSON.stringify([[thread, seq], ...others].slice(0, THREADS_KEPT)));
  } catch {
    // The thread opens at its top the next time.
  }
}
