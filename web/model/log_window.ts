import type { Entry } from "./conversation.ts";

/** Number of entries by which the window moves. */
const STEP = 100;

/** Number of entries that are shown at the end: more than the largest screens have room for. */
const AT_END = 200;

/** Maximum number of entries in the window. */
const MAX_SHOWN = AT_END + 2 * STEP;

/** Where the user has scrolled. */
export interface ScrollPlace {
  readonly isAtEnd: boolean;
  /** Whether the first or the last shown entry is near what the user sees. */
  readonly isNearStart: boolean;
  readonly isNearEnd: boolean;
}

/**
 * The part of a conversation that is shown: what is far from what the user sees costs nothing.
 *
 * 1. At the end, the window has the newest entries.
 * 2. Elsewhere it stays where it is, whatever is added below, and moves when its border is near.
 */
export class LogWindow {
  #first: Entry | undefined;
  #last: Entry | undefined;
  /** Whether older entries are loaded, but not shown. */
  hasEntriesAbove = false;
  /** Whether newer entries are loaded, but not shown. */
  hasEntriesBelow = false;

  /** Shows the newest entries, such as those of another conversation. */
  reset(): void {
    this.#first = this.#last = undefined;
  }

  /** Shows the entries around one of them. */
  moveTo(entries: readonly Entry[], index: number): void {
    this.#first = entries[Math.max(0, index - STEP)];
    this.#last = entries[Math.min(entries.length - 1, index + STEP)];
  }

  /** The entries to show. */
  select(entries: readonly Entry[], { isAtEnd, isNearStart, isNearEnd }: ScrollPlace): Entry[] {
    const { length } = entries;
    let start = indexOf(entries, this.#first) ?? 0;
    let end = (indexOf(entries, this.#last) ?? length - 1) + 1;
    if (isAtEnd || this.#first === undefined) {
      end = length;
      start = Math.max(0, length - AT_END);
    } else if (isNearStart) {
      start = Math.max(0, start - STEP);
      end = Math.min(end, start + MAX_SHOWN);
    } else if (isNearEnd) {
      end = Math.min(length, end + STEP);
      start = Math.max(start, end - MAX_SHOWN);
    }
    this.hasEntriesAbove = start > 0;
    this.hasEntriesBelow = end < length;
    this.#first = entries[start];
    this.#last = entries[end - 1];
    return entries.slice(start, end);
  }
}

/** The index of an entry, which may have changed since. */
function indexOf(entries: readonly Entry[], entry: Entry | undefined): number | undefined {
  if (entry === undefined) return undefined;
  const index = entries.findLastIndex(({ key }) => key === entry.key);
  return index < 0 ? undefined : index;
}
