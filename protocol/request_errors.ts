/**
 * The errors of a request that a client can detect before it sends it, as the server does afterwards.
 *
 * The page of browsers has no other sentences: modules that it imports do not import `errors.ts`.
 *
 * @module
 */

import {
  MAX_AWAY_BYTES,
  MAX_FIELD_LENGTHS,
  MAX_FRAME_BYTES,
  MAX_NAME_LENGTH,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TOPIC_BYTES,
} from "./limits.ts";
import { counted } from "./text.ts";

/** The fault of a refused name. */
export type NameFault = "empty" | "too long" | "characters" | "marks" | "scripts";

const NAME_FAULTS: Record<NameFault, string> = {
  "empty": "needs at least one character",
  "too long": `may have at most ${MAX_NAME_LENGTH} characters`,
  "characters": "may not contain spaces, commas, colons, control or invisible characters, " +
    "and may not start with one of / [ * # @",
  "marks": "may have at most two accents or other marks per letter, and none elsewhere",
  "scripts": "may not mix letters of different scripts, such as Latin and Cyrillic",
};

/** The sentence of each error, by its code. */
export const REQUEST_ERRORS = {
  file_too_large: (limit: string) => `The file is too large: this server takes up to ${limit}.`,
  frame_too_long: () =>
    `The frame is over ${MAX_FRAME_BYTES} bytes and was not read. Send a shorter one.`,
  in_lobby: () =>
    "You are already in the lobby. /join ROOM goes to another room, /quit leaves the chat.",
  in_room: (room: string) => `You are already in ${room}.`,
  invalid_argument: (usage: string) => `Invalid argument. Usage: ${usage}`,
  invalid_utf8: () => "The line is not valid UTF-8 and was not sent. Set your terminal to UTF-8.",
  missing_argument: (usage: string) => `Missing argument. Usage: ${usage}`,
  name_invalid: (fault: NameFault) => `A name ${NAME_FAULTS[fault]}. Choose another.`,
  no_stored_files: () =>
    "This server stores no files. Its administrator can start it with --store-files SIZE.",
  nobody_to_reply_to: () => "No user has whispered to you yet. Use /whisper NAME TEXT.",
  not_in_room: (name: string) => `You are not in ${name}. Enter it first, with /join ${name}.`,
  password_unusable: () => "A password must have 8 to 256 characters. Choose another.",
  room_invalid: (fault: NameFault) => `The name of a room ${NAME_FAULTS[fault]}. Choose another.`,
  room_needed: (count: number) =>
    `You are in ${counted(count, "room")}: the request must name one of them.`,
  text_too_long: (limit = MAX_TEXT_BYTES) =>
    `The text is over ${limit} bytes and was not sent. ${
      limit < MAX_TEXT_BYTES ? "Shorten" : "Split"
    } it.`,
  too_many_lines: () => `The text has over ${MAX_TEXT_LINES} lines and was not sent. Split it.`,
  unknown_command: (command: string, advice: string | undefined) =>
    `There is no command ${command}. ` +
    (advice === undefined ? "" : `${advice} `) + "/help lists all commands.",
} as const;

/** An error of a request, with the sentence for the user. */
export interface RequestError {
  /** Stable, for programs. */
  readonly code: keyof typeof REQUEST_ERRORS;
  /** For users: the cause and the remedy. */
  readonly text: string;
}

/** Makes an error from its code and the details of its sentence. */
export function requestError<Code extends keyof typeof REQUEST_ERRORS>(
  code: Code,
  ...details: Parameters<(typeof REQUEST_ERRORS)[Code]>
): RequestError {
  const sentence = REQUEST_ERRORS[code] as (...details: unknown[]) => string;
  return { code, text: sentence(...details) };
}

/**
 * The specific error for a field over its maximum length; `undefined` if it has none.
 *
 * @param field its path in the frame, such as `rooms.0`.
 */
export function tooLongField(type: string, field: string): RequestError | undefined {
  if (type === "hello" && field.startsWith("rooms.")) {
    return requestError("room_invalid", "too long");
  }
  switch (`${type}.${field}`) {
    case "hello.name":
    case "nick.name":
      return requestError("name_invalid", "too long");
    case "join.room":
      return requestError("room_invalid", "too long");
    case "register.password":
      return requestError("password_unusable");
    case "topic.text":
      return requestError("text_too_long", MAX_TOPIC_BYTES);
    case "away.text":
      return requestError("text_too_long", MAX_AWAY_BYTES);
  }
  return field === "text" ? requestError("text_too_long") : undefined;
}

/** The first field over its maximum length, for frames that were not parsed from JSON. */
export function findLongField(frame: { readonly type: string }): string | undefined {
  for (const [field, value] of Object.entries(frame)) {
    if (typeof value !== "string" || !Object.hasOwn(MAX_FIELD_LENGTHS, field)) continue;
    if (value.length > MAX_FIELD_LENGTHS[field as keyof typeof MAX_FIELD_LENGTHS]) return field;
  }
}
