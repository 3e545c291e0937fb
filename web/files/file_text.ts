import { sizeText } from "../../protocol/text.ts";
import type { FileItem, ReceiverCounts } from "./file_item.ts";

/** A file as one line of text: what it is, whose it is, and what has become of it. */
export function fileText(item: FileItem): string {
  const { name, size } = item;
  return `${name} (${sizeText(size)}) ${wayOf(item)}: ${stateText(item)}`.replace(/: $/, "");
}

/** The other side of a file. */
export function wayOf({ direction, who }: FileItem): string {
  return direction === "in" ? `from ${who}` : `to ${who}`;
}

/** Whether bytes of it are on their way. */
export function isRunning({ state, receivers }: FileItem): boolean {
  return state === "running" || (receivers?.running ?? 0) > 0;
}

/** The state of a file, without its progress: a screen reader would read each step. */
export function stateText({ direction, state, reason = "", place, receivers }: FileItem): string {
  if (receivers !== undefined && (state === "offered" || state === "running" || state === "done")) {
    const offer = state === "offered" ? "offered to all users here" : "";
    return [offer, receiversText(receivers)].filter((part) => part !== "").join(", ");
  }
  switch (state) {
    case "asked":
      return "…";
    case "offered":
      if (direction === "out") return "waiting for an answer";
      return reason !== "" ? reason : place.kind === "room" ? "for all users here" : "";
    case "running":
      return direction === "out" ? "being sent" : "being received";
    case "done":
      return direction === "in" ? "saved and checked" : "received and checked";
    case "failed":
    case "ended":
      return reason;
  }
}

/** The receivers of an offer to a room, by the state of their transfer. */
function receiversText({ running, done, failed, refused }: ReceiverCounts): string {
  return [
    running > 0 ? `${running} receiving` : "",
    done > 0 ? `received by ${done}` : "",
    failed > 0 ? `${failed} failed` : "",
    refused > 0 ? `not wanted by ${refused}` : "",
  ].filter((part) => part !== "").join(", ");
}
