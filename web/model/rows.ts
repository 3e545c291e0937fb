import type { Conversation, Entry } from "./conversation.ts";

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly name: string }
  /** The following entries are unread. */
  | { readonly kind: "unread"; readonly key: "unread" }
  /** `isContinued` if the sender is that of the entry above, and is not repeated. */
  | {
    readonly kind: "entry";
    readonly key: string;
    readonly entry: Entry;
    readonly isContinued: boolean;
  };

/** Pause after which the same sender is shown again. */
const PAUSE_MILLISECONDS = 5 * 60_000;

/** The rows of a conversation: its entries, the days, and the mark of unread ones. */
export function rowsOf({ entries, firstUnread }: Conversation, now: number): Row[] {
  const rows: Row[] = [];
  let day: string | undefined;
  let above: Entry | undefined;
  for (const entry of entries) {
    const entryDay = dayOf(entry.time);
    // Late entries have earlier times: no day is shown twice.
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

/** A calendar day in the local time zone, such as `2026-11-21`. */
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

/** The name of a day: `Today`, `Yesterday`, or its date. @param locale default: that of the browser. */
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
