/**
 * Validates and cleans the frames of a server, which may be any program.
 *
 * @module
 */

import type { BanInfo, MessageFrame, ServerFrame } from "../../protocol/frames.ts";
import { FILE_HASH } from "../../protocol/stored_files.ts";
import { cleanLine, cleanText } from "../../protocol/text.ts";

type FrameType = ServerFrame["type"];

/** The required fields of each frame. */
const FIELDS: {
  [Type in FrameType]: Partial<
    Record<keyof Extract<ServerFrame, { type: Type }>, "string" | "number">
  >;
} = {
  server: { server: "string", protocol: "number" },
  welcome: { name: "string", server: "string", session: "string" },
  message: { seq: "number", room: "string", from: "string", text: "string", time: "number" },
  whisper: { from: "string", to: "string", text: "string", time: "number" },
  ack: { id: "string" },
  joined: { room: "string", name: "string", time: "number" },
  left: { room: "string", name: "string", time: "number" },
  presence: {
    room: "string",
    joined: "number",
    left: "number",
    members: "number",
    time: "number",
  },
  renamed: { from: "string", to: "string", time: "number" },
  users: { room: "string", total: "number" },
  rooms: { total: "number" },
  bans: { total: "number" },
  history: { room: "string" },
  search: { room: "string", words: "string" },
  topic: { room: "string", text: "string" },
  away: { room: "string", name: "string" },
  account: { room: "string", name: "string", time: "number" },
  offered: {
    file: "number",
    from: "string",
    to: "string",
    name: "string",
    size: "number",
    time: "number",
  },
  withdrawn: { file: "number", reason: "string" },
  accepted: { file: "number", transfer: "number", by: "string" },
  refused: { file: "number", by: "string" },
  chunk: { transfer: "number", data: "string" },
  received: { transfer: "number", bytes: "number" },
  finish: { transfer: "number", sha256: "string" },
  complete: { transfer: "number" },
  cancelled: { transfer: "number", reason: "string", text: "string" },
  notice: { text: "string" },
  skipped: { room: "string", count: "number", from: "number", to: "number" },
  error: { code: "string", text: "string" },
  pong: { t: "number" },
  ping: { t: "number" },
  bye: { reason: "string", text: "string" },
};

const REQUIRED = new Map<string, [string, string][]>(
  Object.entries(FIELDS).map(([type, fields]) => [type, Object.entries(fields)]),
);

/**
 * Checks that a frame has its fields, and removes control characters from all its texts: servers other
 * than hubbub could send escape sequences to a terminal.
 *
 * @returns the same object, or `undefined` for a frame that is invalid, or newer than this client.
 */
export function usableFrame(frame: ServerFrame): ServerFrame | undefined {
  // A frame of a foreign server may have any fields.
  const fields = frame as unknown as Record<string, unknown>;
  const required = REQUIRED.get(frame.type);
  if (required === undefined) return undefined;
  for (const [field, type] of required) {
    const found = typeof fields[field];
    if (found !== type) return undefined;
  }
  if (!hasUsableList(frame)) return undefined;
  if (frame.type === "message" && frame.file !== undefined) cleanFile(frame);
  for (const field in fields) {
    const value = fields[field];
    if (typeof value !== "string" || field === "data") continue; // it is read as base64 only
    fields[field] = field === "text" ? cleanText(value) : cleanLine(value);
  }
  return frame;
}

/** Cleans the file of a message, or removes it where it is not usable: the text has its address. */
function cleanFile(message: MessageFrame): void {
  const { name, size, type, hash, url } = message.file ?? {};
  const isUsable = typeof hash === "string" && FILE_HASH.test(hash) &&
    [name, type, url].every((text) => typeof text === "string") && typeof size === "number";
  const cleaned = isUsable ? { file: withCleanLines({ name, size, type, hash, url }) } : undefined;
  delete (message as { file?: unknown }).file;
  Object.assign(message, cleaned);
}

/** Cleans the list in some frames, and removes invalid items. */
function hasUsableList(frame: ServerFrame): boolean {
  switch (frame.type) {
    case "welcome":
      if (!Array.isArray(frame.rooms)) return false;
      frame.rooms = frame.rooms.filter(isEntered).map(withCleanLines);
      return true;
    case "users":
      if (!Array.isArray(frame.users)) return false;
      frame.users = frame.users.filter(isNamed).map(withCleanLines);
      return true;
    case "rooms":
      if (!Array.isArray(frame.rooms)) return false;
      frame.rooms = frame.rooms.filter(isNamed).map(withCleanLines);
      return true;
    case "bans":
      if (!Array.isArray(frame.bans)) return false;
      frame.bans = frame.bans.filter(isBan).map(withCleanLines);
      return true;
    case "history":
    case "search":
      if (!Array.isArray(frame.messages)) return false;
      frame.messages = frame.messages.flatMap((message) => {
        const usable = usableFrame(message);
        return usable?.type === "message" ? [usable] : [];
      });
      return true;
    default:
      return true;
  }
}

function isEntered(item: { readonly room?: unknown; readonly seq?: unknown } | null): boolean {
  return typeof item?.room === "string" && typeof item.seq === "number";
}

function isNamed(item: { readonly name?: unknown } | null): boolean {
  return typeof item?.name === "string";
}

function isBan(item: Partial<Record<keyof BanInfo, unknown>> | null): boolean {
  return typeof item?.target === "string" && typeof item.by === "string" &&
    ["number", "undefined"].includes(typeof item.until);
}

function withCleanLines<Item extends object>(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key,
      typeof value === "string" ? cleanLine(value) : value,
    ]),
  ) as Item;
}
