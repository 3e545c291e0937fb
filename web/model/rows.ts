import type { Conversation, Entry } from "./conversation.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly name: string }
  /** The beginning of the conversation, above its first entry. */
  | {
    readonly kind: "intro";
    readonly key: "intro";
    readonly place: Conversation["kind"];
    readonly name: string;
    /** Whether it has no messages. */
    readonly isEmpty: boolean;
  }
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

/**
 * The rows of a conversation, or of a part of it: its entries, the days, and the mark of unread ones.
 *
 * @param presence how joins and leaves are shown.
 */
export function rowsOf(
  { entries: all, firstUnread }: Pick<Conversation, "entries" | "firstUnread">,
  now: number,
  presence: Settings["presence"] = DEFAULT_SETTINGS.presence,
): Row[] {
  const entries = presence === "fold" ? all : all.flatMap((entry) => unfolded(entry, presence));
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

/** The entries for each of several joins and leaves; constant, so that they are drawn once. */
const SINGLE = new WeakMap<Entry, readonly Entry[]>();

/** The entries for a notice about joins and leaves: one for each, or none; other entries stay. */
function unfolded(entry: Entry, presence: Settings["presence"]): readonly Entry[] {
  const { changes, key } = entry;
  if (changes === undefined) return [entry];
  if (presence === "hide") return [];
  const single = SINGLE.get(entry) ?? changes.map((change, index) => {
    const { text, time } = change;
    return { ...entry, key: index === 0 ? key : `${key} ${index}`, text, time, changes: [change] };
  });
  SINGLE.set(entry, single);
  return single;
}

/** The row above a conversation that is loaded to its beginning. */
export function introOf({ kind, name, entries }: Conversation): Row {
  const isEmpty = !entries.some((entry) => entry.kind === "message");
  return { kind: "intro", key: "intro", place: kind, name, isEmpty };
}

function continues(above: Entry | undefined, entry: Entry): boolean {
  const { kind, from, isAction, isAutomatic, time } = entry;
  return above !== undefined && kind === "message" && above.kind === "message" &&
    above.from === from && !isAction && !above.isAction && above.isAutomatic === isAutomatic &&
    time - above.time < PAUSE_MILLISECONDS;
}

/** A calendar day in the local time zone, such as `2026-11-21`. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The time of day, such as `15:04`, or with a clock of 12 hours `3:04 pm`. */
export function clockTime(
  time: number,
  clock: Settings["clock"] = DEFAULT_SETTINGS.clock,
): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [date.getHours(), two(date.getMinutes())];
  if (clock === "24") return `${two(hours)}:${minutes}`;
  return `${hours % 12 || 12}:${minutes} ${hours < 12 ? "am" : "pm"}`;
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
