import { del, get, patch, post } from '../kernel/api/client';
import type {
  Attribution,
  Floor,
  FloorKind,
  FloorOfCaller,
  FloorRequest,
  LogEvent,
  Session,
  SessionSnapshot,
} from '../kernel/api/types';
import { whenHere } from '../kernel/live/here';
import { liveClient } from '../kernel/live/live.svelte';
import type { SessionPart } from '../kernel/live/session';
import { uuid } from '../kernel/outbox/uuid';
import { applyFloor, ownRequests, place } from './floor';
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
export class FloorModel implements SessionPart {
  floor = $state.raw<Floor | null>(null);
  /** My own requests, however they are shown to others. */
  mine = $state.raw<string[]>([]);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  place = $derived(this.floor ? place(this.floor, this.mine) : null);
  private stopWaiting: (() => void) | null = null;

  constructor(private session: Session) {}

  load({ floor: { yours, ...floor } }: SessionSnapshot): void {
    this.floor = floor;
    this.mine = yours;
  }

  close(): void {
    this.stopWaiting?.();
  }

  ask(asking: Asking): Promise<void> {
    return this.keep(post(`/sessions/${this.session.id}/floor/requests`, asking));
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
    return this.keep(post(`/sessions/${this.session.id}/floor/next`, { request, reason, current }));
  }

  giveNext(request: string): Promise<void> {
    return this.tried(() => this.give(request));
  }

  step(step: 'pause' | 'resume' | 'end', speech: string): Promise<void> {
    return this.tried(() => this.keep(post(`/speeches/${speech}/${step}`)));
  }

  configure(settings: FloorSettings): Promise<void> {
    return this.keep(patch(`/sessions/${this.session.id}/floor`, settings));
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

  take(event: LogEvent): void {
    const next = applyFloor(event, this.session.id, this.floor);
    if (next === this.floor || !next) return;
    const before = new Set(this.floor?.queue.map((request) => request.id));
    this.floor = next;
    const own = ownRequests(next, this.mine, me.member?.id ?? null);
    const unsure = next.queue.some(
      (request) => !before.has(request.id) && !own.includes(request.id) && mayBeMine(request),
    );
    if (unsure) this.checkLater();
    else this.mine = own;
  }

  /**
   * A request that does not bear its author's name may be mine, made on another device. Everybody of that constituency
   * would ask at once: it is time when this member comes back to this device.
   */
  private checkLater(): void {
    this.stopWaiting ??= whenHere(() => {
      this.stopWaiting = null;
      get(`/sessions/${this.session.id}/floor`).then(
        ({ yours }) => (this.mine = [...new Set([...this.mine, ...yours])]),
        () => this.checkLater(),
      );
    });
  }
}

function mayBeMine({ speaker, by_desk }: FloorRequest): boolean {
  return !speaker.id && !by_desk && speaker.constituency === me.member?.constituency;
}
