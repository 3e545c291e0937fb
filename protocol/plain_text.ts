/**
 * Plain texts: printable ASCII without quotation marks and backslashes, as nearly every text is. A
 * plain text is its own UTF-8, and its own JSON between two quotation marks.
 *
 * On its way a message is asked for that many times: when it is read, and when it is written for the
 * network, for its sender and for the history. To look at all of its characters once is enough.
 *
 * @module
 */

const NOT_PLAIN = /[^ !#-[\]-~]/;

/** Whether a text is plain. */
export function isPlain(text: string): boolean {
  return !NOT_PLAIN.test(text);
}

/** Texts for one purpose, of which the same is asked for several times in a row. */
class PlainTexts {
  #last = "";

  /** Whether a text is plain. */
  has(text: string): boolean {
    if (text === this.#last) return true;
    if (!isPlain(text)) return false;
    this.#last = text;
    return true;
  }

  /** Takes note of a text that is known to be plain. */
  add(text: string): void {
    this.#last = text;
  }
}

/** The last text and the last id that were plain. Shared by all connections: only the texts themselves
 * decide. */
export const PLAIN = { text: new PlainTexts(), id: new PlainTexts() } as const;
