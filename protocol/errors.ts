/**
 * The errors that a server sends: a stable code for programs, and a sentence for users with the cause
 * and the remedy. Those that a client can detect itself are in `request_errors.ts`. `docs/PROTOCOL.md`
 * lists all, and a test compares the two.
 *
 * @module
 */

import {
  MAX_FILES_PER_PERSON,
  MAX_LINE_BYTES,
  MAX_NAME_ATTEMPTS,
  MAX_STORED_NAME_BYTES,
} from "./limits.ts";
import { REQUEST_ERRORS } from "./request_errors.ts";
import { counted } from "./text.ts";

/**
 * The sentence of each error, by its code. A code never changes its meaning; new ones may be added.
 */
export const PROTOCOL_ERRORS = {
  ...REQUEST_ERRORS,
  already_registered: () => "You already have a name. To change it, send nick.",
  already_registered_name: () =>
    "You have registered a name in this session. Connect again to register another.",
  banned: (rest: string) => `You are banned from this server${rest}.`,
  cannot_receive: (name: string) =>
    `${name} cannot receive files: only hubbub chat on a terminal and browsers can.`,
  cannot_resume: () =>
    "The session cannot be resumed: it is unknown or has expired. You have joined in a new session.",
  file_hash_invalid: () =>
    "The header Repr-Digest or Content-Digest is damaged. Send sha-256=:BASE64:, with the SHA-256 of " +
    "the file in base64, or neither header.",
  file_hash_wrong: () =>
    "The file did not arrive as it was sent: its SHA-256 differs from the header. Send it again.",
  file_incomplete: () => "The file ended before its announced length. Send it again.",
  file_length_needed: () =>
    "The request must announce the file: its size in Content-Length, or Transfer-Encoding: chunked.",
  file_name_invalid: () =>
    `The name of a file has 1 to ${MAX_STORED_NAME_BYTES} bytes, and no slashes, backslashes and ` +
    "control characters. Choose another.",
  file_too_slow: () => "The file was sent too slowly. Send it again over a faster connection.",
  files_busy: () => "Too many files are being sent at the moment. Try again in a minute.",
  ignored: (name: string) => `${name} ignores you; nothing was sent.`,
  internal_error: () =>
    "Internal server error: this connection is closed. Connect again; the server's log has the cause.",
  invalid_duration: () => "Invalid duration: expected for example 30s, 10m, 2h, 7d or forever.",
  invalid_frame: (detail: string) => `Invalid request: ${detail}.`,
  invalid_json: () => "The line is not a JSON object. Send one JSON object per line.",
  invalid_token: () =>
    "The token is unknown or has expired. The administrator adds one, with hubbub token add.",
  length_needed: () =>
    "The request must announce its body: the size in Content-Length, or Transfer-Encoding: chunked.",
  line_too_long: () => `The line is over ${MAX_LINE_BYTES} bytes and was not sent. Split it.`,
  method_not_allowed: (methods: string, remedy = "") =>
    `Only ${methods} possible here.${remedy === "" ? "" : ` ${remedy}`}`,
  missing_line_end: () =>
    "The line is not complete. End each message with a newline, as in " +
    'sock.sendall(b"Hello\\n"). Or start the server with --line-timeout 300ms.',
  muted: (rest: string) => `An operator has muted you${rest}. Your messages are not sent.`,
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
  no_session: () =>
    "A file is sent by a member: the request needs the header Session-Token, with the session token of " +
    "its connection to the chat.",
  no_such_account: (name: string) => `The name "${name}" is not registered.`,
  no_such_ban: (target: string) => `There is no ban on ${target}. /bans lists the bans.`,
  no_such_file: () => "The offer does not exist or has expired. Ask for it again.",
  no_such_room: (name: string) => `There is no room "${name}". /rooms lists them.`,
  no_such_user: (name: string) =>
    `No user named "${name}" is online.${
      name.startsWith("#") ? " To write to a room, enter it with /join ROOM." : ""
    }`,
  not_ignored: (name: string) => `You are not ignoring ${name}.`,
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
  origin_refused: () =>
    "Pages of other servers may not do this. The administrator can allow them with --allow-origin.",
  password_needed: (name: string) => `The name "${name}" is protected. Its password is required.`,
  registration_timeout: (seconds: number) =>
    `No name was sent within ${counted(seconds, "second")}. Connect again and send one.`,
  room_full: (name: string, clients: number, limit: number) =>
    `The room ${name} is full (${clients} of ${limit}). Try again later, or join another room.`,
  room_permanent: (name: string) => `The room ${name} is permanent and cannot be deleted.`,
  search_busy: () => "Too many searches are running at the moment. Try again in a few seconds.",
  search_empty: () => "A search needs at least one word or number. Type /search WORDS.",
  server_full: (online: number, limit: number) =>
    `Server is full (${online} of ${limit}). Try again later.`,
  server_password_wrong: (wasGiven = true) =>
    wasGiven
      ? "The server password is wrong. Try again."
      : "This server requires a password. Connect again with it.",
  storage_failed: () =>
    "The server cannot read or write its stored data. Try again later; the server's log has the cause.",
  text_empty: () => "The message is empty. Send some text.",
  tls_required: () => "This server requires TLS. Connect with TLS, as hubbub chat --tls does.",
  too_busy: () => "Too many passwords are being checked. Try again in a moment.",
  too_many_accounts: (limit: number) =>
    `This server stores ${counted(limit, "registered name")}, the maximum. Ask an operator.`,
  too_many_attempts: (seconds: number, what = "passwords") =>
    `Too many wrong ${what}. Try again in ${secondsText(seconds)}.`,
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
  too_many_mutes: (limit: number) =>
    `This server holds ${counted(limit, "mute")}, the maximum. Remove one with /unmute.`,
  too_many_new_rooms: (seconds: number) =>
    `Your address has created too many rooms. Try again in ${seconds} s, or join one of /rooms.`,
  too_many_refusals: () =>
    `${MAX_NAME_ATTEMPTS} names or passwords were refused. Connect again to try others.`,
  too_many_registrations: (seconds: number) =>
    `Too many passwords were set from your address. Try again in ${secondsText(seconds)}.`,
  too_many_requests: (seconds: number) =>
    `Your address has sent too many requests. Try again in ${secondsText(seconds)}.`,
  too_many_rooms: (limit: number) =>
    `This server keeps ${counted(limit, "room")}, the maximum. /rooms lists those to join.`,
  too_many_uploads: (seconds: number) =>
    `Your address has sent too many files. Try again in ${secondsText(seconds)}.`,
  too_slow: () => "Your client read too slowly and was disconnected. Connect again.",
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
  "too_many_requests",
  "too_many_uploads",
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
