/**
 * The errors that a server sends: a stable code for programs, and a sentence for users with the cause
 * and the remedy. `docs/PROTOCOL.md` lists them, and a test compares the two.
 *
 * @module
 */

import {
  MAX_AWAY_BYTES,
  MAX_FIELD_LENGTHS,
  MAX_FILES_PER_PERSON,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  MAX_NAME_ATTEMPTS,
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

/**
 * The sentence of each error, by its code. A code never changes its meaning; new ones may be added.
 */
export const PROTOCOL_ERRORS = {
  already_registered: () => "You already have a name. To change it, send nick.",
  already_registered_name: () =>
    "You have registered a name in this session. Connect again to register another.",
  banned: (rest: string) => `You are banned from this server${rest}.`,
  cannot_receive: (name: string) =>
    `${name} cannot receive files: only hubbub chat on a terminal and browsers can.`,
  cannot_resume: () =>
    "The session cannot be resumed: it is unknown or has expired. You have joined in a new session.",
  file_too_large: (limit: string) => `The file is too large: this server relays up to ${limit}.`,
  files_busy: () => "Too many files are being sent at the moment. Try again in a minute.",
  frame_too_long: () =>
    `The frame is over ${MAX_FRAME_BYTES} bytes and was not read. Send a shorter one.`,
  ignored: (name: string) => `${name} ignores you; nothing was sent.`,
  in_lobby: () =>
    "You are already in the lobby. /join ROOM goes to another room, /quit leaves the chat.",
  in_room: (room: string) => `You are already in ${room}.`,
  internal_error: () =>
    "Internal server error: this connection is closed. Connect again; the server's log has the cause.",
  invalid_argument: (usage: string) => `Invalid argument. Usage: ${usage}`,
  invalid_duration: () => "Invalid duration: expected for example 30s, 10m, 2h, 7d or forever.",
  invalid_frame: (detail: string) => `Invalid request: ${detail}.`,
  invalid_json: () => "The line is not a JSON object. Send one JSON object per line.",
  invalid_utf8: () => "The line is not valid UTF-8 and was not sent. Set your terminal to UTF-8.",
  line_too_long: () => `The line is over ${MAX_LINE_BYTES} bytes and was not sent. Split it.`,
  missing_argument: (usage: string) => `Missing argument. Usage: ${usage}`,
  missing_line_end: () =>
    "The line is not complete. End each message with a newline, as in " +
    'sock.sendall(b"Hello\\n"). Or start the server with --line-timeout 300ms.',
  muted: (rest: string) => `An operator has muted you${rest}. Your messages are not sent.`,
  name_invalid: (fault: NameFault) => `A name ${NAME_FAULTS[fault]}. Choose another.`,
  name_looks_like: (name: string, other: string, why: "online" | "registered" | "banned") =>
    `The name "${name}" looks like "${other}", ${
      why === "online" ? "who" : "which"
    } is ${why}. Choose another.`,
  name_protected: (name: string) =>
    `The name "${name}" is protected. To use it, type /nick ${name} PASSWORD.`,
  name_reserved: (name: string) =>
    `The name "${name}" is reserved: it could be mistaken for the server. Choose another.`,
  name_taken: (name: string) => `The name "${name}" is taken. Choose another.`,
  nameless: () => "You are listening without a name. Connect again with a name to do that.",
  no_accounts: () =>
    "This server stores no accounts. Its administrator can start it with --data DIR.",
  no_files: () => "This server relays no files.",
  no_such_account: (name: string) => `The name "${name}" is not registered.`,
  no_such_ban: (target: string) => `There is no ban on ${target}. /bans lists the bans.`,
  no_such_file: () => "The offer does not exist or has expired. Ask for it again.",
  no_such_room: (name: string) => `There is no room "${name}". /rooms lists them.`,
  no_such_user: (name: string) =>
    `No user named "${name}" is online.${
      name.startsWith("#") ? " To write to a room, enter it with /join ROOM." : ""
    }`,
  nobody_to_reply_to: () => "No user has whispered to you yet. Use /whisper NAME TEXT.",
  not_ignored: (name: string) => `You are not ignoring ${name}.`,
  not_in_room: (name: string) => `You are not in ${name}. Enter it first, with join.`,
  not_muted: (name: string) => `${name} is not muted.`,
  not_oneself: (action: string, remedy = "") =>
    `You cannot ${action}.${remedy === "" ? "" : ` ${remedy}`}`,
  not_operator: () => "Only operators may do that.",
  not_reading: (name: string) =>
    `${name} reads too slowly at the moment; nothing was sent. Try again later.`,
  not_registered: () => 'Send your name first: {"type":"hello","name":"..."}.',
  operator_account: (name: string) =>
    `${name} is an operator. Only the administrator can remove that account, with hubbub account remove.`,
  operator_name: () =>
    "Your name belongs to an operator. Only the administrator can register it, with hubbub account add.",
  password_needed: (name: string) => `The name "${name}" is protected. Its password is required.`,
  password_unusable: () => "A password must have 8 to 256 characters. Choose another.",
  registration_timeout: (seconds: number) =>
    `No name was sent within ${counted(seconds, "second")}. Connect again and send one.`,
  room_invalid: (fault: NameFault) => `The name of a room ${NAME_FAULTS[fault]}. Choose another.`,
  room_needed: (count: number) =>
    `You are in ${counted(count, "room")}: the request must name one of them.`,
  room_permanent: (name: string) => `The room ${name} is permanent and cannot be deleted.`,
  server_full: (online: number, limit: number) =>
    `Server is full (${online} of ${limit}). Try again later.`,
  server_password_wrong: (wasGiven = true) =>
    wasGiven
      ? "The server password is wrong. Try again."
      : "This server requires a password. Connect again with it.",
  storage_failed: () =>
    "The server cannot read or write its stored data. Try again later; the server's log has the cause.",
  text_empty: () => "The message is empty. Send some text.",
  text_too_long: (limit = MAX_TEXT_BYTES) =>
    `The text is over ${limit} bytes and was not sent. ${
      limit < MAX_TEXT_BYTES ? "Shorten" : "Split"
    } it.`,
  tls_required: () => "This server requires TLS. Connect with TLS, as hubbub chat --tls does.",
  too_busy: () => "Too many passwords are being checked. Try again in a moment.",
  too_many_accounts: (limit: number) =>
    `This server stores ${counted(limit, "registered name")}, the maximum. Ask an operator.`,
  too_many_attempts: (seconds: number) =>
    `Too many wrong passwords. Try again in ${secondsText(seconds)}.`,
  too_many_bans: (limit: number) =>
    `This server holds ${counted(limit, "ban")}, the maximum. Remove one with /unban.`,
  too_many_files: () =>
    `You have ${
      counted(MAX_FILES_PER_PERSON, "file")
    } open, the maximum. Wait until one is finished.`,
  too_many_from_address: (limit: number) =>
    `Your address has ${counted(limit, "connection")}, the maximum. Close one, or try again later.`,
  too_many_ignored: (limit: number) =>
    `You ignore ${counted(limit, "user")}, the maximum. Remove one with /unignore.`,
  too_many_joined: (limit: number) =>
    `A client may be in ${counted(limit, "room")}, the maximum. Leave one first.`,
  too_many_lines: () => `The text has over ${MAX_TEXT_LINES} lines and was not sent. Split it.`,
  too_many_mutes: (limit: number) =>
    `This server holds ${counted(limit, "mute")}, the maximum. Remove one with /unmute.`,
  too_many_new_rooms: (seconds: number) =>
    `Your address has created too many rooms. Try again in ${seconds} s, or join one of /rooms.`,
  too_many_refusals: () =>
    `${MAX_NAME_ATTEMPTS} names or passwords were refused. Connect again to try others.`,
  too_many_registrations: (seconds: number) =>
    `Too many passwords were set from your address. Try again in ${secondsText(seconds)}.`,
  too_many_rooms: (limit: number) =>
    `This server keeps ${counted(limit, "room")}, the maximum. /rooms lists those to join.`,
  too_slow: () => "Your client read too slowly and was disconnected. Connect again.",
  unknown_command: (command: string, advice: string | undefined) =>
    `There is no command ${command}. ` +
    (advice === undefined ? "" : `${advice} `) + "/help lists all commands.",
  unknown_type: (type: string) => `There is no frame of type "${type}". See docs/PROTOCOL.md.`,
  wrong_password: () => "Wrong password. Try again.",
} as const;

/** The stable code of an error. */
export type ErrorCode = keyof typeof PROTOCOL_ERRORS;

/** An error as sent to a client. */
export interface ProtocolError {
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** For users: the cause and the remedy. */
  readonly text: string;
  /** Seconds until the next attempt, for errors of a rate limit. */
  readonly seconds?: number;
}

/** Errors whose first detail is the number of seconds to wait. */
const WITH_SECONDS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "too_many_attempts",
  "too_many_new_rooms",
  "too_many_registrations",
]);

/** Makes an error from its code and the details of its sentence. */
export function protocolError<Code extends ErrorCode>(
  code: Code,
  ...details: Parameters<(typeof PROTOCOL_ERRORS)[Code]>
): ProtocolError {
  const sentence = PROTOCOL_ERRORS[code] as (...details: unknown[]) => string;
  const text = sentence(...details);
  return WITH_SECONDS.has(code) ? { code, text, seconds: details[0] as number } : { code, text };
}

function secondsText(seconds: number): string {
  return seconds < 120 ? counted(seconds, "second") : counted(Math.ceil(seconds / 60), "minute");
}

/**
 * The specific error for a field over its maximum length; `undefined` if it has none.
 *
 * @param field its path in the frame, such as `rooms.0`.
 */
export function tooLongField(type: string, field: string): ProtocolError | undefined {
  if (type === "hello" && field.startsWith("rooms.")) {
    return protocolError("room_invalid", "too long");
  }
  switch (`${type}.${field}`) {
    case "hello.name":
    case "nick.name":
      return protocolError("name_invalid", "too long");
    case "join.room":
      return protocolError("room_invalid", "too long");
    case "register.password":
      return protocolError("password_unusable");
    case "topic.text":
      return protocolError("text_too_long", MAX_TOPIC_BYTES);
    case "away.text":
      return protocolError("text_too_long", MAX_AWAY_BYTES);
  }
  return field === "text" ? protocolError("text_too_long") : undefined;
}

/** The first field over its maximum length, for frames that were not parsed from JSON. */
export function findLongField(frame: { readonly type: string }): string | undefined {
  for (const [field, value] of Object.entries(frame)) {
    if (typeof value !== "string" || !Object.hasOwn(MAX_FIELD_LENGTHS, field)) continue;
    if (value.length > MAX_FIELD_LENGTHS[field as keyof typeof MAX_FIELD_LENGTHS]) return field;
  }
}
