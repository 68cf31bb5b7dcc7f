// Texts that are not sent yet, kept on the device. Each tab writes its own: where two had the same one, both are kept.

import type { Attribution, Locale } from '../api/types';

export type DraftKind = 'post' | 'reply' | 'edit' | 'thread' | 'question' | 'translation' | 'line';

/** Where a text belongs. */
export interface Place {
  /** The box, such as `thread.<id>` or `reply.<post>`. */
  key: string;
  kind: DraftKind;
  /** The thread, room or session in words, for the list of drafts. */
  title: string;
  /** The page with the box. */
  href: string;
}

export interface Draft extends Place {
  /** Also the client id of the text when it is sent: sent twice it is one. */
  id: string;
  member: string;
  body: string;
  lang?: Locale;
  attribution?: Attribution;
  /** What the box has beside the text: the title and kind of a thread. */
  extra?: Record<string, string>;
  /** The version of what is edited or translated that this text began with. */
  revision?: number;
  /** The tab that writes it. */
  tab: string;
  /** Cancelled: no box opens with it by itself. */
  aside?: true;
  /** It was on its way once, and may have arrived: other words need another id. */
  tried?: true;
  at: string;
}

/** As much of `localStorage` as is needed. */
export interface Shelf {
  keys(): string[];
  get(key: string): string | null;
  /** False when there is no room. */
  set(key: string, value: string): boolean;
  remove(key: string): void;
}

export interface DraftsOptions {
  shelf: Shelf;
  tab: string;
  isAlive: (tab: string) => boolean;
  id: () => string;
  now?: () => number;
}

const PREFIX = 'plenary.text.';

export class Drafts {
  private changed = new Set<() => void>();
  constructor(private options: DraftsOptions) {}

  onChange(listener: () => void): () => void {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  }

  /** All of a member, newest first. */
  list(member: string): Draft[] {
    const all = this.options.shelf.keys().filter((key) => key.startsWith(PREFIX));
    return all
      .map((key) => this.get(key.slice(PREFIX.length)))
      .filter((draft) => draft?.member === member)
      .map((draft) => draft!)
      .sort((a, b) => b.at.localeCompare(a.at));
  }

  get(id: string): Draft | null {
    try {
      return JSON.parse(this.options.shelf.get(PREFIX + id) ?? 'null') as Draft | null;
    } catch {
      return null;
    }
  }

  fresh(member: string, place: Place): Draft {
    const { key, kind, title, href } = place;
    return { key, kind, title, href, member, id: this.options.id(), body: '', tab: this.options.tab, at: '' };
  }

  /** The draft with which a box opens: the one that is wanted, or one that no other tab is writing. */
  open(member: string, key: string, wanted?: string | null): Draft | null {
    const here = this.list(member).filter((draft) => draft.key === key);
    const free = (draft: Draft): boolean =>
      !draft.aside && (draft.tab === this.options.tab || !this.options.isAlive(draft.tab));
    const found = here.find(({ id }) => id === wanted) ?? here.find(free);
    if (!found) return null;
    const { aside: _aside, ...mine } = { ...found, tab: this.options.tab };
    this.write(mine);
    return mine;
  }

  /** Others for the same place that no other tab is writing, newest first. */
  others(draft: Draft): Draft[] {
    const ours = ({ tab, tried }: Draft): boolean => tab === this.options.tab && !tried;
    const idle = (other: Draft): boolean => other.aside === true || ours(other) || !this.options.isAlive(other.tab);
    return this.list(draft.member).filter((other) => other.key === draft.key && other.id !== draft.id && idle(other));
  }

  /**
   * Keeps a text; null when there is no room. A draft that is `known` and now gone or another tab's goes on there: this
   * text is then kept under an id of its own.
   */
  save(draft: Draft, known: boolean): Draft | null {
    const there = this.get(draft.id);
    const mine = known ? there?.tab === this.options.tab : !there;
    return this.write(mine ? draft : { ...draft, id: this.options.id(), tried: undefined });
  }

  setAside(id: string): void {
    const draft = this.get(id);
    if (draft) this.write({ ...draft, aside: true });
  }

  remove(id: string): void {
    this.options.shelf.remove(PREFIX + id);
    this.tell();
  }

  /** Removes it unless another tab goes on with it. */
  release(id: string): void {
    if (this.get(id)?.tab === this.options.tab) this.remove(id);
  }

  clear(member: string): void {
    for (const { id } of this.list(member)) this.remove(id);
  }

  /** Another tab changed something. */
  tell(): void {
    this.changed.forEach((listener) => listener());
  }

  private write(draft: Draft): Draft | null {
    const kept = { ...draft, at: new Date((this.options.now ?? Date.now)()).toISOString() };
    if (!this.options.shelf.set(PREFIX + kept.id, JSON.stringify(kept))) return null;
    this.tell();
    return kept;
  }
}

/** The page that goes on with a draft. */
export function draftHref(draft: Pick<Draft, 'id' | 'href'> | null): string {
  if (!draft) return '/outbox';
  return `${draft.href}${draft.href.includes('?') ? '&' : '?'}draft=${draft.id}`;
}
