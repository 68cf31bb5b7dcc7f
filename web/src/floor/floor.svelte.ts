import { del, get, patch, post } from '../kernel/api/client';
import type { Attribution, Floor, FloorKind, FloorOfCaller, LogEvent } from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { liveClient } from '../kernel/live/live.svelte';
import { uuid } from '../kernel/outbox/uuid';
import { applyFloor, isFloorEvent, ownRequests, place } from './floor';
import { me } from '../kernel/me/me.svelte';

export interface Asking {
  kind: FloorKind;
  note?: string;
  attribution?: Attribution;
  interposed?: boolean;
  on_behalf?: { name: string; organisation: string; constituency: string };
  client_id: string;
}

export interface FloorSettings {
  open?: boolean;
  limit_s?: number;
  weights?: Record<string, number>;
  reason?: string;
}

/** The floor of one session, kept up to date, and what may be done to it. */
export class FloorModel {
  floor = $state.raw<Floor | null>(null);
  /** My own requests, however they are shown to others. */
  mine = $state.raw<string[]>([]);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  place = $derived(this.floor ? place(this.floor, this.mine) : null);
  private following: Following | null = null;

  constructor(
    private session: string,
    private room: string,
  ) {}

  async open(): Promise<void> {
    this.following = follow(
      liveClient,
      this.room,
      () => this.load(),
      (event) => this.take(event),
      { onError: (error) => (this.error = error) },
    );
    try {
      await this.following.reload();
    } catch (error) {
      this.error = error;
    }
  }

  close(): void {
    this.following?.stop();
  }

  ask(asking: Asking): Promise<void> {
    return this.keep(post(`/sessions/${this.session}/floor/requests`, asking));
  }

  /** One touch: a contribution under the usual attribution. */
  askAtOnce(attribution: Attribution): Promise<void> {
    return this.tried(() => this.ask({ kind: 'contribution', attribution, client_id: uuid() }));
  }

  withdraw(request: string): Promise<void> {
    return this.tried(() => this.keep(del(`/floor-requests/${request}`)));
  }

  pass(request: string, reason: string): Promise<void> {
    return this.keep(post(`/floor-requests/${request}/pass`, { reason }));
  }

  /** Gives the floor; what this page sees at the microphone goes with it, so that two who press make one change. */
  give(request: string, reason?: string): Promise<void> {
    const current = this.floor?.current?.id ?? null;
    return this.keep(post(`/sessions/${this.session}/floor/next`, { request, reason, current }));
  }

  giveNext(request: string): Promise<void> {
    return this.tried(() => this.give(request));
  }

  step(step: 'pause' | 'resume' | 'end', speech: string): Promise<void> {
    return this.tried(() => this.keep(post(`/speeches/${speech}/${step}`)));
  }

  configure(settings: FloorSettings): Promise<void> {
    return this.keep(patch(`/sessions/${this.session}/floor`, settings));
  }

  private async tried(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      await act();
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  /** An answer may come after the event of a later change: whose requests are mine is all that is sure in it. */
  private async keep(answer: Promise<FloorOfCaller>): Promise<void> {
    const { yours, ...floor } = await answer;
    if (liveClient.status.state !== 'connected' || !this.floor) this.floor = floor;
    this.mine = [...new Set([...this.mine, ...yours])];
  }

  private async load(): Promise<null> {
    const { yours, ...floor } = await get(`/sessions/${this.session}/floor`);
    this.floor = floor;
    this.mine = yours;
    return null;
  }

  private take(event: LogEvent): void {
    const next = applyFloor(event, this.session, this.floor);
    if (!isFloorEvent(event) || next === this.floor || !next) return;
    const before = new Set(this.floor?.queue.map((request) => request.id));
    this.floor = next;
    const member = me.member;
    const own = ownRequests(next, this.mine, member?.id ?? null);
    // A request that does not bear its author's name may be mine, made on another device.
    const unsure = next.queue.some(
      (request) =>
        !before.has(request.id) &&
        !request.speaker.id &&
        !request.by_desk &&
        request.speaker.constituency === member?.constituency &&
        !own.includes(request.id),
    );
    this.mine = unsure ? this.mine : own;
    if (unsure) void this.following?.reload().catch(() => {});
  }
}
