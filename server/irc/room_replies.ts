/**
 * The replies about rooms: who is in it, its topic, the list of rooms.
 *
 * @module
 */

import {
  IRC_SERVER,
  IRC_USER_AND_HOST,
  ircName,
  MAX_IRC_LINE_BYTES,
  MAX_LISTED_USERS,
  packWords,
  type ServerFrame,
  toByteString,
} from "../../protocol/mod.ts";
import type { Member } from "../chat/member.ts";
import type { Room } from "../chat/room.ts";
import type { IrcClient } from "./irc_client.ts";

/** The members of a room, up to {@link MAX_LISTED_USERS}. */
export function* membersOf(room: Room): Generator<Member, void> {
  let count = 0;
  for (const member of room.members) {
    if (count++ === MAX_LISTED_USERS) return;
    yield member as Member;
  }
}

/** The mark of an operator before a name. */
export function markOf({ isOperator }: Member): string {
  return isOperator ? "@" : "";
}

/** Sends the names in a room (RPL_NAMREPLY). */
export function sendNames(client: IrcClient, room: Room): void {
  const hasHosts = client.capabilities.has("userhost-in-names");
  const host = hasHosts ? `!${IRC_USER_AND_HOST}` : "";
  const middle = `= #${room.name}`;
  const size = lineSpace(client, "353", middle);
  const names = Array.from(
    membersOf(room),
    (member) => `${markOf(member)}${ircName(member.name)}${host}`,
  );
  for (const packed of packWords(names, size)) client.reply("353", middle, packed);
  client.reply("366", `#${room.name}`, "End of /NAMES list");
  const others = room.members.size - names.length;
  if (others > 0) client.notice(`${others} more in #${room.name} are not listed.`);
}

/** Bytes of the last parameter that fit into a reply. */
export function lineSpace(client: IrcClient, number: string, middle: string): number {
  const head = toByteString(`:${IRC_SERVER} ${number} ${client.nick} ${middle} :`);
  return MAX_IRC_LINE_BYTES - head.length;
}

/** Sends the topic of a room (RPL_TOPIC, RPL_TOPICWHOTIME), or that it has none. */
export function sendTopic(
  client: IrcClient,
  { room, text, by, time }: ServerFrame & { readonly type: "topic" },
): void {
  if (text === "") return client.reply("331", `#${room}`, "The room has no topic.");
  client.reply("332", `#${room}`, text);
  if (by === undefined || time === undefined) return;
  client.reply("333", `#${room} ${ircName(by)} ${Math.floor(time / 1000)}`);
}

/** Sends the list of rooms (RPL_LIST). */
export function sendList(
  client: IrcClient,
  { total, rooms }: ServerFrame & { readonly type: "rooms" },
): void {
  client.reply("321", "Channel", "Users  Name");
  for (const { name, members, topic = "" } of rooms) {
    client.reply("322", `#${name} ${members}`, topic);
  }
  client.reply("323", "", "End of /LIST");
  const others = total - rooms.length;
  if (others > 0) client.notice(`${others} more rooms are not listed.`);
}

/** The room of the client with a name of IRC; `undefined` for any other one, whose members are not shown. */
export function ownRoom(client: IrcClient, target: string): Room | undefined {
  return target.startsWith("#") ? client.member.memberships.find(target.slice(1)) : undefined;
}
