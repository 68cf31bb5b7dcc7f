import { tick } from 'svelte';
import { route } from '../kernel/router/route.svelte';
import { me } from '../kernel/me/me.svelte';
import type { Post } from '../kernel/api/types';
import { storedOrder, storedPlace, storeOrder, storePlace, type Order, type ThreadPlace } from './place';
import { Sight } from './sight';
import { ThreadModel } from './thread.svelte';

/** How many posts are opened to be printed, at most. */
const PRINTED = 3_000;

/** How long one stays at a post to be there, in ms. */
const STAYS = 1_500;

/** The ways through a thread: where it opens, and where the reader goes from there. */
export class Navigation {
  readonly model: ThreadModel;
  readonly sights: Sight;
  /** The first and the last post on the screen, by their numbers in the log. */
  sight = $state.raw({ first: 0, last: 0 });
  /** The post that a permalink named. */
  target = $state(0);
  private reader = me.member?.id ?? 'guest';
  private stayed = 0;
  private passing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    id: string,
    /** The post that the address names, or 0. */
    private wanted: () => number,
    private onerror: (error: unknown) => void,
  ) {
    this.target = wanted();
    const seq = this.left() || wanted();
    const place: ThreadPlace = seq ? { around: seq } : { at: me.member ? 'unread' : 'start' };
    this.model = new ThreadModel(id, { order: storedOrder(this.reader), place });
    this.sights = new Sight(
      (seen) => this.model.markSeen(seen),
      (first, last) => {
        this.sight = { first, last };
        // Who only passes by, as on the way to a link above, was not there.
        clearTimeout(this.passing);
        this.passing = setTimeout(() => (this.stayed = first), STAYS);
      },
    );
  }

  /** The post that was at the top when this entry of the history was left. */
  private left(): number {
    return Number(/^post-(\d+)$/.exec(route.returning?.anchor ?? '')?.[1] ?? 0);
  }

  private isOpen(seq: number): boolean {
    return this.model.posts.some((post) => post.seq === seq);
  }

  /** The thread has opened: at what was asked for, at the first post that is unread, or where the reader was. */
  async arrive(): Promise<void> {
    const { thread, target, marks } = this.model;
    // The router goes back to where the reader was.
    if (route.returning || !thread) return;
    if (target) return scrollToSeq(target.seq);
    const seq = marks.left === 0 ? storedPlace(this.reader, thread.id) : null;
    if (seq) await this.goTo(seq);
  }

  /** The address has changed inside the thread: a permalink, or Back to where one was in it. */
  async follow(): Promise<void> {
    if (this.model.loading) return;
    this.target = this.wanted();
    const back = this.left();
    if (back && !this.isOpen(back)) await this.moveTo({ around: back }, false);
    else if (!route.returning && this.target) await this.goTo(this.target);
  }

  private async goTo(seq: number): Promise<void> {
    if (this.isOpen(seq)) await scrollToSeq(seq);
    else await this.moveTo({ around: seq });
  }

  /** Remembers on this device where the reader is. */
  keepPlace = (): void => {
    const { thread, posts, prev } = this.model;
    const seq = this.stayed || this.sight.first;
    clearTimeout(this.passing);
    if (!thread || !seq) return;
    const isTop = !prev && posts[0]?.seq === seq;
    storePlace(this.reader, thread.id, isTop ? 0 : seq);
  };

  async moveTo(place: ThreadPlace, scroll = true): Promise<void> {
    try {
      const post = await this.model.moveTo(place);
      if (post && scroll) await this.toPost(post);
    } catch (error) {
      this.onerror(error);
    }
  }

  toUnread = async (): Promise<void> => {
    if (this.model.marks.left === 0) return;
    await this.moveTo({ at: 'unread' });
    const first = this.model.posts[0];
    if (!this.model.target && first) await this.toPost(first);
  };

  toNewest = async (): Promise<void> => {
    const newest = Math.max(this.model.thread!.last_post_seq, ...this.model.incoming.map((post) => post.seq));
    this.model.showIncoming();
    const post = this.model.posts.find((one) => one.seq === newest);
    if (post) await this.toPost(post);
    else await this.moveTo({ around: newest });
  };

  toPost = async (post: Post): Promise<void> => {
    await tick();
    focusPost(post.seq);
    await scrollToSeq(post.seq);
  };

  reorder = async (order: Order): Promise<void> => {
    storeOrder(this.reader, order);
    const { model, sight } = this;
    const isTop = !model.prev && model.posts[0]?.seq === sight.first;
    await model.reorder(order, isTop ? null : sight.first || null).catch(this.onerror);
    if (model.target) await scrollToSeq(model.target.seq);
  };

  /** What comes takes the focus that the button had; what was on the screen stays there. */
  more = async (side: 'next' | 'prev'): Promise<void> => {
    const edge = side === 'next' ? this.model.posts.at(-1) : this.model.posts[0];
    const element = slot(edge?.seq);
    const before = element?.getBoundingClientRect().top ?? 0;
    const had = document.activeElement?.closest('.more') != null;
    await this.model.more(side).catch(this.onerror);
    await tick();
    if (side === 'prev' && element) window.scrollBy({ top: element.getBoundingClientRect().top - before });
    const at = this.model.posts.findIndex((post) => post.id === edge?.id);
    if (had) focusPost(this.model.posts[at + (side === 'next' ? 1 : -1)]?.seq);
  };

  /** The next page comes as the reader comes near this button. */
  near = (button: HTMLElement): (() => void) => {
    const load = ([entry]: IntersectionObserverEntry[]): void => {
      if (entry?.isIntersecting && window.scrollY > 0) void this.more('next');
    };
    const observer = new IntersectionObserver(load, { rootMargin: '0px 0px 800px 0px' });
    observer.observe(button);
    return () => observer.disconnect();
  };

  print = async (): Promise<void> => {
    await this.model.openAll(PRINTED).catch(this.onerror);
    await tick();
    window.print();
  };
}

const slot = (seq: number | undefined): Element | null => document.querySelector(`[data-anchor="post-${seq}"]`);

export function focusPost(seq: number | undefined): void {
  document.getElementById(`post-${seq}`)?.focus({ preventScroll: true });
}

async function scrollToSeq(seq: number): Promise<void> {
  await tick();
  const element = slot(seq);
  const line = element?.previousElementSibling;
  const top = line?.id === 'unread' ? line : element;
  // Posts above are only estimated in height until they are drawn, so the second look corrects the first.
  top?.scrollIntoView({ block: 'start' });
  requestAnimationFrame(() => top?.scrollIntoView({ block: 'start' }));
}
