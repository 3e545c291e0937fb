import { IRC_SERVER, ircLine, ircMask, ircName } from "../../protocol/mod.ts";
import type { IrcClient } from "./irc_client.ts";

/** Sends a client the account to which it has logged in (RPL_LOGGEDIN). */
export function sendLoggedIn(client: IrcClient, name: string): void {
  const account = ircName(name);
  client.reply("900", `${ircMask(name)} ${account}`, `You are logged in as ${account}.`);
}

/** Sends a client that it has no account any more (RPL_LOGGEDOUT). */
export function sendLoggedOut(client: IrcClient): void {
  client.reply("901", ircMask(client.member.name), "You are logged out.");
}

/** Sends a client whether it is an operator. */
export function sendOperatorMode(client: IrcClient): void {
  const change = client.member.isOperator ? "+o" : "-o";
  client.write(ircLine(`:${IRC_SERVER} MODE ${client.nick}`, change));
}
