/** Lengths that are told apart. Longer ones are always read. */
const LENGTHS = 1024;

/** Where a piece of a stream stands that is no payload. Lengths are known for each apart. */
export const PLACE = { first: 0, middle: 1, last: 2 } as const;

/** One of {@link PLACE}. */
export type Place = (typeof PLACE)[keyof typeof PLACE];

/**
 * Which pieces between two payloads are worth reading.
 *
 * What a server writes around its deliveries has few lengths: those of a head, give or take some
 * digits. So a piece is read only if nothing of its length was found dull before, and for millions of
 * deliveries the check is one look into a table. A `PING` makes the piece that it is in longer.
 */
export class NoticeFilter {
  readonly #dull = new Uint8Array(LENGTHS * 3);

  /** @param hear reads a piece, and tells whether there was something in it. */
  constructor(private readonly hear: (receiver: number, text: string) => boolean) {}

  /** True when nothing is to be expected in a piece of that length. */
  isDull(length: number, place: Place): boolean {
    return length < LENGTHS && this.#dull[place * LENGTHS + length] === 1;
  }

  /**
   * Reads a whole piece, and remembers its length if it was dull.
   *
   * @returns whether there was something in it.
   */
  read(receiver: number, text: string, place: Place): boolean {
    if (this.hear(receiver, text)) return true;
    if (text.length < LENGTHS) this.#dull[place * LENGTHS + text.length] = 1;
    return false;
  }

  /** Reads a piece that may end in the middle of a line. Returns whether there was something in it. */
  readStart(receiver: number, text: string): boolean {
    return this.hear(receiver, text);
  }
}
