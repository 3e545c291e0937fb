/** Pixels from the end that still count as the end. */
const END_PIXELS = 40;
/** Pixels from the start at which more is wanted. */
const START_PIXELS = 300;

/** Keeps what somebody reads before their eyes while the list around it changes. */
export class ScrollKeeper {
  #isAtEnd = true;

  constructor(private readonly list: HTMLElement) {
    list.addEventListener("scroll", () => this.#look(), { passive: true });
    // A keyboard that comes up, a turned phone: the end stays the end.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.toEnd();
    }).observe(list);
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  get isNearStart(): boolean {
    return this.list.scrollTop < START_PIXELS;
  }

  toEnd(): void {
    this.#isAtEnd = true;
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** Changes the list. */
  keepDuring(change: () => void): void {
    if (this.#isAtEnd) {
      change();
      return this.toEnd();
    }
    const { list } = this;
    // Marks between the entries do not count: that of the day stays at the top of what comes above.
    const anchors = [...list.querySelectorAll<HTMLElement>(".entry")]
      .filter(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > list.scrollTop);
    const places = anchors.map((anchor) => anchor.offsetTop);
    change();
    const index = anchors.findIndex((anchor) => anchor.isConnected);
    if (index >= 0) list.scrollTop += anchors[index]!.offsetTop - places[index]!;
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_PIXELS;
  }
}
