import { beforeEach, describe, expect, it } from 'vitest';
import { Box } from './box';
import { Drafts, type Place } from './drafts';

const place: Place = { key: 'thread.t', kind: 'post', title: 'Thread', href: '/threads/t' };
let memory: Map<string, string>;
let alive: Set<string>;
let room: number;
let count: number;

const tab = (name: string): Drafts =>
  new Drafts({
    tab: name,
    isAlive: (other) => alive.has(other),
    id: () => `id${++count}`,
    now: () => ++count,
    shelf: {
      keys: () => [...memory.keys()],
      get: (key) => memory.get(key) ?? null,
      set: (key, value) => value.length < room && (memory.set(key, value), true),
      remove: (key) => void memory.delete(key),
    },
  });
const box = (drafts: Drafts, options = {}): Box => new Box(drafts, 'm', place, options);
const bodies = (drafts: Drafts): string[] => drafts.list('m').map(({ body }) => body);

beforeEach(() => {
  memory = new Map();
  alive = new Set(['one', 'two']);
  room = 100_000;
  count = 0;
});

describe('drafts', () => {
  it('are there again after a reload, each for its own tab', () => {
    box(tab('one')).write({ body: 'long text' });
    const other = box(tab('two'));
    expect(other.draft.body).toBe('');
    other.write({ body: 'other text' });
    expect(box(tab('one')).draft.body).toBe('long text');
    expect(box(tab('two')).draft.body).toBe('other text');
    expect(bodies(tab('one')).sort()).toEqual(['long text', 'other text']);
  });

  it('of a tab that is gone are taken over, and one that was only asleep keeps its own', () => {
    const asleep = box(tab('one'));
    asleep.write({ body: 'begun' });
    alive.delete('one');
    const other = box(tab('two'));
    expect(other.draft.body).toBe('begun');
    other.write({ body: 'begun here' });
    asleep.write({ body: 'begun there' });
    expect(bodies(tab('three')).sort()).toEqual(['begun here', 'begun there']);
    other.done();
    expect(bodies(tab('three'))).toEqual(['begun there']);
  });

  it('that are cancelled wait in the list and come back only when they are asked for', () => {
    const drafts = tab('one');
    const first = box(drafts);
    first.write({ body: 'forgotten' });
    const { id } = first.draft;
    first.setAside();
    const next = box(drafts);
    expect(next.draft.body).toBe('');
    next.write({ body: '> quotation' });
    expect(drafts.others(next.draft).map(({ body }) => body)).toEqual(['forgotten']);
    expect(next.use(id)).toBe(true);
    expect(next.draft.body).toBe('forgotten');
    expect(bodies(drafts).sort()).toEqual(['> quotation', 'forgotten']);
  });

  it('of an edit remember the version that they began with', () => {
    const drafts = tab('one');
    box(drafts, { initial: 'v1', revision: 1 }).write({ body: 'v1, changed' });
    const again = box(drafts, { initial: 'v2', revision: 2 });
    expect([again.draft.body, again.draft.revision]).toEqual(['v1, changed', 1]);
    again.goOn('v2', 2);
    expect(box(drafts, { initial: 'v2', revision: 2 }).draft.revision).toBe(2);
  });

  it('say when there is no room for them', () => {
    room = 400;
    const here = box(tab('one'));
    here.write({ body: 'short' });
    expect(here.kept).toBe(true);
    here.write({ body: 'long '.repeat(100) });
    expect([here.kept, here.draft.body.length]).toEqual([false, 500]);
  });
});

describe('what is under way', () => {
  it('leaves the box at once, and comes back when it cannot be sent', () => {
    const here = box(tab('one'));
    here.write({ body: 'one' });
    const taken = here.take();
    expect(here.isEmpty).toBe(true);
    here.giveBack(taken);
    expect([here.draft.body, here.draft.id]).toEqual(['one', taken.id]);
    // Other words are another text.
    here.write({ body: 'one!' });
    expect(here.draft.id).not.toBe(taken.id);
    expect(bodies(tab('one'))).toEqual(['one!']);
  });

  it('is never mixed into what was written since', () => {
    const drafts = tab('one');
    const here = box(drafts);
    here.write({ body: 'one' });
    const taken = here.take();
    here.write({ body: 'two' });
    here.giveBack(taken);
    expect(here.draft.body).toBe('two');
    expect(drafts.others(here.draft).map(({ body }) => body)).toEqual(['one']);
  });

  it('is still there when the page goes away', () => {
    const here = box(tab('one'));
    here.write({ body: 'one' });
    here.take();
    expect(box(tab('one')).draft.body).toBe('one');
  });
});
