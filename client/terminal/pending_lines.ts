/** Lines that are shown of what waits for the server; the rest is a number. */
const SHOWN = 3;

/** Behind each of them. */
const MARK = "…";

/** What was said and the server has not acknowledged yet, to be shown above the prompt. */
export class PendingLines {
  readonly #texts = new Set<{ readonly text: string }>();

  /** @param changed told the lines to show whenever they change. */
  constructor(private readonly changed: (lines: readonly string[]) => void) {}

  get size(): number {
    return this.#texts.size;
  }

  /** Adds what was said, and returns what takes it away again. */
  add(text: string): () => void {
    const entry = { text };
    this.#texts.add(entry);
    this.#tell();
    return () => {
      this.#texts.delete(entry);
      this.#tell();
    };
  }

  #tell(): void {
    const shown = [...take(this.#texts, SHOWN)].map(({ text }) =>
      `${text.replaceAll("\n", " ")} ${MARK}`
    );
    const others = this.#texts.size - shown.length;
    this.changed(others === 0 ? shown : [...shown, `and ${others} more ${MARK}`]);
  }
}

/** The first items; a list of thousands is not gone through for three. */
function* take<Item>(items: Iterable<Item>, count: number): Iterable<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken++ === count) return;
    yield item;
  }
}
