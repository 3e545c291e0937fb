/** Maximum number of shown lines; the others are a number. */
const SHOWN = 3;

const MARK = "…";

/** Lines that the server has not acknowledged yet, shown above the prompt. */
export class PendingLines {
  readonly #texts = new Set<{ readonly text: string; readonly room: string | undefined }>();

  /**
   * @param changed called with the lines to show whenever they change.
   * @param markOf the mark before lines for a room.
   */
  constructor(
    private readonly changed: (lines: readonly string[]) => void,
    private readonly markOf: (room: string) => string = () => "",
  ) {}

  get size(): number {
    return this.#texts.size;
  }

  /** Adds a line, for a room if it is a message, and returns a function that removes it. */
  add(text: string, room?: string): () => void {
    const entry = { text, room };
    this.#texts.add(entry);
    this.report();
    return () => {
      this.#texts.delete(entry);
      this.report();
    };
  }

  /** Shows the lines, also after a change of their marks. */
  report(): void {
    const shown = [...take(this.#texts, SHOWN)].map(({ text, room }) =>
      `${room === undefined ? "" : this.markOf(room)}${text.replaceAll("\n", " ")} ${MARK}`
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
