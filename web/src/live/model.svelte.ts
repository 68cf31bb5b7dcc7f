import { agenda } from '../agenda/reducers';
import { currentSession, isRunning } from '../agenda/sessions.svelte';
import { ThreadModel } from '../discussion/thread.svelte';
import { get, notFound } from '../kernel/api/client';
import type { Action, LogEvent, Presence, Room, Session, SessionSnapshot, Site } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { Later } from '../kernel/live/later';
import { liveClient } from '../kernel/live/live.svelte';
import { needsRoom, RIGHTS_WITHIN } from '../kernel/live/room';
import { followSession, type SessionPart } from '../kernel/live/session';
import { me } from '../kernel/me/me.svelte';
import { apply } from '../rooms/reducers';
import { PANELS, type PanelEntry } from './panels';
import { chosenSite } from './site';

/** When the session that is followed changes, all who follow it load the next one. */
const SWITCH_WITHIN = 3_000;
const AGAIN_WITHIN = [10_000, 30_000] as const;

/** What the page shows of one session beside its room: all of it comes with one snapshot. */
export interface Shown {
  session: string;
  chat: ThreadModel;
  panels: readonly { entry: PanelEntry; model: SessionPart }[];
}

/** A live session with its room, kept up to date. */
export class LiveModel implements SessionPart {
  room = $state.raw<Room | null>(null);
  sessions = $state.raw<Record<string, Session>>({});
  presence = $state.raw<Presence | null>(null);
  error = $state.raw<unknown>(null);
  site = $state<Site>('online');
  shown = $state.raw<Shown | null>(null);
  agenda = $derived(agenda(this.sessions));
  /** The session of the page: the one that its address names, or the one that is under way in the room. */
  wanted = $state<string | null>(null);
  session = $derived(this.agenda.find((one) => one.id === this.wanted) ?? null);
  private following: Following | null = null;
  private turn = 0;
  private rights = new Later(() => void this.refresh(), ...RIGHTS_WITHIN);
  private next = new Later(() => void this.show(), 0, SWITCH_WITHIN);
  private again = new Later(() => void this.show(), ...AGAIN_WITHIN);

  constructor(private place: { room?: string; session?: string }) {}

  may(action: Action): boolean {
    return this.room?.may.includes(action) ?? false;
  }

  async open(): Promise<void> {
    try {
      this.wanted = this.place.session ?? (await this.current(this.place.room!));
      if (this.wanted) await this.show();
    } catch (error) {
      this.error = error;
    }
  }

  close(): void {
    this.turn = -1;
    [this.rights, this.next, this.again].forEach((later) => later.cancel());
    this.following?.stop();
  }

  /** The session under way in a room. None while it has no agenda; then the room is followed until it has. */
  private async current(key: string): Promise<string | null> {
    const room = await get(`/rooms/${encodeURIComponent(key)}`);
    const ahead = room.live_session ?? room.next_session;
    if (ahead) return ahead.id;
    const { items } = await get(`/rooms/${room.id}/sessions`);
    const last = currentSession(agenda(items));
    if (!last && this.turn === 0) {
      this.room = room;
      const load = async (): Promise<number> => (this.room = await get(`/rooms/${room.id}`)).head_seq;
      const frames = { from: room.head_seq, onRemoved: () => this.removed() };
      this.following = follow(liveClient, room.id, load, (event) => this.take(event), frames);
    }
    return last?.id ?? null;
  }

  /** Loads the wanted session; what was shown stays up to date until then. */
  private async show(): Promise<void> {
    if (this.turn < 0) return;
    const mine = ++this.turn;
    const read = (): Promise<SessionSnapshot> => get(`/sessions/${this.wanted!}/snapshot`);
    try {
      const snapshot = await read();
      if (mine === this.turn) this.begin(snapshot, read);
    } catch (error) {
      if (mine !== this.turn) return;
      this.error = error;
      if (this.room) this.again.ask();
    }
  }

  private begin(snapshot: SessionSnapshot, read: () => Promise<SessionSnapshot>): void {
    const { session, thread } = snapshot;
    const chat = new ThreadModel(thread.id, {
      order: 'seq',
      place: { at: 'end' },
      insertAtOnce: true,
      room: () => this.room,
    });
    const panels = PANELS.map((entry) => ({ entry, model: new entry.Model(session) as SessionPart }));
    const before = this.following;
    const room: SessionPart = {
      load: (loaded) => this.load(loaded),
      take: (event) => this.take(event),
      onPresence: (presence) => (this.presence = presence),
    };
    this.following = followSession(
      liveClient,
      snapshot,
      read,
      [room, chat.asPart(), ...panels.map(({ model }) => model)],
      { onRemoved: () => this.removed(), onError: (error) => (this.error = error) },
    );
    before?.stop();
    this.error = null;
    this.shown = { session: session.id, chat, panels };
    this.here(chosenSite(snapshot.room.id));
  }

  here(site: Site): void {
    this.site = site;
    if (this.room) liveClient.here(this.room.id, site);
  }

  load({ room, agenda: { items } }: SessionSnapshot): void {
    this.room = room;
    this.sessions = Object.fromEntries(items.map((one) => [one.id, one]));
  }

  take(event: LogEvent): void {
    if (!this.room) return;
    const asks = needsRoom(event, this.room, me.member?.id ?? null);
    const { room, sessions } = this;
    const state = apply(event, { room, sessions, threads: {}, posts: {}, seq: room.head_seq });
    this.room = state.room;
    if (state.sessions !== sessions) {
      this.sessions = state.sessions;
      if (!this.place.session) this.follow();
    }
    if (asks === 'now') void this.refresh();
    else if (asks === 'later') this.rights.ask();
  }

  /** Goes to what is under way, and stays with what has just ended. */
  private follow(): void {
    const current = currentSession(this.agenda);
    if (current?.id === this.wanted || (this.session && current && !isRunning(current))) return;
    this.wanted = current?.id ?? null;
    if (!current) return;
    this.next.ask();
  }

  private removed(): void {
    this.error = notFound();
    this.room = null;
  }

  private async refresh(): Promise<void> {
    try {
      if (this.room) this.room = await get(`/rooms/${this.room.id}`);
    } catch (error) {
      this.error = error;
    }
  }
}
