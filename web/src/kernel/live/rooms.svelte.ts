import { get } from '../api/client';
import type { LogEvent, Page, Post, Room } from '../api/types';
import { follow, type Following } from './follow';
import { liveClient } from './live.svelte';
import { isAgendaEvent, isSessionEvent, needsRoom } from './room';
import { me } from '../me/me.svelte';

const FOLLOWED = 40;
const SOON = 12 * 3_600_000;
let rooms = $state.raw<Room[]>([]);
let loaded = $state(false);

export const roomList = {
  get all(): Room[] {
    return rooms;
  },
  get loaded(): boolean {
    return loaded;
  },
  get live(): Room[] {
    return rooms.filter((room) => room.live_session);
  },
  /** Where something is about to begin: a lobby is open, or it is a matter of hours. */
  soon(now: number): Room[] {
    const starts = (room: Room): number => Date.parse(room.next_session?.starts_at ?? '');
    return rooms
      .filter((room) => !room.live_session && !room.closed && room.next_session)
      .filter((room) => room.next_session!.state === 'lobby' || Math.abs(starts(room) - now) < SOON)
      .sort((a, b) => starts(a) - starts(b))
      .slice(0, 3);
  },
};

export async function loadRooms(): Promise<void> {
  const items: Room[] = [];
  let after: string | null = null;
  do {
    const page: Page<Room> = await get('/rooms', { limit: 100, after });
    items.push(...page.items);
    after = page.next;
  } while (after && items.length < 500);
  rooms = items;
  loaded = true;
}

export function forgetRooms(): void {
  rooms = [];
  loaded = false;
}

/** Keeps the counts of the listed rooms up to date while the home screen is open. */
export function followRooms(): () => void {
  const followings: Following[] = rooms.slice(0, FOLLOWED).map((room) => {
    const following = follow(
      liveClient,
      room.id,
      () => Promise.resolve(rooms.find((r) => r.id === room.id)?.head_seq ?? null),
      (event) => onEvent(room.id, event),
      { onRemoved: () => (rooms = rooms.filter((r) => r.id !== room.id)) },
    );
    void following.reload();
    return following;
  });
  return () => followings.forEach((following) => following.stop());
}

function onEvent(id: string, event: LogEvent): void {
  const room = rooms.find((r) => r.id === id);
  if (!room || event.seq <= room.head_seq) return;
  if (event.kind === 'post.created') {
    const post = event.data as Post;
    const side = post.author.constituency;
    const mine = post.author.id === me.member?.id;
    replace({
      ...room,
      head_seq: event.seq,
      post_count: room.post_count + 1,
      last_post_at: post.created_at,
      counts: { ...room.counts, [side]: (room.counts[side] ?? 0) + 1 },
      unread: room.unread + (mine ? 0 : 1),
    });
  } else if (
    isSessionEvent(event) ||
    isAgendaEvent(event) ||
    needsRoom(event, me.member?.id ?? null) ||
    event.kind === 'thread.created'
  ) {
    refetch(id);
  } else replace({ ...room, head_seq: event.seq });
}

function replace(room: Room): void {
  rooms = rooms.map((r) => (r.id === room.id ? room : r));
}

const pending = new Set<string>();
function refetch(id: string): void {
  if (pending.has(id)) return;
  pending.add(id);
  setTimeout(() => {
    pending.delete(id);
    get(`/rooms/${id}`).then(replace, () => {});
  }, 400);
}
