/**
 * The codec for IRC clients: frames of a server as lines of IRC. Answers to commands of IRC, which have
 * numbers, are made by the server (`server/irc/`).
 *
 * @module
 */

import { type ByteString, toByteString } from "./byte_string.ts";
import { bansText } from "./text_codec.ts";
import type { LeftFrame, MessageFrame, ServerFrame } from "./frames.ts";
import { ircLine, ircTagValue, MAX_IRC_LINE_BYTES, splitBytes } from "./irc_line.ts";
import { counted, sizeText } from "./text.ts";

/** The name of the server in IRC. No user can have it, or one that looks like it. */
export const IRC_SERVER = "hubbub";

/** User and host of all users in IRC: addresses are for operators only. */
export const IRC_USER_AND_HOST = "user@hubbub";

/** The capabilities that change the lines for a room: each set of them has an encoder of its own. */
export const IRC_VARIANT_CAPABILITIES = [
  "server-time",
  "message-tags",
  "account-tag",
  "extended-join",
  "away-notify",
  "account-notify",
] as const;

/** The state of a user that frames do not contain. */
export interface IrcUser {
  /** Whether the name is registered, and the client has sent its password. */
  readonly isAuthenticated: boolean;
  /** The text of `away`; `undefined` for a user who is not away. */
  readonly away: string | undefined;
}

/** The name of a user in IRC: `!` ends a name there, so that U+01C3 is in its place. Both look alike, so
 * that no two users online differ only in them. */
export function ircName(name: string): string {
  return name.includes("!") ? name.replaceAll("!", "\u01c3") : name;
}

/** The name of hubbub for one of IRC, see {@link ircName}. */
export function nameOfIrc(nick: string): string {
  return nick.replaceAll("\u01c3", "!");
}

/** A user with user name and host. */
export function ircMask(name: string): string {
  return `${ircName(name)}!${IRC_USER_AND_HOST}`;
}

/** A user as the source of a line. */
export function ircSource(name: string): string {
  return `:${ircMask(name)}`;
}

/** Encodes frames for the IRC clients with one set of {@link IRC_VARIANT_CAPABILITIES}. */
export class IrcCodec {
  readonly #hasTime: boolean;
  readonly #hasIds: boolean;
  readonly #hasAccounts: boolean;
  readonly #hasExtendedJoin: boolean;
  readonly #hasAway: boolean;
  readonly #hasAccountNotify: boolean;
  /** The start of the lines of the last sender in a room. */
  #start = { command: "", room: "", from: "", bytes: "" };
  #time = { time: NaN, text: "" };
  /** The last room or user in the id of a message. */
  #place = { place: "", bytes: "" };

  /**
   * Makes the codec of a set of capabilities.
   *
   * @param userOf finds a user that is online.
   */
  constructor(
    capabilities: ReadonlySet<string>,
    private readonly userOf: (name: string) => IrcUser | undefined,
  ) {
    this.#hasTime = capabilities.has("server-time");
    this.#hasIds = capabilities.has("message-tags");
    this.#hasAccounts = capabilities.has("account-tag");
    this.#hasExtendedJoin = capabilities.has("extended-join");
    this.#hasAway = capabilities.has("away-notify");
    this.#hasAccountNotify = capabilities.has("account-notify");
  }

  /** Whether lines have the time of their frame. */
  get hasTime(): boolean {
    return this.#hasTime;
  }

  /**
   * Encodes a frame; `""` for one that IRC clients do not receive, or that answers a command.
   *
   * @param self name of the receiving user, if the frame is for one user.
   */
  encode(frame: ServerFrame, self = ""): ByteString {
    switch (frame.type) {
      case "message":
        return this.messageLines(frame);
      case "whisper":
        return this.#whisperLines(frame);
      case "joined":
        return this.#joined(frame);
      case "left":
        return this.#left(frame);
      case "renamed": {
        if (frame.from === frame.to) return "";
        return this.#tags(frame.time, frame.to) +
          ircLine(`${ircSource(frame.from)} NICK`, ircName(frame.to));
      }
      case "topic": {
        const { by, room, text } = frame;
        const source = by === undefined ? `:${IRC_SERVER}` : ircSource(by);
        return this.#tags(frame.time, by) + ircLine(`${source} TOPIC #${room}`, text);
      }
      case "away":
        return this.#away(frame.name, frame.text);
      case "account":
        return this.#account(frame);
      case "ping":
        return ircLine("PING", String(frame.t));
      case "pong":
        return ircLine(`:${IRC_SERVER} PONG ${IRC_SERVER}`, String(frame.t));
      case "bye":
        return ircLine("ERROR", frame.text);
    }
    const notice = noticeOf(frame);
    if (notice === undefined) return "";
    const { to = ircName(self) || "*", text } = notice;
    return textLines(toByteString(`:${IRC_SERVER} NOTICE ${to} :`), text).join("");
  }

  /**
   * Encodes a message: a line for each of its lines, or several for a long one.
   *
   * @param past for a message of the history: further tags of each line, such as `batch=1`. The lines have
   * no account, since another user may have had the name.
   */
  messageLines(frame: MessageFrame, past?: { readonly moreTags: string }): ByteString {
    const { room, from } = frame;
    const command = commandOf(frame);
    let start = this.#start;
    if (start.from !== from || start.room !== room || start.command !== command) {
      const bytes = toByteString(`${ircSource(from)} ${command} #${room} :`);
      this.#start = start = { command, from, room, bytes };
    }
    const lines = textLines(start.bytes, frame.text, frame.action === true);
    const sender = past === undefined ? frame : { from: undefined, time: frame.time };
    return this.#tagged(lines, sender, this.#idTag(frame.seq, frame.time, room), past?.moreTags);
  }

  #whisperLines(frame: ServerFrame & { type: "whisper" }): ByteString {
    const { from, to, text, time, number } = frame;
    const id = number === undefined ? "" : this.#idTag(number, time, `@${to}`);
    const start = toByteString(`${ircSource(from)} ${commandOf(frame)} ${ircName(to)} :`);
    return this.#tagged(textLines(start, text), frame, id);
  }

  /** Puts tags before the lines of a message; only the first one has its id. */
  #tagged(
    lines: readonly ByteString[],
    { from, time }: { readonly from: string | undefined; readonly time: number },
    idTag: ByteString,
    moreTags = "",
  ): ByteString {
    const first = this.#tags(time, from, idTag, moreTags) + lines[0];
    if (lines.length === 1) return first;
    const tags = this.#tags(time, from, "", moreTags);
    return first + lines.slice(1).map((other) => tags + other).join("");
  }

  /** The tag with the id of a message, `""` without the capability. */
  #idTag(number: number, time: number, place: string): ByteString {
    if (!this.#hasIds) return "";
    if (place !== this.#place.place) {
      this.#place = { place, bytes: toByteString(ircTagValue(place)) };
    }
    return `msgid=${time.toString(36)}-${number}-${this.#place.bytes}`;
  }

  /** The tags before a line, with the space after them; `""` for none. */
  #tags(time: number | undefined, name: string | undefined, idTag = "", more = ""): ByteString {
    let tags = more;
    if (this.#hasTime && time !== undefined) tags += `;time=${this.#timeText(time)}`;
    if (idTag !== "") tags += `;${idTag}`;
    if (this.#hasAccounts && name !== undefined && this.userOf(name)?.isAuthenticated === true) {
      tags += `;account=${toByteString(ircTagValue(ircName(name)))}`;
    }
    if (tags === "") return "";
    return more === "" ? `@${tags.slice(1)} ` : `@${tags} `;
  }

  #timeText(time: number): string {
    if (time !== this.#time.time) this.#time = { time, text: new Date(time).toISOString() };
    return this.#time.text;
  }

  #joined({ name, room, time, seq, operator }: ServerFrame & { type: "joined" }): ByteString {
    const user = this.userOf(name);
    const tags = this.#tags(time, name);
    const account = user?.isAuthenticated === true ? ircName(name) : "*";
    const join = this.#hasExtendedJoin
      ? ircLine(`${ircSource(name)} JOIN #${room} ${account}`, name)
      : ircLine(`${ircSource(name)} JOIN #${room}`);
    if (seq !== undefined) return tags + join;
    const mode = operator === true ? this.#operatorMode(room, name, operator, time) : "";
    const away = user?.away === undefined ? "" : this.#away(name, user.away);
    return tags + join + mode + away;
  }

  #operatorMode(room: string, name: string, isOperator: boolean, time: number): ByteString {
    const change = isOperator ? "+o" : "-o";
    return this.#tags(time, undefined) +
      ircLine(`:${IRC_SERVER} MODE #${room} ${change} ${ircName(name)}`);
  }

  #account({ room, name, time, loggedIn, operator }: ServerFrame & { type: "account" }) {
    if (operator !== undefined) return this.#operatorMode(room, name, operator, time);
    if (!this.#hasAccountNotify) return "";
    const account = loggedIn === true ? ircName(name) : "*";
    return this.#tags(time, name) + ircLine(`${ircSource(name)} ACCOUNT ${account}`);
  }

  #away(name: string, text: string | undefined): ByteString {
    if (!this.#hasAway) return "";
    const head = `${ircSource(name)} AWAY`;
    // Without a text the user is back.
    return this.#tags(undefined, name) + ircLine(head, text === "" ? "away" : text);
  }

  #left(frame: LeftFrame): ByteString {
    const { name, room, by, reason, to } = frame;
    const tags = this.#tags(frame.time, by ?? name);
    if (by !== undefined) {
      return tags + ircLine(`${ircSource(by)} KICK #${room} ${ircName(name)}`, reason ?? by);
    }
    if (to !== undefined) return tags + ircLine(`${ircSource(name)} PART #${room}`, `to #${to}`);
    if (frame.online === true) return tags + ircLine(`${ircSource(name)} PART #${room}`);
    return tags + ircLine(`${ircSource(name)} QUIT`, reason ?? "");
  }
}

/** Whether the line for a frame is about its user in all rooms: QUIT, NICK and ACCOUNT. */
export function holdsForAllRooms(frame: ServerFrame): boolean {
  switch (frame.type) {
    case "renamed":
      return true;
    case "left":
      return frame.by === undefined && frame.to === undefined && frame.online !== true;
    case "account":
      return frame.operator === undefined;
  }
  return false;
}

function commandOf({ notice }: { readonly notice?: true }): string {
  return notice === true ? "NOTICE" : "PRIVMSG";
}

/** A line for each line of a text, or several for one over the limit. */
function textLines(start: ByteString, text: string, isAction = false): ByteString[] {
  const [open, close] = isAction ? ["\x01ACTION ", "\x01"] : ["", ""];
  const head = start + open;
  const end = close + "\r\n";
  const bytes = toByteString(text);
  const room = MAX_IRC_LINE_BYTES - head.length - close.length;
  if (bytes.length <= room && !bytes.includes("\n")) return [head + bytes + end];
  // An empty last parameter is no text for some clients.
  return bytes.split("\n").flatMap((line) => splitBytes(line || " ", room))
    .map((part) => head + part + end);
}

/** The room's number of the message with this id in IRC; `undefined` for another id. */
export function seqOfIrcMessage(id: string): number | undefined {
  const [, seq] = /^[\da-z]+-(\d{1,15})-[^@]/.exec(id) ?? [];
  return seq === undefined ? undefined : Number(seq);
}

/** The text of a frame without a command of its own in IRC, and a room that it is for. */
function noticeOf(frame: ServerFrame): { text: string; to?: string } | undefined {
  switch (frame.type) {
    case "notice":
    case "error":
      return { text: frame.text };
    case "bans":
      return { text: bansText(frame) };
    case "skipped": {
      const text = `${counted(frame.count, "message")} of #${frame.room} skipped, ` +
        "since your client read too slowly.";
      return { text };
    }
    case "presence":
      return {
        to: `#${frame.room}`,
        text: `${frame.joined} joined and ${frame.left} left: ${frame.members} online.`,
      };
    case "offered":
      return {
        ...(frame.room === true ? { to: `#${frame.to}` } : undefined),
        text: `${frame.from} offers the file ${frame.name} (${sizeText(frame.size)}). ` +
          "hubbub chat on a terminal and browsers can receive it.",
      };
  }
}
