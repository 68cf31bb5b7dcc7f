import { get } from '../api/client';
import type { LogEvent, Page, Room } from '../api/types';
import { follow, type Following } from './follow';
import { liveClient } from './live.svelte';
import { Later } from './later';
import { isAbout, shows } from './events';
import { applyRoom, needsRoom, RIGHTS_WITHIN, withSession } from './room';
import { me } from '../me/me.svelte';

const FOLLOWED = 40;
const SOON = 12 * 3_600_000;
let rooms = $state.raw<Room[]>([]);
let loaded = $state(false);
/** Posts of one's own whose events do not say so. */
const yours = new Set<string>();

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
  yours.clear();
}

/** Keeps the counts of the listed rooms up to date while the home screen is open. */
export function followRooms(): () => void {
  const followings: Following[] = rooms.slice(0, FOLLOWED).map((room) => {
    const following = follow(
      liveClient,
      room.id,
      () => Promise.resolve(rooms.find((r) => r.id === room.id)?.head_seq ?? null),
      (event) => onEvent(room.id, event),
      { onYours: (post) => yours.add(post), onRemoved: () => (rooms = rooms.filter((r) => r.id !== room.id)) },
    );
    void following.reload();
    return following;
  });
  return () => followings.forEach((following) => following.stop());
}

function onEvent(id: string, event: LogEvent): void {
  const room = rooms.find((r) => r.id === id);
  if (!room || event.seq <= room.head_seq) return;
  if (event.kind === 'post.created' && shows(event, 'post')) {
    const post = event.data;
    const side = post.author.constituency;
    const mine = post.author.id === me.member?.id || yours.has(post.id);
    replace({
      ...room,
      head_seq: event.seq,
      post_count: room.post_count + 1,
      last_post_at: post.created_at,
      counts: { ...room.counts, [side]: (room.counts[side] ?? 0) + 1 },
      unread: room.unread + (mine ? 0 : 1),
    });
  } else if (event.kind === 'thread.created' && shows(event, 'thread')) {
    const counted = event.data.kind === 'chat' ? 0 : 1;
    replace({ ...room, head_seq: event.seq, thread_count: room.thread_count + counted });
  } else if (isAbout(event, 'session') || shows(event, 'agenda')) {
    const next = withSession(event, room);
    replace({ ...next.room, head_seq: event.seq });
    if (!next.sure) later(id).ask();
  } else {
    const asks = needsRoom(event, room, me.member?.id ?? null);
    replace({ ...applyRoom(event, room), head_seq: event.seq });
    if (asks === 'now') refetch(id);
    else if (asks === 'later') later(id).ask();
  }
}

function replace(room: Room): void {
  rooms = rooms.map((r) => (r.id === room.id ? room : r));
}

const asking = new Map<string, Later>();
/** Everybody whose list shows the room would ask at once. */
function later(id: string): Later {
  const known = asking.get(id) ?? new Later(() => refetch(id), ...RIGHTS_WITHIN);
  asking.set(id, known);
  return known;
}

function refetch(id: string): void {
  get(`/rooms/${id}`).then(replace, () => {});
}
