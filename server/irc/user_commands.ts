/**
 * The commands about users: WHO, WHOIS, AWAY and others.
 *
 * @module
 */

import {
  cleanLine,
  type ClientFrame,
  IRC_SERVER,
  IRC_USER_AND_HOST,
  ircName,
  nameKey,
  packWords,
} from "../../protocol/mod.ts";
import type { Member } from "../chat/member.ts";
import type { Room } from "../chat/room.ts";
import type { IrcCommands } from "./command.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { lineSpace, markOf, membersOf, ownRoom } from "./room_replies.ts";

/** The user name and the host of all users in IRC: only operators see addresses, in WHOIS. */
const [USER = "", HOST = ""] = IRC_USER_AND_HOST.split("@");

/** Maximum number of users in one ISON or USERHOST. */
const MAX_ASKED = 50;
const MAX_USERHOSTS = 5;

/** Names that a reply of USERHOST would show as those of an operator, or of another user. */
const MISREAD_IN_USERHOST = /=|\*$/;

export const USER_COMMANDS: IrcCommands = {
  WHO: {
    params: 0,
    run({ client }, [mask = "", fields = ""]) {
      const room = ownRoom(client, mask);
      const one = client.find(mask);
      const members = room !== undefined ? membersOf(room) : one === undefined ? [] : [one];
      const [, asked, token = "0"] = /^[^%]*%([a-z]*)(?:,(\d{1,3}))?$/i.exec(fields) ?? [];
      // A room may have a thousand members.
      client.host.runInSlices(() => {
        for (const member of members) {
          if (asked === undefined) sendWho(client, member, room);
          else client.reply("354", whoxFields(client, member, room, { asked, token }));
        }
        client.reply("315", asWord(mask), "End of /WHO list");
        return false;
      });
    },
  },
  WHOIS: {
    params: 1,
    run({ client }, params) {
      // With two parameters the first one is a server.
      const nick = params[1] ?? params[0]!;
      const user = client.find(nick);
      if (user === undefined) client.reply("401", asWord(nick), "No such user is online.");
      else sendWhois(client, user);
      client.reply(
        "318",
        user === undefined ? asWord(nick) : ircName(user.name),
        "End of /WHOIS list",
      );
    },
  },
  WHOWAS: {
    params: 1,
    run({ client }, [nick = ""]) {
      client.reply("406", asWord(nick), "This server keeps no list of former users.");
      client.reply("369", asWord(nick), "End of /WHOWAS list");
    },
  },
  AWAY: {
    params: 0,
    run({ client }, [text = ""]) {
      const frame: ClientFrame = text === ""
        ? { type: "back" }
        : { type: "away", text: cleanLine(text) };
      if (!client.request(frame, "")) return;
      if (text === "") client.reply("305", "", "You are no longer marked as away.");
      else client.reply("306", "", "You are marked as away.");
    },
  },
  MONITOR: {
    params: 1,
    run({ client, monitor }, [action = "", list = ""]) {
      const nicks = list.split(",").filter((nick) => nick !== "");
      switch (action.toUpperCase()) {
        case "+":
          return monitor.add(nicks);
        case "-":
          return monitor.remove(nicks);
        case "C":
          return monitor.clear();
        case "L":
          return monitor.list();
        case "S":
          return monitor.status();
      }
      client.reply("400", "MONITOR", "Unknown action: expected +, -, C, L or S.");
    },
  },
  ISON: {
    params: 1,
    run({ client }, params) {
      const asked = params.flatMap((each) => each.split(" ")).slice(0, MAX_ASKED);
      const online = asked.map((nick) => client.find(nick)).filter((user) => user !== undefined);
      client.reply("303", "", online.map(({ name }) => ircName(name)).join(" "));
    },
  },
  USERHOST: {
    params: 1,
    run({ client }, params) {
      const found = params.slice(0, MAX_USERHOSTS).map((nick) => client.find(nick));
      const replies = found.filter((user) => user !== undefined).flatMap((user) => {
        const away = user.away === undefined ? "+" : "-";
        const name = ircName(user.name);
        if (MISREAD_IN_USERHOST.test(name)) return [];
        return `${name}${user.isOperator ? "*" : ""}=${away}${USER}@${HOST}`;
      });
      client.reply("302", "", replies.join(" "));
    },
  },
  OPER: {
    params: 2,
    run({ client }, [name = "", password = ""]) {
      client.afterWork(() => {
        const { member } = client;
        if (member.key !== nameKey(name) || !member.isAuthenticated) return;
        if (member.isOperator) client.reply("381", "", "You are an operator now.");
        else client.reply("491", "", `${member.name} is logged in, and is no operator.`);
      });
      const account = client.chat.store.accounts?.find(nameKey(name));
      if (account === undefined) return client.reply("464", "", "There is no such account.");
      const { member } = client;
      // The account of the current name needs no second check of its password.
      if (member.isAuthenticated && member.key === account.key) return client.workDone();
      const error = client.attempt({ type: "nick", name: account.name, password });
      if (error !== undefined) client.refuse(error, asWord(name));
    },
  },
};

/** RPL_WHOREPLY. */
function sendWho(client: IrcClient, member: Member, room: Room | undefined): void {
  const shown = room === undefined ? "*" : `#${room.name}`;
  const flags = flagsOf(member, room);
  const name = ircName(member.name);
  client.reply(
    "352",
    `${shown} ${USER} ${HOST} ${IRC_SERVER} ${name} ${flags}`,
    `0 ${name}`,
  );
}

function flagsOf(member: Member, room: Room | undefined): string {
  const here = member.away === undefined ? "H" : "G";
  return `${here}${member.isOperator ? "*" : ""}${room === undefined ? "" : markOf(member)}`;
}

/** The fields of RPL_WHOSPCRPL (WHOX), in the order that is prescribed. */
function whoxFields(
  client: IrcClient,
  member: Member,
  room: Room | undefined,
  { asked, token }: { readonly asked: string; readonly token: string },
): string {
  const name = ircName(member.name);
  const fields: readonly (readonly [letter: string, value: string])[] = [
    ["t", token],
    ["c", room === undefined ? "*" : `#${room.name}`],
    ["u", USER],
    ["i", client.member.isOperator ? member.address : "255.255.255.255"],
    ["h", HOST],
    ["s", IRC_SERVER],
    ["n", name],
    ["f", flagsOf(member, room)],
    ["d", "0"],
    ["l", "0"],
    ["a", accountOf(member) ?? "0"],
    ["o", "n/a"],
    ["r", `:${name}`],
  ];
  return fields.filter(([letter]) => asked.toLowerCase().includes(letter))
    .map(([, value]) => value).join(" ");
}

/** The account of a user in IRC: the name itself, if its client has sent the password. */
function accountOf(member: Member): string | undefined {
  return member.isAuthenticated ? ircName(member.name) : undefined;
}

function sendWhois(client: IrcClient, user: Member): void {
  const name = ircName(user.name);
  client.reply("311", `${name} ${USER} ${HOST} *`, name);
  const rooms = Array.from(user.memberships.rooms(), (room) => `${markOf(user)}#${room.name}`);
  for (const packed of packWords(rooms, lineSpace(client, "319", name))) {
    client.reply("319", name, packed);
  }
  client.reply("312", `${name} ${IRC_SERVER}`, client.chat.serverName);
  if (user.away !== undefined) client.reply("301", name, user.away || "away");
  if (user.isOperator) client.reply("313", name, "is an operator");
  const account = accountOf(user);
  if (account !== undefined) client.reply("330", `${name} ${account}`, "is logged in as");
  if (client.member.isOperator || user === client.member) {
    client.reply("378", name, `is connecting from ${user.address}`);
  }
}
