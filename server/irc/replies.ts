/**
 * The numbers of replies and errors in IRC (RFC 2812, modern.ircdocs.horse), and the features of the server
 * in the words of IRC.
 *
 * @module
 */

import {
  type ErrorCode,
  MAX_AWAY_BYTES,
  MAX_NAME_LENGTH,
  type ProtocolError,
} from "../../protocol/mod.ts";
import { MAX_REASON_LENGTH } from "../chat/moderation.ts";

/** What follows the number of an error: what the command was about, the command, or nothing. */
type Subject = "target" | "command" | "nothing";

const NUMERICS: Partial<Record<ErrorCode, readonly [number: string, subject: Subject]>> = {
  banned: ["465", "nothing"],
  ignored: ["531", "target"],
  line_too_long: ["417", "nothing"],
  muted: ["404", "target"],
  name_invalid: ["432", "target"],
  name_looks_like: ["433", "target"],
  name_protected: ["433", "target"],
  name_reserved: ["432", "target"],
  name_taken: ["433", "target"],
  no_such_room: ["403", "target"],
  no_such_user: ["401", "target"],
  not_in_room: ["442", "target"],
  not_operator: ["481", "nothing"],
  not_reading: ["531", "target"],
  not_registered: ["451", "nothing"],
  password_needed: ["433", "target"],
  room_full: ["471", "target"],
  room_invalid: ["476", "target"],
  server_password_wrong: ["464", "nothing"],
  text_empty: ["412", "nothing"],
  too_many_attempts: ["464", "nothing"],
  too_many_joined: ["405", "target"],
  too_many_new_rooms: ["437", "target"],
  too_many_rooms: ["437", "target"],
  wrong_password: ["464", "nothing"],
};

/** ERR_UNKNOWNERROR, for errors without a number in IRC. */
const UNKNOWN_ERROR = ["400", "command"] as const;

/** Commands of the chat that clients of IRC have under another name. Their `/nick` sends one word. */
const IRC_COMMANDS: Readonly<Record<string, string>> = {
  nick: "/quote NICK",
  rooms: "/list",
  whisper: "/msg",
};

/** An error text with commands that clients of IRC send, in place of those of the chat. */
export function inIrcCommands(text: string): string {
  return text.replace(
    /(?<=\s|^)\/(bans|help|nick|rooms|search|unban|unignore|unmute|whisper)(?=[ .])/g,
    (_, name: string) => IRC_COMMANDS[name] ?? `/msg hubbub ${name}`,
  );
}

/** An error in IRC. */
export interface IrcError {
  readonly number: string;
  /** The parameter before the text; empty for none. */
  readonly middle: string;
  readonly text: string;
}

/**
 * The number, the parameter and the text of an error in IRC.
 *
 * @param target what the command was about: a user or a room.
 */
export function ircError(
  { code, text }: ProtocolError,
  command: string,
  target: string,
): IrcError {
  return { ...numberOf(code, command, target), text: inIrcCommands(text) };
}

function numberOf(
  code: ErrorCode,
  command: string,
  target: string,
): Pick<IrcError, "number" | "middle"> {
  const isInRoom = target.startsWith("#");
  if (code === "not_operator" && isInRoom) return { number: "482", middle: target };
  if (code === "not_in_room" && command === "PRIVMSG") return { number: "404", middle: target };
  if (command === "AUTHENTICATE") return { number: "904", middle: "" };
  const [number, subject] = NUMERICS[code] ?? UNKNOWN_ERROR;
  if (subject === "nothing") return { number, middle: "" };
  return { number, middle: subject === "target" && target !== "" ? target : command };
}

/** Maximum number of targets of one PRIVMSG, in RPL_ISUPPORT. */
export const MAX_TARGETS = 4;

/** Maximum number of rooms in one NAMES, in RPL_ISUPPORT: each may list a thousand names. */
export const MAX_NAMED_ROOMS = 4;

/** Maximum number of names that one client watches with MONITOR, in RPL_ISUPPORT. */
export const MAX_MONITORED = 100;

/** Maximum number of messages that one CHATHISTORY requests, in RPL_ISUPPORT. */
export const MAX_HISTORY = 100;

/** Bytes of a topic that fit into a line. */
const TOPIC_BYTES = 390;

/**
 * The words of RPL_ISUPPORT.
 *
 * @param maxRooms maximum number of rooms of a client.
 * @param isTopicLocked whether only operators set topics.
 */
export function features(maxRooms: number, isTopicLocked: boolean): string[] {
  return [
    `AWAYLEN=${MAX_AWAY_BYTES}`,
    // Names are equal in Unicode's form KC without regard to case, which is this for ASCII.
    "CASEMAPPING=ascii",
    `CHANLIMIT=#:${maxRooms}`,
    `CHANMODES=bq,,,n${isTopicLocked ? "t" : ""}`,
    `CHANNELLEN=${MAX_NAME_LENGTH + 1}`,
    "CHANTYPES=#",
    `CHATHISTORY=${MAX_HISTORY}`,
    "CLIENTTAGDENY=*",
    `KICKLEN=${MAX_REASON_LENGTH}`,
    "MODES=1",
    `MONITOR=${MAX_MONITORED}`,
    "MSGREFTYPES=msgid,timestamp",
    "NETWORK=hubbub",
    `NICKLEN=${MAX_NAME_LENGTH}`,
    "PREFIX=(o)@",
    `TARGMAX=JOIN:,KICK:1,LIST:,NAMES:${MAX_NAMED_ROOMS},NOTICE:${MAX_TARGETS},PART:,` +
    `PRIVMSG:${MAX_TARGETS},WHOIS:1`,
    `TOPICLEN=${TOPIC_BYTES}`,
    "UTF8ONLY",
    "WHOX",
  ];
}

/** The modes of every room: no messages from outside, and the topic for operators only. */
export function roomModes(isTopicLocked: boolean): string {
  return isTopicLocked ? "+nt" : "+n";
}
