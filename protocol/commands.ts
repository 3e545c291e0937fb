/**
 * The typed commands as a table: names, arguments, help text, and the frame that results. The server
 * uses it for text clients, the terminal client for its own input.
 *
 * @module
 */

import { adviceFor } from "./command_advice.ts";
import type { ProtocolError } from "./errors.ts";
import type { ClientFrame } from "./frames.ts";
import { findLongField, requestError, tooLongField } from "./request_errors.ts";
import { isBlank, shorten } from "./text.ts";

/** One command. */
export interface Command {
  /** With its slash. */
  readonly name: string;
  /** Other names of the same command. */
  readonly aliases: readonly string[];
  /** Names in IRC and other chats: accepted, but neither listed nor completed. */
  readonly foreignNames?: readonly string[];
  /** The command with its arguments, as `/help` shows it. */
  readonly usage: string;
  /** The help text: a verb phrase. */
  readonly summary: string;
  /** Makes the frame from the text after the command; `undefined` for invalid text. */
  readonly parse: (rest: string) => ClientFrame | undefined;
  /** The error for invalid text. Default: `missing_argument`. */
  readonly refusal?: "invalid_argument";
}

const required = (text: string, frame: (text: string) => ClientFrame) =>
  isBlank(text) ? undefined : frame(text);

/** The first word of a text, and the rest. */
function wordAndRest(text: string): [string | undefined, string | undefined] {
  const [, word, rest] = /^\s*(\S+)(?:\s+(\S.*))?\s*$/s.exec(text) ?? [];
  return [word, rest];
}

/** The name in `@NAME`, `NAME:` and `NAME,`. The colons of an IPv6 address stay. */
export function typedName(word: string): string {
  return word.replace(/^@(?=.)/, "").replace(/^([^:,]+)[:,]$/, "$1");
}

/** As {@link wordAndRest}, with the name of a user as the word. */
function userAndRest(text: string): [string | undefined, string | undefined] {
  const [word, rest] = wordAndRest(text);
  return [word && typedName(word), rest];
}

/** Parses the argument of a command that needs a user and nothing else. */
const withUser = (frame: (name: string) => ClientFrame) => (text: string) => {
  const [name] = userAndRest(text);
  return name === undefined ? undefined : frame(name);
};

/** The name of a room without the `#` that IRC users type. */
const withoutHash = (text: string) => text.trim().replace(/^#(?=.)/, "");

/** The text without the word `--force`, and whether it had one. */
function withoutForce(text: string): [string, { force?: true }] {
  const rest = text.replace(/(^|\s)--force(?=\s|$)/, "");
  return [rest.trim(), rest === text ? {} : { force: true }];
}

/** A single dash means an empty text. */
const withoutDash = (text: string) => text.trim() === "-" ? "" : text;

/** All commands, in the order of `/help`. */
export const COMMANDS: readonly Command[] = [
  {
    name: "/help",
    aliases: [],
    foreignNames: ["/?", "/h", "/commands"],
    usage: "/help",
    summary: "lists these commands",
    parse: () => ({ type: "help" }),
  },
  {
    name: "/users",
    aliases: ["/list"],
    foreignNames: ["/names", "/who", "/online"],
    usage: "/users",
    summary: "lists the users in the room",
    parse: () => ({ type: "users" }),
  },
  {
    name: "/whisper",
    aliases: ["/msg", "/w"],
    foreignNames: ["/query", "/notice", "/pm", "/dm", "/tell", "/privmsg"],
    usage: "/whisper NAME TEXT",
    summary: "sends a message to one user only",
    parse: (rest) => {
      const [to, text] = userAndRest(rest);
      return to === undefined || text === undefined ? undefined : { type: "whisper", to, text };
    },
  },
  {
    name: "/reply",
    aliases: ["/r"],
    usage: "/reply TEXT",
    summary: "answers the last whisper to you",
    parse: (rest) => required(rest, (text) => ({ type: "reply", text })),
  },
  {
    name: "/me",
    aliases: [],
    foreignNames: ["/action", "/emote"],
    usage: "/me ACTION",
    summary: "shows an action: * Alice waves",
    parse: (rest) => required(rest, (text) => ({ type: "message", text, action: true })),
  },
  {
    name: "/nick",
    aliases: [],
    foreignNames: ["/name", "/rename", "/nickname", "/username"],
    usage: "/nick NAME [PASSWORD]",
    summary: "changes your name, PASSWORD if protected",
    parse: (rest) => {
      const [name, password] = wordAndRest(rest);
      if (name === undefined) return undefined;
      return password === undefined ? { type: "nick", name } : { type: "nick", name, password };
    },
  },
  {
    name: "/rooms",
    aliases: [],
    foreignNames: ["/channels"],
    usage: "/rooms",
    summary: "lists the rooms",
    parse: () => ({ type: "rooms" }),
  },
  {
    name: "/join",
    aliases: [],
    foreignNames: ["/j"],
    usage: "/join ROOM",
    summary: "enters a room, and creates it if needed",
    parse: (rest) => required(rest, (room) => ({ type: "join", room: withoutHash(room) })),
  },
  {
    name: "/leave",
    aliases: [],
    foreignNames: ["/part"],
    usage: "/leave [ROOM]",
    summary: "leaves the room, or ROOM; the last for the lobby",
    parse: (rest) => {
      const [room] = wordAndRest(rest); // in IRC a reason follows
      return room === undefined ? { type: "leave" } : { type: "leave", room: withoutHash(room) };
    },
  },
  {
    name: "/topic",
    aliases: [],
    usage: "/topic [TEXT]",
    summary: "shows or sets the topic; /topic - removes it",
    parse: (rest) => isBlank(rest) ? { type: "topic" } : { type: "topic", text: withoutDash(rest) },
  },
  {
    name: "/history",
    aliases: [],
    usage: "/history [N]",
    summary: "shows the last messages of the room",
    parse: (rest) => {
      if (isBlank(rest)) return { type: "history" };
      return /^\d{1,6}\s*$/.test(rest) ? { type: "history", limit: Number(rest) } : undefined;
    },
    refusal: "invalid_argument",
  },
  {
    name: "/search",
    aliases: [],
    foreignNames: ["/find", "/grep", "/lastlog"],
    usage: "/search WORDS",
    summary: 'finds messages with all words, or "a phrase"',
    parse: (rest) => required(rest, (words) => ({ type: "search", words: words.trim() })),
  },
  {
    name: "/away",
    aliases: [],
    foreignNames: ["/afk"],
    usage: "/away [TEXT]",
    summary: "marks you as away for users who whisper to you",
    parse: (rest) => isBlank(rest) ? { type: "away" } : { type: "away", text: rest },
  },
  {
    name: "/back",
    aliases: [],
    foreignNames: ["/unaway"],
    usage: "/back",
    summary: "ends /away",
    parse: () => ({ type: "back" }),
  },
  {
    name: "/ignore",
    aliases: [],
    foreignNames: ["/block"],
    usage: "/ignore NAME",
    summary: "hides the messages of a user from you",
    parse: withUser((name) => ({ type: "ignore", name })),
  },
  {
    name: "/unignore",
    aliases: [],
    foreignNames: ["/unblock"],
    usage: "/unignore NAME",
    summary: "ends /ignore",
    parse: withUser((name) => ({ type: "unignore", name })),
  },
  {
    name: "/register",
    aliases: [],
    usage: "/register PASSWORD",
    summary: "protects your name; 8 characters or more",
    parse: (rest) => required(rest, (password) => ({ type: "register", password })),
  },
  {
    name: "/unregister",
    aliases: [],
    usage: "/unregister [NAME]",
    summary: "ends the protection; operators: of any name",
    parse: (rest) => {
      const [name] = wordAndRest(rest);
      return name === undefined ? { type: "unregister" } : { type: "unregister", name };
    },
  },
  {
    name: "/kick",
    aliases: [],
    usage: "/kick NAME [REASON]",
    summary: "operators: disconnects a user",
    parse: (rest) => {
      const [terms, force] = withoutForce(rest);
      const [name, reason] = userAndRest(terms);
      if (name === undefined) return undefined;
      return { type: "kick", name, ...(reason === undefined ? undefined : { reason }), ...force };
    },
  },
  {
    name: "/ban",
    aliases: [],
    usage: "/ban TARGET [TIME [REASON]]",
    summary: "operators: bans a name, an address or a range",
    parse: (rest) => {
      const [words, force] = withoutForce(rest);
      const [target, terms] = userAndRest(words);
      if (target === undefined) return undefined;
      if (terms === undefined) return { type: "ban", target, ...force };
      const [duration, reason] = wordAndRest(terms);
      return {
        type: "ban",
        target,
        duration: duration!,
        ...(reason === undefined ? undefined : { reason }),
        ...force,
      };
    },
  },
  {
    name: "/bans",
    aliases: [],
    foreignNames: ["/banlist"],
    usage: "/bans",
    summary: "operators: lists the bans",
    parse: () => ({ type: "bans" }),
  },
  {
    name: "/unban",
    aliases: [],
    usage: "/unban TARGET",
    summary: "operators: ends a ban",
    parse: withUser((target) => ({ type: "unban", target })),
  },
  {
    name: "/mute",
    aliases: [],
    usage: "/mute NAME [DURATION]",
    summary: "operators: mutes a user, such as for 10m",
    parse: (rest) => {
      const [name, duration] = userAndRest(rest.trimEnd());
      if (name === undefined) return undefined;
      return duration === undefined ? { type: "mute", name } : { type: "mute", name, duration };
    },
  },
  {
    name: "/unmute",
    aliases: [],
    usage: "/unmute NAME",
    summary: "operators: ends a mute",
    parse: withUser((name) => ({ type: "unmute", name })),
  },
  {
    name: "/delete",
    aliases: [],
    usage: "/delete ROOM",
    summary: "operators: deletes a room with its messages",
    parse: (rest) => required(rest, (room) => ({ type: "delete_room", room: withoutHash(room) })),
  },
  {
    name: "/quit",
    aliases: [],
    foreignNames: ["/exit", "/bye", "/logout", "/disconnect"],
    usage: "/quit [REASON]",
    summary: "leaves the chat",
    parse: (rest) => isBlank(rest) ? { type: "quit" } : { type: "quit", reason: rest.trim() },
  },
];

const BY_NAME = new Map(
  COMMANDS.flatMap((command) => namesOf(command).map((name) => [name, command] as const)),
);

/** Finds a command by any of its names, in any case. */
export function findCommand(name: string): Command | undefined {
  return BY_NAME.get(name.toLowerCase());
}

function namesOf({ name, aliases, foreignNames = [] }: Command): readonly string[] {
  return [name, ...aliases, ...foreignNames];
}

/** Names in the order in which they are suggested. */
const LISTED_NAMES: readonly string[] = [
  ...COMMANDS.map(({ name }) => name),
  ...COMMANDS.flatMap(({ aliases }) => aliases),
];
const FOREIGN_NAMES: readonly string[] = COMMANDS.flatMap(({ foreignNames = [] }) => foreignNames);

/** The result of parsing a line: a frame, an error, or nothing for a blank line. */
export type ParsedInput =
  | { readonly frame: ClientFrame; readonly error?: undefined }
  | { readonly error: ProtocolError; readonly frame?: undefined; readonly ref?: string }
  | undefined;

/**
 * Parses a typed line: a command or a message.
 *
 * `//text` sends `/text`, and `quit` alone leaves, as in classic chats.
 *
 * @param others commands of the client itself, also suggested for unknown ones.
 */
export function parseInput(line: string, others: readonly string[] = []): ParsedInput {
  if (isBlank(line)) return undefined;
  if (line.trim() === "quit") return { frame: { type: "quit" } };
  if (line.startsWith("//")) return { frame: { type: "message", text: line.slice(1) } };
  if (!line.startsWith("/")) return { frame: { type: "message", text: line } };
  const [, typed = line, rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const command = findCommand(typed);
  if (command === undefined) {
    const shown = shorten(typed, MAX_SHOWN_COMMAND);
    const advice = adviceFor(shown, [...LISTED_NAMES, ...others], FOREIGN_NAMES);
    return { error: requestError("unknown_command", shown, advice) };
  }
  const { parse, refusal = "missing_argument", usage } = command;
  const frame = parse(rest);
  if (frame === undefined) return { error: requestError(refusal, usage) };
  const field = findLongField(frame);
  if (field === undefined) return { frame };
  return { error: tooLongField(frame.type, field) ?? requestError("invalid_argument", usage) };
}

/** Length to which an unknown command is cut before it is compared and shown. */
const MAX_SHOWN_COMMAND = 32;

/**
 * The text of `/help`.
 *
 * @param hasBareQuit whether `quit` without a slash leaves the chat, as for text clients.
 */
export function helpText(hasBareQuit = true): string {
  const width = Math.max(...COMMANDS.map((command) => command.usage.length));
  const rows = COMMANDS.map(({ usage, summary, aliases }) =>
    `  ${usage.padEnd(width)}  ${summary}` +
    (aliases.length > 0 ? ` (also ${aliases.join(", ")})` : "")
  );
  const others = "  Anything else is sent to the room; //text sends /text.";
  const quit = hasBareQuit ? ["  quit alone also leaves."] : [];
  return ["Available commands:", ...rows, others, ...quit].join("\n");
}

/**
 * Whether a typed line may contain a password. Clients neither add such a line to their input history
 * nor store it.
 *
 * An unknown command with an argument counts, since it may be a mistyped `/register`.
 */
export function mayHoldPassword(line: string): boolean {
  const [typed = "", ...words] = line.trim().split(/\s+/);
  if (!typed.startsWith("/") || typed.startsWith("//")) return false;
  const name = findCommand(typed)?.name;
  if (name === "/nick") return words.length > 1;
  return (name === undefined || name === "/register") && words.length > 0;
}
