/** Pixels from the end that still count as the end. */
const END_PIXELS = 40;
/** Pixels from the start and the end of what is shown at which more entries are shown. */
const NEAR_PIXELS = 300;

/**
 * Keeps the visible entries in place while the list around them changes.
 *
 * 1. A list at its end stays there when its height changes: by a growing field below it, an opening
 *    keyboard, a rotated phone.
 * 2. Only scrolling by the user leaves the end. A browser reports that and its own scrolling by the same
 *    event, and before it reports a new height; so the heights are compared.
 */
export class ScrollKeeper {
  #isAtEnd = true;
  /** The heights of the list and of its content at the last check. */
  #heights = "";

  constructor(private readonly list: HTMLElement) {
    list.addEventListener("scroll", () => this.#look(), { passive: true });
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.toEnd();
    }).observe(list);
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  get isNearStart(): boolean {
    return this.list.scrollTop < NEAR_PIXELS;
  }

  get isNearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight < NEAR_PIXELS;
  }

  /** Stays in place although the end is visible: more entries follow. */
  leaveEnd(): void {
    this.#isAtEnd = false;
    this.#heights = this.#measure();
  }

  toEnd(): void {
    this.#isAtEnd = true;
    this.list.scrollTop = this.list.scrollHeight;
    this.#heights = this.#measure();
  }

  keepDuring(change: () => void): void {
    if (this.#isAtEnd) {
      change();
      return this.toEnd();
    }
    const { list } = this;
    // Marks between the entries do not count: that of the day stays above the older entries.
    const anchors = [...list.querySelectorAll<HTMLElement>(".entry")]
      .filter(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > list.scrollTop);
    const places = anchors.map((anchor) => anchor.offsetTop);
    change();
    const index = anchors.findIndex((anchor) => anchor.isConnected);
    if (index >= 0) list.scrollTop += anchors[index]!.offsetTop - places[index]!;
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    const heights = this.#measure();
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PIXELS;
    if (this.#isAtEnd && !isAtEnd && heights !== this.#heights) return this.toEnd();
    this.#isAtEnd = isAtEnd;
    this.#heights = heights;
  }

  #measure(): string {
    return `${this.list.scrollHeight} ${this.list.clientHeight}`;
  }
}
