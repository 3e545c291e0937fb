import type { Conversation, Entry } from "./conversation.ts";

/** A row in the view of a conversation. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly name: string }
  /** What follows was not looked at yet. */
  | { readonly kind: "unread"; readonly key: "unread" }
  /** `isContinued` where the sender is the one above, who need not be named again. */
  | {
    readonly kind: "entry";
    readonly key: string;
    readonly entry: Entry;
    readonly isContinued: boolean;
  };

/** Silence after which the same sender is named again. */
const PAUSE_MILLISECONDS = 5 * 60_000;

/** The rows of a conversation: its entries, with the days and the mark of what is new between. */
export function rowsOf({ entries, firstUnread }: Conversation, now: number): Row[] {
  const rows: Row[] = [];
  let day: string | undefined;
  let above: Entry | undefined;
  for (const entry of entries) {
    const entryDay = dayOf(entry.time);
    // What was received late has an earlier time: no day comes twice for that.
    if (day === undefined || entryDay > day) {
      rows.push({ kind: "day", key: `day ${entryDay}`, name: dayName(entry.time, now) });
      day = entryDay;
      above = undefined;
    }
    if (entry.key === firstUnread) {
      rows.push({ kind: "unread", key: "unread" });
      above = undefined;
    }
    rows.push({ kind: "entry", key: entry.key, entry, isContinued: continues(above, entry) });
    above = entry;
  }
  return rows;
}

function continues(above: Entry | undefined, { kind, from, isAction, time }: Entry): boolean {
  return above !== undefined && kind === "message" && above.kind === "message" &&
    above.from === from && !isAction && !above.isAction &&
    time - above.time < PAUSE_MILLISECONDS;
}

/** A calendar day of the reader's own time zone, such as `2026-11-21`. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The time of day, such as `12:34`. */
export function clockTime(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * A day as people call it: `Today`, `Yesterday`, or its date in words.
 *
 * @param locale of the words; by default the reader's own.
 */
export function dayName(time: number, now: number, locale?: string): string {
  const day = dayOf(time);
  if (day === dayOf(now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === dayOf(yesterday.getTime())) return "Yesterday";
  return new Intl.DateTimeFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  }).format(time);
}
