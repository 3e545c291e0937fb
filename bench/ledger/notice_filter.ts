/** Lengths below this are remembered. Longer pieces are always read. */
const LENGTHS = 1024;

/** Where a piece of a stream is between payloads. Lengths are remembered for each separately. */
export const PLACE = { first: 0, middle: 1, last: 2 } as const;

/** One of {@link PLACE}. */
export type Place = (typeof PLACE)[keyof typeof PLACE];

/**
 * Decides which pieces between payloads may contain a notice, such as a `PING` or an error.
 *
 * What a server writes around its deliveries has few lengths: those of a header, give or take some
 * digits. So a piece is read only if none of its length was found empty before, and for millions of
 * deliveries the check is one table access. A `PING` makes the piece that contains it longer.
 */
export class NoticeFilter {
  readonly #empty = new Uint8Array(LENGTHS * 3);

  /** @param readNotice reads a piece, and returns whether it contained a notice. */
  constructor(private readonly readNotice: (receiver: number, text: string) => boolean) {}

  /** Whether pieces of that length contain no notice. */
  isEmpty(length: number, place: Place): boolean {
    return length < LENGTHS && this.#empty[place * LENGTHS + length] === 1;
  }

  /**
   * Reads a whole piece, and remembers its length if it was empty.
   *
   * @returns whether it contained a notice.
   */
  read(receiver: number, text: string, place: Place): boolean {
    if (this.readNotice(receiver, text)) return true;
    if (text.length < LENGTHS) this.#empty[place * LENGTHS + text.length] = 1;
    return false;
  }

  /** Reads a piece that may end in the middle of a line. Returns whether it contained a notice. */
  readStart(receiver: number, text: string): boolean {
    return this.readNotice(receiver, text);
  }
}
