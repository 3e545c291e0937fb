import type { ServerFrame } from "../../protocol/mod.ts";
import { mentionsOf } from "../core/mentions.ts";

/** What may ring the terminal's bell. */
export const BELL_MODES = ["off", "mentions", "all"] as const;

/** One of {@link BELL_MODES}. */
export type BellMode = (typeof BELL_MODES)[number];

/** Whether a message of another user rings: a whisper counts as a mention. */
export function rings(mode: BellMode, frame: ServerFrame, self: string): boolean {
  if (mode === "off" || (frame.type !== "message" && frame.type !== "whisper")) return false;
  if (frame.from === self) return false;
  return mode === "all" || frame.type === "whisper" || mentionsOf(frame.text, self).length > 0;
}
