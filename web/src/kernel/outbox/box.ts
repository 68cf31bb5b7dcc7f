// What is being written in one editor, and the draft that keeps it.

import type { Draft, Drafts, Place } from './drafts';

export interface BoxOptions {
  /** This draft and no other. */
  wanted?: string | null;
  /** What the editor begins with, which is no draft as long as it stays so. */
  initial?: string;
  revision?: number;
}

type Words = Pick<Draft, 'body'> & Partial<Pick<Draft, 'lang' | 'attribution' | 'extra' | 'revision'>>;

export class Box {
  /** False while the device has no room for the text. */
  kept = true;
  private now: Draft;
  private known = false;
  private initial: string;

  constructor(
    private drafts: Drafts,
    private member: string,
    private place: Place,
    options: BoxOptions = {},
  ) {
    this.initial = options.initial ?? '';
    const found = drafts.open(member, place.key, options.wanted);
    this.known = found !== null;
    this.now = found ?? { ...drafts.fresh(member, place), body: this.initial, revision: options.revision };
  }

  get draft(): Draft {
    return this.now;
  }

  get isEmpty(): boolean {
    const { body, extra } = this.now;
    return body === this.initial || (body.trim() === '' && !extra?.title?.trim());
  }

  /** The text as it is now. */
  write(words: Words): void {
    if (words.body !== this.now.body) this.renew();
    this.now = { ...this.now, ...words };
    this.keep();
  }

  /** What is sent with the text changed: if it was on its way once, it is another one now. */
  renew(): void {
    if (!this.now.tried) return;
    this.forget();
    const { tried: _tried, ...rest } = this.now;
    this.now = { ...rest, id: this.drafts.fresh(this.member, this.place).id };
  }

  /** The text goes on its way: the box is empty, and its next text another one. Who sends it removes the draft. */
  take(): Draft {
    this.keep();
    const taken: Draft = { ...this.now, tried: true };
    if (this.known) this.drafts.save(taken, true);
    this.begin(this.drafts.fresh(this.member, this.place));
    return taken;
  }

  /** What was taken could not be sent: it is in the box again, or in the list if there is something new in the box. */
  giveBack(taken: Draft): void {
    if (!this.isEmpty) return this.drafts.setAside(taken.id);
    this.begin(taken);
    this.known = this.drafts.get(taken.id) !== null;
    this.keep();
  }

  /** What the box has is safe elsewhere. `initial` is what it shows from now on. */
  done(initial = '', revision?: number): void {
    this.forget();
    this.initial = initial;
    this.begin({ ...this.drafts.fresh(this.member, this.place), body: initial, revision });
  }

  /** What was sent is safe, and more was written since: that goes on from there. */
  goOn(initial: string, revision: number): void {
    this.initial = initial;
    this.write({ body: this.now.body, revision });
  }

  /** Cancelled: the text waits in the list of drafts. */
  setAside(): void {
    if (this.known) this.drafts.setAside(this.now.id);
    this.begin({ ...this.drafts.fresh(this.member, this.place), body: this.initial, revision: this.now.revision });
  }

  /** Goes on with another draft; what is here waits in the list. */
  use(id: string): boolean {
    if (id === this.now.id) return true;
    if (!this.drafts.get(id)) return false;
    this.setAside();
    const found = this.drafts.open(this.member, this.place.key, id);
    if (found?.id !== id) return false;
    this.begin(found);
    this.known = true;
    return true;
  }

  private begin(draft: Draft): void {
    this.now = draft;
    this.known = false;
    this.kept = true;
  }

  private keep(): void {
    if (this.isEmpty) return this.forget();
    const saved = this.drafts.save(this.now, this.known);
    this.kept = saved !== null;
    if (!saved) return;
    this.now = saved;
    this.known = true;
  }

  private forget(): void {
    if (this.known) this.drafts.release(this.now.id);
    this.known = false;
  }
}
