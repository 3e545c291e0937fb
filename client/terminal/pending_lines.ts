/** Maximum number of shown lines; the others are a number. */
const SHOWN = 3;

const MARK = "…";

/** Lines that the server has not acknowledged yet, shown above the prompt. */
export class PendingLines {
  readonly #texts = new Set<{ readonly text: string }>();

  /** @param changed called with the lines to show whenever they change. */
  constructor(private readonly changed: (lines: readonly string[]) => void) {}

  get size(): number {
    return this.#texts.size;
  }

  /** Adds a line, and returns a function that removes it. */
  add(text: string): () => void {
    const entry = { text };
    this.#texts.add(entry);
    this.#report();
    return () => {
      this.#texts.delete(entry);
      this.#report();
    };
  }

  #report(): void {
    const shown = [...take(this.#texts, SHOWN)].map(({ text }) =>
      `${text.replaceAll("\n", " ")} ${MARK}`
    );
    const others = this.#texts.size - shown.length;
    this.changed(others === 0 ? shown : [...shown, `and ${others} more ${MARK}`]);
  }
}

/** The first items, without a copy of all. */
function* take<Item>(items: Iterable<Item>, count: number): Iterable<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken++ === count) return;
    yield item;
  }
}
