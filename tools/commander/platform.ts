/**
 * The parts of Node's modules that commander uses, for the executable: `lean.ts` puts them in their place.
 *
 * @module
 */

type Listener = (...values: unknown[]) => unknown;

/** Calls the listeners of an event in their order. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener[]>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
    return this;
  }

  /** Returns whether the event has listeners. */
  emit(event: string, ...values: unknown[]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const listener of listeners) listener.apply(this, values);
    return listeners.length > 0;
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

/** The process, which commander asks only where its caller does not set how to print and to exit. */
export const process = { stdout: {}, stderr: {}, env: {}, versions: {} };

// deno-lint-ignore no-control-regex -- the sequences start with a control character
const SEQUENCES = /\x1b\[[0-9;]*[A-Za-z]/g;

/** A text without the sequences that colour it. */
export function stripVTControlCharacters(text: string): string {
  return text.replace(SEQUENCES, "");
}
