// A browser with several tabs, its storage, and a server: all that the outbox and the drafts meet, with every wait in
// the hands of the test. A tab may be closed between any two steps.

import { Box } from '../box';
import { Drafts, type Draft, type Place } from '../drafts';
import { Outbox, type OutboxItem, type Told } from '../outbox';
import { takeBack } from '../reopen';

const POST: Place = { key: 'thread.t', kind: 'post', title: 'T', href: '/threads/t' };
const EDIT: Place = { key: 'edit.p', kind: 'edit', title: 'T', href: '/threads/t?post=1' };
/** The server takes no text with this sign. */
export const BAD = '\u0001';

interface Wait {
  tab: Tab;
  kind: 'store' | 'lock' | 'arrive' | 'answer';
  work: () => void;
}

class Refused extends Error {
  fields = {};
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(code);
  }
  get transient(): boolean {
    return this.status === 0 || this.status === 429;
  }
}

export class World {
  waits: Wait[] = [];
  tabs: Tab[] = [];
  /** localStorage, IndexedDB, and whose the cookie is. */
  memory = new Map<string, string>();
  stored = new Map<string, OutboxItem>();
  signedIn: string | null = 'm';
  online = true;
  slow = false;
  clock = 0;
  posts: { client_id: string; author: string; body: string; writer: string; turn: number }[] = [];
  /** Refused once; they come after others when they are sent again. */
  failedOnce = new Set<string>();
  post = [{ body: 'v1;', by: 'us' }];
  /** Somebody else's version was replaced by words that did not begin with it. */
  overwritten = false;
  thrownAway = new Set<string>();
  locked: Tab | null = null;
  private ids = 0;

  id = (): string => `id${++this.ids}`;

  wait<T>(tab: Tab, kind: Wait['kind'], work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          const result = work();
          if (tab.isOpen) resolve(result);
        } catch (error) {
          if (tab.isOpen) reject(error as Error);
        }
      };
      this.waits.push({ tab, kind, work: run });
    });
  }

  step(at: number): void {
    const able = this.waits.filter((wait, place) => {
      // A database takes the transactions of a tab one after the other.
      if (wait.kind === 'store')
        return this.waits.findIndex(({ kind, tab }) => kind === 'store' && tab === wait.tab) === place;
      return wait.kind !== 'lock' || this.locked === null || !wait.tab.isOpen;
    });
    const one = able[at % able.length];
    if (!one) return;
    this.waits = this.waits.filter((other) => other !== one);
    one.work();
  }

  /** What a post becomes on the server. The cookie is that of the moment of sending. */
  take(item: OutboxItem, author: string | null): unknown {
    if (author === null) throw new Refused(401, 'not_signed_in');
    const again = this.posts.find((post) => post.client_id === item.client_id && post.author === author);
    if (again) {
      if (again.body !== item.payload.body) throw new Refused(409, 'client_id_reused');
      return again;
    }
    if (item.payload.body.includes(BAD)) {
      this.failedOnce.add(item.client_id);
      throw new Refused(422, 'invalid');
    }
    if (this.slow) throw new Refused(429, 'slow_mode', 5);
    this.posts.push({
      client_id: item.client_id,
      author,
      body: item.payload.body,
      writer: item.place,
      turn: Number(item.created_at),
    });
    return item;
  }

  change(body: string, revision: number, by: string): number {
    if (revision !== this.post.length) throw new Refused(409, 'conflict');
    const last = this.post.at(-1)!;
    if (last.by !== by && !body.includes(last.body.split(';')[0]!) && !this.kept.has(revision)) this.overwritten = true;
    this.post.push({ body, by });
    return this.post.length;
  }
  /** Revisions that the author has seen and decided to replace. */
  kept = new Set<number>();

  close(tab: Tab, stores: boolean): void {
    // A transaction that is under way is written whole or not at all before another page reads.
    for (const wait of this.waits.filter((one) => one.tab === tab && one.kind === 'store')) if (stores) wait.work();
    tab.isOpen = false;
    tab.outbox.close();
    if (this.locked === tab) this.locked = null;
    // A request may still arrive; nobody waits for its answer.
    this.waits = this.waits.filter((one) => one.tab !== tab || one.kind === 'arrive');
    this.tabs = this.tabs.filter((one) => one !== tab);
  }

  /** Where a word is now. */
  isSafe(word: string, boxes: boolean): boolean {
    const texts = [
      ...this.posts.map(({ body }) => body),
      ...this.post.map(({ body }) => body),
      ...[...this.stored.values()].map(({ payload }) => payload.body),
      ...[...this.memory.entries()].filter(([key]) => key.startsWith('plenary.text.')).map(([, value]) => value),
      ...(boxes ? this.tabs.flatMap((tab) => [tab.box?.draft.body ?? '', tab.edit?.draft.body ?? '']) : []),
    ];
    return this.thrownAway.has(word) || texts.some((text) => text.includes(word));
  }
}

export class Tab {
  isOpen = true;
  box: Box | null = null;
  edit: Box | null = null;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  items: OutboxItem[] = [];
  private saving = false;

  constructor(
    private world: World,
    readonly name: string,
    readonly member: string,
  ) {
    const { memory, stored } = world;
    this.drafts = new Drafts({
      tab: name,
      isAlive: (other) => world.tabs.some((tab) => tab.name === other),
      id: world.id,
      now: () => ++world.clock,
      shelf: {
        keys: () => [...memory.keys()],
        get: (key) => memory.get(key) ?? null,
        set: (key, value) => (memory.set(key, value), true),
        remove: (key) => void memory.delete(key),
      },
    });
    const store = <T>(work: () => T): Promise<T> => world.wait(this, 'store', work);
    this.outbox = new Outbox({
      store: {
        all: (of) => store(() => [...stored.values()].filter((item) => item.member === of)),
        put: (item) => store(() => void stored.set(item.client_id, item)),
        update: (item) => store(() => void (stored.has(item.client_id) && stored.set(item.client_id, item))),
        take: (id, only) =>
          store(() => {
            const found = stored.get(id);
            const fits = found && (!only || found.state === only);
            if (fits) stored.delete(id);
            return fits ? found : undefined;
          }),
      },
      now: () => world.clock,
      random: () => 1,
      send: (item) => this.send(item),
      exclusively: async (work) => {
        await world.wait(this, 'lock', () => (world.locked = this.isOpen ? this : world.locked));
        await work();
        if (world.locked === this) world.locked = null;
      },
      isSignedIn: (of) => world.signedIn === of,
      kept: (item) => this.drafts.remove(item.client_id),
      tell: (told: Told) => world.tabs.forEach((tab) => tab !== this && void tab.outbox.heard(told)),
    });
    this.outbox.onChange((items) => (this.items = items));
    world.tabs.push(this);
    void this.begin();
  }

  /** The page is shown when the outbox was read. */
  private async begin(): Promise<void> {
    await this.outbox.open(this.member);
    if (this.world.signedIn === this.member) this.show();
  }

  show(): void {
    this.box ??= new Box(this.drafts, this.member, POST);
    const { post } = this.world;
    const now = { initial: post.at(-1)!.body, revision: post.length };
    this.edit ??= new Box(this.drafts, this.member, EDIT, now);
  }

  private async send(item: OutboxItem): Promise<unknown> {
    const { world } = this;
    if (!world.online) throw new Refused(0, 'network');
    const who = world.signedIn;
    let answer: () => unknown = () => {
      throw new Refused(0, 'network');
    };
    await world.wait(this, 'arrive', () => {
      try {
        const result = world.take(item, who);
        answer = () => result;
      } catch (error) {
        answer = () => {
          throw error;
        };
      }
    });
    return world.wait(this, 'answer', () => {
      // Its answer got lost.
      if (!world.online) throw new Refused(0, 'network');
      return answer();
    });
  }

  type(word: string): void {
    if (this.box) this.box.write({ body: this.box.draft.body + word });
  }

  submit(): void {
    if (!this.box || this.box.isEmpty || this.world.signedIn !== this.member) return;
    const { id, member, body } = this.box.take();
    const item = { kind: 'post' as const, room: 'r', thread: 't', place: this.name, href: '/threads/t' };
    const created_at = String(++this.world.clock).padStart(9, '0');
    void this.outbox.add({
      ...item,
      client_id: id,
      member,
      payload: { body, lang: 'en' },
      created_at,
      state: 'waiting',
    });
  }

  /** Edit in the outbox: the text is in the box again, and can be mended. */
  async mend(at: number): Promise<void> {
    const failed = this.items.filter(({ state }) => state === 'failed');
    const item = failed[at % failed.length];
    if (!item || !this.box) return;
    const draft = await takeBack(this.drafts, this.outbox, item);
    if (draft && this.box.use(draft.id)) this.box.write({ body: this.box.draft.body.replaceAll(BAD, '') });
  }

  editType(word: string): void {
    if (this.edit) this.edit.write({ body: this.edit.draft.body + word });
  }

  async editSave(): Promise<void> {
    const { edit, world } = this;
    if (!edit || edit.isEmpty || this.saving || world.signedIn !== this.member) return;
    this.saving = true;
    const sent: Draft = edit.draft;
    try {
      const revision = await world.wait(this, 'arrive', () => {
        if (!world.online) throw new Refused(0, 'network');
        return world.change(sent.body, sent.revision ?? 0, 'us');
      });
      if (edit.draft.body === sent.body) edit.done(sent.body, revision);
      else edit.goOn(sent.body, revision);
    } catch (error) {
      if ((error as Refused).code === 'conflict') {
        // The author looks at both, and keeps the own words.
        world.kept.add(world.post.length);
        edit.goOn(world.post.at(-1)!.body, world.post.length);
      }
    } finally {
      this.saving = false;
    }
  }

  editCancel(): void {
    this.edit?.setAside();
    this.edit = null;
    this.show();
  }
}
