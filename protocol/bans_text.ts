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

function banText({ target, by, until, reason }: BanInfo): string {
  const end = until === undefined ? "" : ` until ${utcText(until)}`;
  return `${target} by ${by}${end}${reason === undefined ? "" : `: ${reason}`}`;
}

/** A time that may be far away, such as `2026-01-31 12:00 UTC`. */
export function utcText(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
