/** Lengths below this are remembered. Longer pieces are always read. */
const LENGTHS = 1024;

/** Where a piece of a stream is between payloads. Lengths are remembered for each separately. */
export const PLACE = { first: 0, middle: 1, last: 2 } as const;

/** One of {@link PLACE}. */
export type Place = (typeof PLACE)[keyof typeof PLACE];

/**
 * Decides which pieces between payloads may contain a notice, such as a `PING` or an error.
 *
 * What a server writes around its deliveries has few forms: those of a header, give or take some
 * digits. So a piece is read only if the last one of its length that was found empty had another shape:
 * some of its characters, with all digits equal. For millions of deliveries the check is these characters
 * and one table access. A `PING` makes the piece that contains it longer, and moves what follows.
 */
export class NoticeFilter {
  /** By place and length: the shape of the last empty piece; 0 without one. */
  readonly #empty = new Int32Array(LENGTHS * 3);

  /** @param readNotice reads a piece, and returns whether it contained a notice. */
  constructor(private readonly readNotice: (receiver: number, text: string) => boolean) {}

  /** Whether a piece of a text is like one that contained no notice. */
  isEmpty(text: string, start: number, end: number, place: Place): boolean {
    const length = end - start;
    return length < LENGTHS &&
      this.#empty[place * LENGTHS + length] === shapeOf(text, start, end);
  }

  /**
   * Reads a whole piece, and remembers its shape if it was empty.
   *
   * @returns whether it contained a notice.
   */
  read(receiver: number, text: string, place: Place): boolean {
    if (this.readNotice(receiver, text)) return true;
    const { length } = text;
    if (length < LENGTHS) this.#empty[place * LENGTHS + length] = shapeOf(text, 0, length);
    return false;
  }

  /** Reads a piece that may end in the middle of a line. Returns whether it contained a notice. */
  readStart(receiver: number, text: string): boolean {
    return this.readNotice(receiver, text);
  }
}

/** A hash of characters at even distances, in which all digits are equal; never 0. */
function shapeOf(text: string, start: number, end: number): number {
  const step = (end - start) >> 3 || 1;
  let shape = 1;
  for (let position = start; position < end; position += step) {
    const code = text.charCodeAt(position);
    shape = Math.imul(shape, 31) + (code >= 0x30 && code <= 0x39 ? 0x30 : code) | 0;
  }
  return shape || 1;
}
