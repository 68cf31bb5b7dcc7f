import { get, notFound, put } from '../kernel/api/client';
import type {
  HeldPost,
  LogEvent,
  Post,
  PostEvent,
  PostPage,
  PublicThread,
  Reaction,
  Room,
  Thread,
} from '../kernel/api/types';
import { follow, type Following } from '../kernel/live/follow';
import { liveClient } from '../kernel/live/live.svelte';
import type { TypingFrame } from '../kernel/live/frames';
import { Later } from '../kernel/live/later';
import { shows } from '../kernel/live/events';
import { applyRoom, needsRoom, RIGHTS_WITHIN } from '../kernel/live/room';
import type { SessionPart } from '../kernel/live/session';
import { me } from '../kernel/me/me.svelte';
import { applyThreadState, insertPost, joinPages, postEvent, upsertPost, upsertThread } from './reducers';

export type Order = 'tree' | 'seq';
export interface ThreadOptions {
  order?: Order;
  /** Start at this post. */
  around?: number;
  /** `end` opens the last page, as a chat does. */
  at?: 'start' | 'end';
  /** A chat shows what arrives at once. */
  insertAtOnce?: boolean;
  /** The room, where somebody else keeps it up to date. */
  room?: () => Room | null;
}

/** One thread: the pages that are open, what arrived since, what was read. */
export class ThreadModel {
  thread = $state.raw<Thread | null>(null);
  posts = $state.raw<Post[]>([]);
  incoming = $state.raw<Post[]>([]);
  next = $state<string | null>(null);
  prev = $state<string | null>(null);
  order = $state<Order>('tree');
  mine = $state.raw<Set<string>>(new Set());
  reactions = $state.raw<Record<string, Reaction[]>>({});
  /** Our own that wait for a moderator, and what was declined of them. */
  held = $state.raw<HeldPost[]>([]);
  /** What was read when the thread was opened; the line "unread from here" stays where it is. */
  readAtOpen = $state(0);
  loading = $state(true);
  loadingMore = $state<'next' | 'prev' | null>(null);
  error = $state.raw<unknown>(null);
  /** True for a post that may be ours whose answer is still under way. */
  mayBeOwn: (post: Post) => boolean = () => false;
  /** These wait for that answer. */
  private unsure: Post[] = [];
  onPost: (post: Post) => void = () => {};
  onTyping: (frame: TypingFrame) => void = () => {};
  private ownRoom = $state.raw<Room | null>(null);
  private following: Following | null = null;
  private rights = new Later(() => void this.refreshRoom(), ...RIGHTS_WITHIN);
  private seen = new Set<number>();
  private readSent = 0;
  private readTimer: ReturnType<typeof setTimeout> | null = null;
  private id: string;
  private options: ThreadOptions;

  constructor(id: string, options: ThreadOptions = {}) {
    this.id = id;
    this.options = options;
    this.order = options.order ?? 'tree';
  }

  get room(): Room | null {
    return this.options.room ? this.options.room() : this.ownRoom;
  }

  may(action: Room['may'][number]): boolean {
    return this.room?.may.includes(action) ?? false;
  }

  isMine(post: Post): boolean {
    return this.mine.has(post.id) || (post.author.id !== undefined && post.author.id === me.member?.id);
  }

  async open(): Promise<void> {
    try {
      const posts = this.fetchFirst();
      posts.catch(() => {});
      const thread = await get(`/threads/${this.id}`);
      if (!this.options.order) this.order = thread.kind === 'chat' ? 'seq' : this.order;
      this.begin(thread);
      let first: Promise<PostPage> | null = posts;
      this.following = follow(
        liveClient,
        thread.room,
        async () => {
          const page = first ?? this.fetchFirst();
          first = null;
          void this.refreshHeld();
          return this.load(await page);
        },
        (event) => this.take(event),
        { ...this.frames(), onRemoved: () => this.removed(), onError: (error) => (this.error = error) },
      );
      await Promise.all([this.following.reload(), this.refreshRoom(thread.room)]);
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  /** The chat of a session, which begins with its snapshot. */
  asPart(): SessionPart {
    return {
      load: ({ thread, posts }) => {
        if (this.loading) this.begin(thread);
        else this.thread = thread;
        this.load(posts);
        this.loading = false;
        void this.refreshHeld();
      },
      take: (event) => this.take(event),
      close: () => this.close(),
      ...this.frames(),
    };
  }

  private begin(thread: Thread): void {
    this.thread = thread;
    this.readAtOpen = thread.read_seq;
    this.readSent = thread.read_seq;
  }

  private frames(): Pick<SessionPart, 'onTyping' | 'onHeld'> {
    return {
      onTyping: (frame) => frame.thread === this.id && this.onTyping(frame),
      onHeld: (changed) => changed === this.id && void this.refreshHeld(),
    };
  }

  private removed(): void {
    this.error = notFound();
    this.thread = null;
  }

  close(): void {
    this.rights.cancel();
    this.following?.stop();
    this.flushRead();
  }

  private fetchFirst(): Promise<PostPage> {
    const { around, at } = this.options;
    return get(`/threads/${this.id}/posts`, { order: this.order, around, at, limit: 50 });
  }

  private load(page: PostPage): number {
    this.posts = page.items;
    this.incoming = [];
    this.next = page.next;
    this.prev = page.prev;
    this.addMine(page);
    return page.head_seq;
  }

  private addMine(page: PostPage): void {
    this.mine = new Set([...this.mine, ...page.mine.posts]);
    this.reactions = { ...this.reactions, ...page.mine.reactions };
  }

  async reorder(order: Order): Promise<void> {
    if (order === this.order) return;
    this.order = order;
    this.options = { ...this.options, around: undefined };
    await this.following?.reload();
  }

  async refreshRoom(id = this.thread?.room): Promise<void> {
    if (!id) return;
    try {
      this.ownRoom = await get(`/rooms/${id}`);
    } catch (error) {
      this.error = error;
    }
  }

  async refreshHeld(): Promise<void> {
    // Nothing of it can be lost by a failure: it is asked for again at the next change.
    // What whoever reviews writes is not held.
    if (me.member && !this.may('review_posts') && (this.thread?.review_first || this.held.length > 0))
      this.held = await get(`/threads/${this.id}/held`).then(
        (page) => page.items,
        () => this.held,
      );
  }

  async more(side: 'next' | 'prev'): Promise<void> {
    const cursor = this[side];
    if (!cursor || this.loadingMore) return;
    this.loadingMore = side;
    try {
      const page = await get(`/threads/${this.id}/posts`, {
        order: this.order,
        limit: 50,
        [side === 'next' ? 'after' : 'before']: cursor,
      });
      this.posts = side === 'next' ? joinPages(this.posts, page.items) : joinPages(page.items, this.posts);
      this[side] = page[side];
      const known = new Set(this.posts.map((post) => post.id));
      this.incoming = this.incoming.filter((post) => !known.has(post.id));
      this.addMine(page);
    } finally {
      this.loadingMore = null;
    }
  }

  /** A post of our own, acknowledged: it appears at once, where it belongs or at the end. */
  addOwn(post: Post): void {
    this.mine = new Set([...this.mine, post.id]);
    this.incoming = this.incoming.filter((other) => other.id !== post.id);
    this.unsure = this.unsure.filter((other) => other.id !== post.id);
    const result = insertPost(this.posts, post, this.order, false);
    this.posts = result.posts;
    this.markSeen(post.seq);
  }

  /** No answer is under way any more: what it did not name is somebody else's, or another device's. */
  settle(): void {
    const posts = this.unsure;
    this.unsure = [];
    posts.filter((post) => !this.posts.some(({ id }) => id === post.id)).forEach((post) => this.arrive(post));
  }

  showIncoming(): void {
    let posts = this.posts;
    for (const post of this.incoming) posts = insertPost(posts, post, this.order, this.next !== null).posts;
    this.posts = posts;
    this.incoming = [];
  }

  replace(post: Post): void {
    this.posts = this.posts.map((other) => (other.id === post.id ? upsertPost(other, post) : other));
    this.incoming = this.incoming.map((other) => (other.id === post.id ? upsertPost(other, post) : other));
    this.unsure = this.unsure.map((other) => (other.id === post.id ? upsertPost(other, post) : other));
  }

  setThread(view: PublicThread): void {
    this.thread = upsertThread(this.thread ?? undefined, view);
  }

  private take(event: LogEvent): void {
    const told = postEvent(event);
    if (told) this.takePost(told, event.kind === 'post.created');
    else if (shows(event, 'thread') && event.data.id === this.id) this.setThread(event.data);
    else if (this.ownRoom) this.takeRoom(event, this.ownRoom);
  }

  private takeRoom(event: LogEvent, room: Room): void {
    const asks = needsRoom(event, room, me.member?.id ?? null);
    this.ownRoom = applyRoom(event, room);
    if (asks === 'now') void this.refreshRoom();
    else if (asks === 'later') this.rights.ask();
  }

  private takePost({ thread_state, ...post }: PostEvent, created: boolean): void {
    if (post.thread !== this.id) return;
    if (created) this.onPost(post);
    if (thread_state && this.thread) this.thread = applyThreadState(this.thread, thread_state);
    if ([...this.posts, ...this.incoming, ...this.unsure].some((p) => p.id === post.id)) this.replace(post);
    else if (!created) return;
    else if (this.mayBeOwn(post)) this.unsure.push(post);
    else this.arrive(post);
  }

  private arrive(post: Post): void {
    if (this.options.insertAtOnce || this.isMine(post)) {
      this.posts = insertPost(this.posts, post, this.order, this.next !== null).posts;
    } else if (this.incoming.some((p) => p.id === post.parent_id) || this.wouldShow(post)) {
      this.incoming = [...this.incoming, post];
    }
    // What remains belongs to a page that is not open yet; "Later posts" will bring it.
  }

  private wouldShow(post: Post): boolean {
    return insertPost(this.posts, post, this.order, this.next !== null).inserted;
  }

  setReactions(postId: string, names: Reaction[]): void {
    this.reactions = { ...this.reactions, [postId]: names };
  }

  private lastTyped = 0;
  /** Tells the others, at most once in three seconds. */
  typed(): void {
    if (!this.thread || Date.now() - this.lastTyped < 3000) return;
    this.lastTyped = Date.now();
    liveClient.typing(this.thread.room, this.thread.id);
  }

  /** A post was on the screen. In chronological order everything before it counts as read, too. */
  markSeen(seq: number): void {
    this.seen.add(seq);
    if (this.readTimer) return;
    this.readTimer = setTimeout(() => this.flushRead(), 1500);
  }

  private flushRead(): void {
    if (this.readTimer) clearTimeout(this.readTimer);
    this.readTimer = null;
    const upTo = this.readUpTo();
    if (upTo > this.readSent) this.sendRead(upTo);
  }

  private readUpTo(): number {
    if (this.seen.size === 0) return 0;
    const highest = Math.max(...this.seen);
    if (this.order === 'seq') return highest;
    // A tree shows posts out of order: only mark up to the first that was not on the screen yet. What lies on pages
    // that are not open is unknown, so nothing is marked until the end is loaded.
    if (this.next !== null || this.prev !== null) return 0;
    const unseen = [...this.posts, ...this.incoming]
      .map((p) => p.seq)
      .filter((s) => s > this.readSent && !this.seen.has(s));
    return Math.min(highest, unseen.length > 0 ? Math.min(...unseen) - 1 : highest);
  }

  markAllRead(): void {
    const last = Math.max(this.thread?.last_post_seq ?? 0, ...this.posts.map((post) => post.seq));
    this.readAtOpen = last;
    this.sendRead(last);
  }

  private sendRead(seq: number): void {
    if (!me.member) return;
    this.readSent = seq;
    put(`/threads/${this.id}/read`, { seq }).catch(() => {});
  }
}
