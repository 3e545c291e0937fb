/**
 * A list of bans as people read it.
 *
 * @module
 */

import type { BanInfo, ServerFrame } from "./frames.ts";

/** A list of bans, one on a line. */
export function bansText({ total, bans }: ServerFrame & { type: "bans" }): string {
  const others = total - bans.length;
  return [`Bans (${total}):`, ...bans.map(banText)].join("\n  ") +
    (others > 0 ? `\n  and ${others} more` : "");
}

/** A ban in one line: its target, the operator, the end and the reason. */
export function banText({ target, by, until, reason }: BanInfo): string {
  const end = until === undefined ? "" : ` until ${localTimeText(until)}`;
  return `${target} by ${by}${end}${reason === undefined ? "" : `: ${reason}`}`;
}

/** A time that may be far away, in the machine's time zone: `2026-01-31 13:00 UTC+01:00`. */
export function localTimeText(time: number): string {
  const offset = -new Date(time).getTimezoneOffset();
  // A date without a zone is written as UTC: moved by the offset, its digits are the local ones.
  const local = new Date(time + offset * 60_000);
  // The last hours that a date can have are over in the zones east of UTC.
  if (Number.isNaN(local.getTime())) return "an unknown time";
  const text = local.toISOString().replace(/:\d\d\.\d{3}Z$/, "").replace("T", " ");
  return `${text} UTC${offset === 0 ? "" : offsetText(offset)}`;
}

/** The offset of a time zone, such as `+05:30`. */
function offsetText(minutes: number): string {
  const part = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${part(size / 60)}:${part(size % 60)}`;
}
