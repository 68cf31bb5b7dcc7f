import { get, notFound } from '../kernel/api/client';
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
import { live, liveClient } from '../kernel/live/live.svelte';
import type { TypingFrame } from '../kernel/live/frames';
import { Later } from '../kernel/live/later';
import { shows } from '../kernel/live/events';
import { applyRoom, needsRoom, RIGHTS_WITHIN } from '../kernel/live/room';
import type { SessionPart } from '../kernel/live/session';
import { me } from '../kernel/me/me.svelte';
import { targetOf, type Order, type ThreadPlace } from './place';
import { ReadMarks } from './readmarks.svelte';
import { applyThreadState, insertPost, joinPages, postEvent, upsertPost, upsertThread } from './reducers';

export interface ThreadOptions {
  order?: Order;
  /** Where to begin. */
  place?: ThreadPlace;
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
  /** Where the first of the open posts stands in the thread, in its order, from 1. */
  position = $state(1);
  /** The post that the open page was asked for. */
  target: Post | null = null;
  /** The first post that was unread when the page was opened, by its id. */
  lineAt = $state<string | null>(null);
  readonly marks: ReadMarks;
  mine = $state.raw<Set<string>>(new Set());
  reactions = $state.raw<Record<string, Reaction[]>>({});
  /** Our own that wait for a moderator, and what was declined of them. */
  held = $state.raw<HeldPost[]>([]);
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
  private id: string;
  private options: ThreadOptions;
  private place: ThreadPlace;

  constructor(id: string, options: ThreadOptions = {}) {
    this.id = id;
    this.options = options;
    this.order = options.order ?? 'tree';
    this.place = options.place ?? { at: 'start' };
    this.marks = new ReadMarks(id, options.insertAtOnce);
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
    if (!me.member) live.startAsGuest();
    try {
      let first: Promise<PostPage> | null = this.fetchFirst();
      first.catch(() => {});
      const thread = await get(`/threads/${this.id}`);
      if (thread.kind === 'chat' && this.order !== 'seq') {
        // A chat has no replies.
        this.order = 'seq';
        first = null;
      }
      this.begin(thread);
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
    this.marks.begin(thread);
  }

  private frames(): Pick<SessionPart, 'onTyping' | 'onHeld' | 'onYours'> {
    return {
      onYours: (post) => this.setMine(post),
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
    void this.marks.flush();
  }

  private fetchFirst(): Promise<PostPage> {
    return get(`/threads/${this.id}/posts`, { order: this.order, ...this.place, limit: 50 });
  }

  private load(page: PostPage): number {
    this.posts = page.items;
    this.incoming = [];
    this.next = page.next;
    this.prev = page.prev;
    this.position = page.position;
    this.addMine(page);
    this.target = targetOf(page.items, this.place);
    if (this.opensUnread || page.prev === null) this.drawLine();
    return page.head_seq;
  }

  private get opensUnread(): boolean {
    return 'at' in this.place && this.place.at === 'unread';
  }

  /** Before the first post that is unread, unless nothing was read yet. */
  private drawLine(): void {
    const at = this.posts.findIndex((post) => this.wasUnread(post));
    const first = this.posts[at];
    this.lineAt = first && (at > 0 || this.prev !== null) ? first.id : null;
    if (first && this.lineAt && this.opensUnread) this.target = first;
  }

  /** Somebody else's, and new to the reader when the thread was opened. */
  wasUnread(post: Post): boolean {
    return me.member !== null && !this.marks.opened.has(post.seq) && !this.isMine(post) && !post.hidden;
  }

  /** Opens the page around another place; `target` is then the post that was meant. */
  async moveTo(place: ThreadPlace): Promise<Post | null> {
    await this.marks.flush();
    this.place = place;
    if (this.opensUnread) this.marks.open();
    await this.following?.reload();
    return this.target;
  }

  /** Where an open post stands in the thread, from 1; 0 when it is not open. */
  positionOf(seq: number): number {
    const at = this.posts.findIndex((post) => post.seq === seq);
    return at < 0 ? 0 : this.position + at;
  }

  /** Opens all that is not open yet, at most so many posts. */
  async openAll(limit: number): Promise<void> {
    while ((this.prev || this.next) && this.posts.length < limit) await this.more(this.prev ? 'prev' : 'next');
  }

  private setMine(post: string): void {
    if (this.mine.has(post)) return;
    this.mine = new Set([...this.mine, post]);
    const known = [...this.posts, ...this.incoming].find((one) => one.id === post);
    if (known) this.marks.dropped(known.seq);
  }

  private addMine(page: PostPage): void {
    this.mine = new Set([...this.mine, ...page.mine.posts]);
    this.reactions = { ...this.reactions, ...page.mine.reactions };
  }

  /** In the other order, around the post where the reader is. */
  async reorder(order: Order, at: number | null): Promise<void> {
    if (order === this.order) return;
    this.order = order;
    await this.moveTo(at ? { around: at } : { at: 'start' });
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
      if (side === 'prev') this.position = page.position;
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
    this.marks.see(post.seq, false);
  }

  /** No answer is under way any more: what it did not name is somebody else's, or another device's. */
  settle(): void {
    const posts = this.unsure;
    this.unsure = [];
    for (const post of posts.filter((post) => !this.posts.some(({ id }) => id === post.id))) {
      if (!this.isMine(post)) this.marks.arrived();
      this.arrive(post);
    }
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
    if (told) this.takePost(told, event.kind);
    else if (shows(event, 'thread') && event.data.id === this.id) this.setThread(event.data);
    else if (this.ownRoom) this.takeRoom(event, this.ownRoom);
  }

  private takeRoom(event: LogEvent, room: Room): void {
    const asks = needsRoom(event, room, me.member?.id ?? null);
    this.ownRoom = applyRoom(event, room);
    if (asks === 'now') void this.refreshRoom();
    else if (asks === 'later') this.rights.ask();
  }

  private takePost({ thread_state, ...post }: PostEvent, kind: string): void {
    const created = kind === 'post.created';
    if (post.thread !== this.id) return;
    if (created) this.onPost(post);
    this.countUnread(kind, post);
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

  /** A post was on the screen. */
  markSeen(seq: number): void {
    const post = this.posts.find((one) => one.seq === seq);
    this.marks.see(seq, post !== undefined && !this.isMine(post) && !post.hidden);
  }

  private countUnread(kind: string, post: Post): void {
    const known = [...this.posts, ...this.incoming].some((one) => one.id === post.id);
    if (kind === 'post.created' && !known && !this.isMine(post) && !this.mayBeOwn(post)) this.marks.arrived();
    if (kind === 'post.hidden' && !this.isMine(post)) this.marks.dropped(post.seq);
  }

  markAllRead(): void {
    this.marks.readAll(Math.max(this.thread?.last_post_seq ?? 0, ...this.posts.map((post) => post.seq)));
    this.lineAt = null;
  }
}
