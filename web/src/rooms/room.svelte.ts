import { get, notFound } from '../kernel/api/client';
import type { LogEvent, PostEvent, Presence, Room, Session, Thread } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { live, liveClient } from '../kernel/live/live.svelte';
import { agenda } from '../agenda/reducers';
import { shows } from '../kernel/live/events';
import { sortThreads } from '../discussion/reducers';
import { Later } from '../kernel/live/later';
import { needsRoom, RIGHTS_WITHIN } from '../kernel/live/room';
import { apply } from './reducers';
import { me } from '../kernel/me/me.svelte';

export type Sort = 'activity' | 'new';
export type Filter = 'all' | 'unread';

/** What brings a list back to how it was. */
export interface KeptList {
  sort: Sort;
  filter: Filter;
  rows: number;
}

/** How many rows come back by themselves, at most. */
const ROWS_BACK = 500;

/** One room with its agenda and its list of threads, kept up to date. */
export class RoomModel {
  room = $state.raw<Room | null>(null);
  sessions = $state.raw<Record<string, Session>>({});
  threads = $state.raw<Record<string, Thread>>({});
  /** The order of the list as it was loaded; live changes do not move rows under the reader's finger. */
  listed = $state.raw<string[]>([]);
  next = $state<string | null>(null);
  sort = $state<Sort>('activity');
  filter = $state<Filter>('all');
  arrived = $state(0);
  presence = $state.raw<Presence | null>(null);
  error = $state.raw<unknown>(null);
  loadingList = $state(false);
  agenda = $derived(agenda(this.sessions));
  private following: Following | null = null;
  private rights = new Later(() => void this.refresh(), ...RIGHTS_WITHIN);

  private bumped = new Set<string>();
  /** Posts of one's own whose events do not say so. */
  private yours = new Set<string>();

  /** `kept`: how the list was when the reader left it. */
  constructor(
    private key: string,
    private kept: KeptList | null = null,
  ) {
    this.sort = kept?.sort ?? this.sort;
    this.filter = kept?.filter ?? this.filter;
  }

  list = $derived.by(() => this.listed.map((id) => this.threads[id]).filter((t): t is Thread => t !== undefined));

  may(action: Room['may'][number]): boolean {
    return this.room?.may.includes(action) ?? false;
  }

  async open(): Promise<void> {
    if (!me.member) live.startAsGuest();
    try {
      let first: Room | null = await get(`/rooms/${encodeURIComponent(this.key)}`);
      this.room = first;
      this.following = follow(
        liveClient,
        first.id,
        () => {
          const found = first;
          first = null;
          return this.load(found);
        },
        (event) => this.take(event),
        {
          onYours: (post) => this.yours.add(post),
          onPresence: (presence) => (this.presence = presence),
          onRemoved: () => this.removed(),
          onError: (error) => (this.error = error),
        },
      );
      await this.following.reload();
    } catch (error) {
      this.error = error;
    }
  }

  private removed(): void {
    this.error = notFound();
    this.room = null;
  }

  close(): void {
    this.rights.cancel();
    this.following?.stop();
  }

  async refresh(): Promise<void> {
    const id = this.room?.id;
    if (!id) return;
    try {
      this.room = await get(`/rooms/${id}`);
    } catch (error) {
      this.error = error;
    }
  }

  private async load(found: Room | null): Promise<number> {
    const id = this.room!.id;
    // The room first: an event that is applied twice is harmless, one that is missed is not.
    const room = found ?? (await get(`/rooms/${id}`));
    const [sessions] = await Promise.all([get(`/rooms/${id}/sessions`), this.loadAsLong(this.kept?.rows ?? 0)]);
    this.kept = null;
    this.room = room;
    this.sessions = Object.fromEntries(sessions.items.map((s) => [s.id, s]));
    return room.head_seq;
  }

  /** The list, at least as long as it was. */
  private async loadAsLong(rows: number): Promise<void> {
    await this.loadThreads();
    while (this.next && this.listed.length < Math.min(rows, ROWS_BACK)) await this.loadThreads(true);
  }

  async loadThreads(more = false): Promise<void> {
    this.loadingList = true;
    try {
      const page = await get(`/rooms/${this.room!.id}/threads`, {
        sort: this.sort,
        filter: this.filter === 'unread' ? 'unread' : null,
        after: more ? this.next : null,
        limit: 50,
      });
      const before = more ? this.listed : [];
      this.threads = { ...this.threads, ...Object.fromEntries(page.items.map((thread) => [thread.id, thread])) };
      this.listed = [...before, ...page.items.map((t) => t.id).filter((id) => !before.includes(id))];
      this.next = page.next;
      if (!more) this.forgetArrived();
    } finally {
      this.loadingList = false;
    }
  }

  /** Shows the threads that came since, in the order of the list. */
  showArrived(): void {
    if (this.next || this.bumped.size > 0) {
      void this.loadThreads();
      return;
    }
    const all = Object.values(this.threads).filter((thread) => thread.kind !== 'chat');
    const shown = this.filter === 'unread' ? all.filter((t) => t.unread > 0) : all;
    this.listed = sortThreads(shown, this.sort).map((thread) => thread.id);
    this.forgetArrived();
  }

  private forgetArrived(): void {
    this.arrived = 0;
    this.bumped.clear();
  }

  private take(event: LogEvent): void {
    if (!this.room) return;
    const fresh = event.seq > this.room.head_seq;
    const asks = needsRoom(event, this.room, me.member?.id ?? null);
    const known = Object.keys(this.threads).length;
    const state = apply(event, {
      room: this.room,
      threads: this.threads,
      sessions: this.sessions,
      posts: {},
      seq: this.room.head_seq,
    });
    this.room = state.room;
    this.sessions = state.sessions;
    this.threads = state.threads;
    if (fresh && event.kind === 'post.created' && shows(event, 'post')) this.countUnread(event.data);
    if (shows(event, 'thread') && Object.keys(this.threads).length > known) this.newThread(event.data.id);
    if (asks === 'now') void this.refresh();
    else if (asks === 'later') this.rights.ask();
  }

  private newThread(id: string): void {
    const thread = this.threads[id];
    if (thread && thread.kind !== 'chat') this.arrived += 1;
  }

  private countUnread(post: PostEvent): void {
    const thread = this.threads[post.thread];
    if (!thread) return this.bump(post.thread);
    if (post.author.id === me.member?.id || this.yours.has(post.id)) return;
    this.threads = { ...this.threads, [thread.id]: { ...thread, unread: thread.unread + 1 } };
  }

  /** Something was said in a thread that lies on a page further down: it belongs on top now. */
  private bump(thread: string): void {
    const isChat = Object.values(this.sessions).some((session) => session.thread === thread);
    if (isChat || !this.next || this.sort !== 'activity' || this.bumped.has(thread)) return;
    this.bumped.add(thread);
    this.arrived += 1;
  }
}
