import { cleanLine } from "../../protocol/mod.ts";
import { listBans } from "../chat/listing.ts";
import type { IrcCommand } from "./command.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { roomModes } from "./replies.ts";

/**
 * MODE of rooms and users, as far as hubbub has the meaning.
 *
 * Bans (`b`) and mutes (`q`) hold for the whole server: every room has the same lists. Only operators see and
 * change them, since they contain addresses. Operators are accounts: `o` is shown and not changed.
 */
export const MODE: IrcCommand = {
  params: 1,
  run({ client }, [target = "", change, argument]) {
    if (target.startsWith("#")) roomMode(client, target, change, argument);
    else userMode(client, target, change);
  },
};

function roomMode(
  client: IrcClient,
  target: string,
  change: string | undefined,
  argument: string | undefined,
): void {
  const room = client.chat.hub.rooms.find(target.slice(1));
  if (room === undefined) return client.reply("403", asWord(target), "There is no such room.");
  const shown = `#${room.name}`;
  if (change === undefined) {
    return client.reply("324", `${shown} ${roomModes(client.chat.operators.any)}`);
  }
  const [, sign, mode = ""] = /^([+-]?)(.?)/u.exec(change)!;
  if ((mode === "b" || mode === "q") && argument === undefined) {
    return sendList(client, mode, shown);
  }
  if (!client.member.isOperator) return client.reply("482", shown, "Only operators may do that.");
  switch (mode) {
    case "b":
    case "q":
      return changeList(client, shown, mode, sign === "-", argument!);
    case "o":
      return client.notice(
        "Operators are accounts: the administrator adds them with hubbub account add NAME --operator.",
      );
  }
  if (mode !== "" && roomModes(client.chat.operators.any).includes(mode)) {
    return client.notice(`Every room has the mode ${mode}: it cannot be changed.`);
  }
  client.reply("472", asWord(mode), "This server has no such mode.");
}

/** Sends the list of bans or mutes; an empty one to a user who may not see it. */
function sendList(client: IrcClient, mode: "b" | "q", room: string): void {
  const { member: { isOperator }, chat: { moderation } } = client;
  const isBans = mode === "b";
  const end = isBans ? ["368", room] as const : ["729", `${room} q`] as const;
  const bans = isBans && isOperator ? listBans(moderation.bans()) : undefined;
  // Clients show a time behind the operator's name, and that of a ban is not stored: both are left out.
  for (const { kind, target } of bans?.type === "bans" ? bans.bans : []) {
    client.reply("367", `${room} ${kind === "name" ? `${target}!*@*` : `*!*@${target}`}`);
  }
  client.reply(end[0], end[1], isBans ? "End of the list of bans" : "End of the list of mutes");
}

/** Adds a mask to the bans (`b`) or the mutes (`q`), or removes it, and confirms that. */
function changeList(
  client: IrcClient,
  room: string,
  mode: "b" | "q",
  isRemoval: boolean,
  mask: string,
): void {
  const target = targetOf(mask);
  const isDone = client.request(
    mode === "b"
      ? { type: isRemoval ? "unban" : "ban", target }
      : { type: isRemoval ? "unmute" : "mute", name: target },
    mask,
  );
  if (!isDone) return;
  client.replyAsSelf(`MODE ${room} ${isRemoval ? "-" : "+"}${mode}`, cleanLine(mask));
}

/** The name or the address of a mask: `Mallory!*@*`, `*!*@192.0.2.1`, or either alone. */
function targetOf(mask: string): string {
  const [, nick = mask, host] = /^([^!]*)!(?:[^@]*)(?:@(.*))?$/.exec(mask) ?? [];
  return nick === "*" || nick === "" ? host ?? nick : nick;
}

function userMode(client: IrcClient, target: string, change: string | undefined): void {
  const { member } = client;
  const user = client.find(target);
  if (user === undefined) return client.reply("401", asWord(target), "No such user is online.");
  if (user !== member) return client.reply("502", "", "You see and change only your own modes.");
  if (change === undefined) return client.reply("221", member.isOperator ? "+o" : "+");
  // Operators are accounts: `o` is not changed, either.
  const [mode] = /[^+-]/u.exec(change) ?? [];
  if (mode === undefined) return;
  client.reply("501", "", `Unknown mode ${asWord(mode)}: users have only o, for operators.`);
}
