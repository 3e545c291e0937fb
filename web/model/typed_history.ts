import { mayHoldPassword } from "../../protocol/commands.ts";

/** Maximum number of stored texts. */
const MAX_TEXTS = 100;

/** The sent texts, which the arrow keys bring back. */
export class TypedHistory {
  /** The newest last. */
  readonly #texts: string[] = [];
  /** The shown one; after the last one while none is shown. */
  #index = 0;

  /** Stores a sent text; the same one only once in succession. */
  add(text: string): void {
    if (this.#texts.at(-1) !== text && !mayHoldPassword(text)) this.#texts.push(text);
    if (this.#texts.length > MAX_TEXTS) this.#texts.shift();
    this.#index = this.#texts.length;
  }

  /**
   * Moves to another text, if the field is empty or has the one before.
   *
   * @param field the text in the field.
   * @param step -1 for the next older one, 1 for the next newer one.
   * @returns the text for the field; empty after the newest one, and `undefined` for no change.
   */
  recall(field: string, step: number): string | undefined {
    if (field !== "" && field !== this.#texts[this.#index]) return undefined;
    const index = this.#index + step;
    if (index < 0 || index > this.#texts.length) return undefined;
    this.#index = index;
    return this.#texts[index] ?? "";
  }

  /** Drops all texts: another user logs in on this page. */
  clear(): void {
    this.#texts.length = 0;
    this.#index = 0;
  }
}
