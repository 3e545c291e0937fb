/**
 * PRIVMSG, NOTICE and TAGMSG.
 *
 * @module
 */

import {
  cleanText,
  type ClientFrameOf,
  IRC_SERVER,
  ircName,
  isBlank,
  parseInput,
  withoutIrcFormatting,
} from "../../protocol/mod.ts";
import type { IrcCommands } from "./command.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { inIrcCommands, MAX_TARGETS } from "./replies.ts";

export const MESSAGE_COMMANDS: IrcCommands = {
  PRIVMSG: {
    params: 0,
    run({ client }, [list, text]) {
      if (list === undefined) return client.reply("411", "", "The message has no recipient.");
      if (text === undefined) return client.reply("412", "", "The message has no text.");
      const message = messageOf(text);
      if (message === undefined) {
        return client.notice("This server relays no CTCP but ACTION, which is /me.");
      }
      if (isBlank(message.text)) return client.reply("412", "", "The message has no text.");
      for (const target of targetsOf(client, list)) sendTo(client, target, message);
    },
  },
  // Without errors and other automatic answers (RFC 2812, section 3.3.2).
  NOTICE: {
    params: 0,
    run({ client }, [list = "", text = ""]) {
      const message = messageOf(text);
      // An answer to CTCP, or an action, which is none of a program that answers.
      if (message === undefined || message.isAction || isBlank(message.text)) return;
      const targets = list.split(",").slice(0, MAX_TARGETS);
      client.host.chargeTokens(targets.length - 1);
      for (const target of targets) {
        client.attempt({ ...frameTo(client, target, message), notice: true });
      }
    },
  },
  // All tags of clients are denied (CLIENTTAGDENY), so that nothing is left to relay.
  TAGMSG: { params: 0, run: () => {} },
};

interface Message {
  readonly text: string;
  readonly isAction: boolean;
}

/** The text of a message without formatting; `undefined` for CTCP that is not relayed. */
function messageOf(text: string): Message | undefined {
  const isAction = text.startsWith("\x01ACTION ");
  if (text.startsWith("\x01") && !isAction) return undefined;
  const plain = isAction ? text.slice("\x01ACTION ".length) : text;
  return { text: cleanText(withoutIrcFormatting(plain)), isAction };
}

/** The first recipients, with an error for too many. */
function targetsOf(client: IrcClient, list: string): string[] {
  const all = list.split(",").filter((target) => target !== "");
  if (all.length === 0) client.reply("411", "", "The message has no recipient.");
  if (all.length > MAX_TARGETS) {
    client.reply(
      "407",
      asWord(all[MAX_TARGETS]!),
      `A message has at most ${MAX_TARGETS} recipients.`,
    );
  }
  const targets = all.slice(0, MAX_TARGETS);
  client.host.chargeTokens(Math.max(0, targets.length - 1));
  return targets;
}

function sendTo(client: IrcClient, target: string, message: Message): void {
  if (target.toLowerCase() === IRC_SERVER) return runTyped(client, message.text);
  const isRoom = target.startsWith("#");
  const error = client.attempt(frameTo(client, target, message));
  if (error !== undefined) {
    const isUnknown = isRoom && client.chat.hub.rooms.find(target.slice(1)) === undefined;
    if (!isUnknown) return client.refuse(error, target);
    return client.reply("403", asWord(target), "There is no such room.");
  }
  if (isRoom) return;
  const { name = target, away } = client.find(target) ?? {};
  if (away !== undefined) client.reply("301", ircName(name), away || "away");
}

/** A message to a room or a user. */
function frameTo(
  client: IrcClient,
  target: string,
  { text, isAction }: Message,
): ClientFrameOf<"message" | "whisper"> {
  if (target.startsWith("#")) {
    const room = target.slice(1);
    return isAction
      ? { type: "message", room, text, action: true }
      : { type: "message", room, text };
  }
  const to = client.find(target)?.name ?? target;
  return { type: "whisper", to, text: isAction ? `* ${client.member.name} ${text}` : text };
}

/** Runs a command of hubbub: `PRIVMSG hubbub :/register PASSWORD`. The answers are notices. */
function runTyped(client: IrcClient, text: string): void {
  const parsed = parseInput(text.startsWith("/") ? text : `/${text}`);
  if (parsed === undefined) return;
  const error = parsed.frame === undefined ? parsed.error : client.host.request(parsed.frame);
  if (error !== undefined) client.notice(inIrcCommands(error.text));
}
