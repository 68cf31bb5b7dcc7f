/** What bars cover at the top, and what is too little to be read at the bottom. */
const MARGIN = '-120px 0px -40px 0px';

/** Which posts are on the screen: each is told once it can be seen, and the first and last of them whenever they change. */
export class Sight {
  private shown = new Map<Element, number>();
  private observer: IntersectionObserver | null = null;

  constructor(
    private onSeen: (seq: number) => void,
    private onMove: (first: number, last: number) => void,
  ) {}

  /** For a post that stands at `element`, which says in `data-anchor` which one it is. */
  watch = (element: HTMLElement): (() => void) => {
    this.observer ??= new IntersectionObserver((entries) => this.take(entries), { rootMargin: MARGIN });
    this.observer.observe(element);
    return () => {
      this.observer?.unobserve(element);
      this.shown.delete(element);
    };
  };

  private take(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.shown.set(target, Number((target as HTMLElement).dataset.anchor?.slice('post-'.length)));
      else this.shown.delete(target);
    }
    this.look();
  }

  /** Nobody reads what is in a window behind others. */
  look = (): void => {
    if (document.visibilityState !== 'visible' || this.shown.size === 0) return;
    this.shown.forEach((seq) => this.onSeen(seq));
    const before = (a: Element, b: Element): number =>
      a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
    const order = [...this.shown.keys()].sort(before);
    this.onMove(this.shown.get(order[0]!)!, this.shown.get(order.at(-1)!)!);
  };
}
