// Whatever happens between typing and the server, in whatever order: no word is lost, none is sent twice, none is sent in
// another member's name, and nobody's newer version is replaced unseen.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD, Tab, World } from './world/world';

const RUNS = 10_000;
type Step = readonly [name: string, a: number];
/** How often each happens beside the others. */
const NAMES = {
  wait: 30,
  type: 12,
  send: 10,
  'type bad': 2,
  edit: 4,
  save: 4,
  'cancel edit': 1,
  cancel: 1,
  continue: 1,
  mend: 3,
  retry: 1,
  'throw away': 1,
  elsewhere: 2,
  offline: 2,
  online: 4,
  slow: 2,
  reload: 2,
  crash: 2,
  'second tab': 2,
  'sign out': 1,
  'sign in': 2,
  'sign in as another': 1,
};

const settle = async (): Promise<void> => {
  for (let n = 0; n < 12; n += 1) await null;
};

class Run {
  world = new World();
  words: string[] = [];
  private tabNames = 0;

  constructor() {
    this.open();
  }

  private open(name = `tab${++this.tabNames}`): void {
    if (this.world.signedIn) new Tab(this.world, name, this.world.signedIn);
  }

  private word(bad = false): string {
    const word = `w${this.words.length}${bad ? BAD : ''};`;
    this.words.push(`w${this.words.length}`);
    return word;
  }

  private close(at: number, whole: boolean, again: boolean): void {
    const tab = this.world.tabs[at % Math.max(1, this.world.tabs.length)];
    if (!tab) return;
    this.world.close(tab, whole);
    // A reload keeps the name of the tab, a crash does not.
    if (again) this.open(whole ? tab.name : undefined);
  }

  do([name, a]: Step): void {
    const { world } = this;
    const tab = world.tabs[a % Math.max(1, world.tabs.length)];
    if (name === 'wait') return world.step(a);
    if (name === 'online') world.online = true;
    if (name === 'offline') world.online = false;
    if (name === 'slow') world.slow = !world.slow;
    if (name === 'reload') return this.close(a, true, true);
    if (name === 'crash') return this.close(a, a % 2 === 0, true);
    if (name === 'second tab' && world.tabs.length < 3) return this.open();
    if (name === 'elsewhere') {
      world.post.push({ body: `${this.word()}their own`, by: 'another device' });
      return;
    }
    if (name === 'sign out') return this.become(null);
    if (name === 'sign in') return this.become('m');
    if (name === 'sign in as another') return this.become('n');
    if (tab) this.inTab(name, tab, a);
  }

  private inTab(name: string, tab: Tab, a: number): void {
    if (name === 'type' && tab.box) tab.type(this.word());
    if (name === 'type bad' && tab.box) tab.type(this.word(true));
    if (name === 'send') tab.submit();
    if (name === 'edit' && tab.edit) tab.editType(this.word());
    if (name === 'save') void tab.editSave();
    if (name === 'cancel edit' && tab.edit) tab.editCancel();
    if (name === 'cancel') tab.box?.setAside();
    if (name === 'mend') void tab.mend(a);
    if (name === 'retry') {
      const failed = tab.items.find(({ state }) => state === 'failed');
      if (failed) void tab.outbox.retry(failed);
    }
    if (name === 'continue' && tab.box) {
      const [other] = tab.drafts.others(tab.box.draft);
      if (other) tab.box.use(other.id);
    }
    if (name === 'throw away') {
      const [other] = tab.box ? tab.drafts.others(tab.box.draft) : [];
      if (!other) return;
      this.words
        .filter((word) => other.body.includes(`${word};`) || other.body.includes(word))
        .forEach((word) => this.world.thrownAway.add(word));
      tab.drafts.remove(other.id);
    }
  }

  /** All tabs share the sign-in. */
  private become(who: string | null): void {
    const { world } = this;
    if (world.signedIn === who) return;
    world.signedIn = who;
    for (const tab of [...world.tabs]) {
      if (who === null) tab.outbox.close();
      else if (who === tab.member) void tab.outbox.open(who).then(() => tab.show());
      else {
        world.close(tab, true);
        this.open(tab.name);
      }
    }
    if (world.tabs.length === 0) this.open();
  }

  /** Until nothing moves any more, with a network and a server that takes what it can. */
  async rest(member: string): Promise<void> {
    const { world } = this;
    Object.assign(world, { online: true, slow: false });
    this.become(member);
    for (let n = 0; n < 400; n += 1) {
      world.clock += 10_000;
      if (n % 40 === 0) world.tabs.forEach((tab) => void tab.outbox.flush());
      else if (world.waits.length === 0) continue;
      world.step(n);
      await settle();
    }
  }

  check(): void {
    const { world, words } = this;
    const find = (word: string): number =>
      world.posts.filter(({ body }) => body.split(/[;\u0001]/).includes(word)).length;
    expect(words.filter((word) => !world.isSafe(word, false))).toEqual([]);
    expect(words.filter((word) => find(word) > 1)).toEqual([]);
    expect(world.overwritten).toBe(false);
    // A member's texts of one tab stand in the order in which they were written.
    const who = ({ writer, author }: { writer: string; author: string }): string => `${writer} ${author}`;
    for (const one of new Set(world.posts.map(who))) {
      const turns = world.posts.filter((post) => who(post) === one && !world.failedOnce.has(post.client_id));
      expect(turns.map(({ turn }) => turn)).toEqual(turns.map(({ turn }) => turn).sort((x, y) => x - y));
    }
    for (const { body, author } of world.posts) expect([body, author]).toEqual([body, this.owner(body)]);
  }

  private owners = new Map<string, string>();
  own(): void {
    for (const tab of this.world.tabs)
      for (const word of this.words)
        if (!this.owners.has(word) && tab.box?.draft.body.includes(`${word}`)) this.owners.set(word, tab.member);
  }
  private owner(body: string): string | undefined {
    return this.owners.get(body.split(/[;\u0001]/)[0]!);
  }
}

describe('every word that is typed', () => {
  it(`is sent once, or kept, in ${RUNS} random courses of events`, { timeout: 300_000 }, async () => {
    let sent = 0;
    const name = fc.oneof(
      ...Object.entries(NAMES).map(([value, weight]) => ({ weight, arbitrary: fc.constant(value) })),
    );
    const step = fc.tuple(name, fc.nat(11));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), async (steps) => {
        const run = new Run();
        run.world.step(0);
        await settle();
        for (const one of steps) {
          run.do(one);
          run.own();
          await settle();
        }
        const still = run.words.filter((word) => !run.world.isSafe(word, true));
        expect(still).toEqual([]);
        await run.rest('m');
        await run.rest('n');
        run.check();
        sent += run.world.posts.length;
        run.world.tabs.forEach((tab) => run.world.close(tab, true));
      }),
      { numRuns: RUNS, seed: 20261128 },
    );
    // It has done something.
    expect(sent).toBeGreaterThan(RUNS);
  });
});
