/**
 * The commands about the server: PING, MOTD, LUSERS and others.
 *
 * @module
 */

import { counted, IRC_SERVER, ircLine, ircMask, packWords } from "../../protocol/mod.ts";
import type { IrcCommands } from "./command.ts";
import type { IrcClient } from "./irc_client.ts";
import { features, roomModes } from "./replies.ts";

/** Bytes of the words of one RPL_ISUPPORT; a reply has 13 of them at most. */
const FEATURE_BYTES = 350;
const FEATURES_PER_LINE = 13;

const MESSAGE_OF_THE_DAY = [
  "Rooms are channels: /list shows them, /join #lobby enters the lobby.",
  "Users of nc, browsers and hubbub chat are in the same rooms.",
  `/msg ${IRC_SERVER} help lists the other commands, such as /msg ${IRC_SERVER} register PASSWORD.`,
];

export const SERVER_COMMANDS: IrcCommands = {
  PING: {
    when: "always",
    params: 1,
    run: ({ client }, [token = ""]) =>
      client.write(ircLine(`:${IRC_SERVER} PONG ${IRC_SERVER}`, token)),
  },
  // Its arrival is all that counts.
  PONG: { when: "always", params: 0, run: () => {} },
  QUIT: {
    when: "always",
    params: 0,
    run: ({ client }, [reason]) => {
      const frame = { type: "quit" as const, ...(reason === undefined ? undefined : { reason }) };
      client.attempt(frame);
    },
  },
  MOTD: { params: 0, run: ({ client }) => sendMessageOfTheDay(client) },
  LUSERS: { params: 0, run: ({ client }) => sendCounts(client) },
  VERSION: {
    params: 0,
    run: ({ client }) => {
      client.reply("351", `${versionOf(client)} ${IRC_SERVER}`, "IRC beside other protocols");
      sendFeatures(client);
    },
  },
  TIME: {
    params: 0,
    run: ({ client }) => client.reply("391", IRC_SERVER, new Date(client.chat.now()).toUTCString()),
  },
  INFO: {
    params: 0,
    run: ({ client }) => {
      client.reply("371", "", client.chat.serverName);
      client.reply("374", "", "End of /INFO list");
    },
  },
  ADMIN: {
    params: 0,
    run: ({ client }) => client.reply("423", IRC_SERVER, "This server names no administrator."),
  },
  LINKS: {
    params: 0,
    run: ({ client }) => {
      client.reply("364", `${IRC_SERVER} ${IRC_SERVER}`, `0 ${client.chat.serverName}`);
      client.reply("365", "*", "End of /LINKS list");
    },
  },
  STATS: { params: 0, run: ({ client }) => client.reply("219", "*", "End of /STATS report") },
  USERS: { params: 0, run: ({ client }) => client.reply("446", "", "USERS is disabled: see WHO.") },
  SUMMON: { params: 0, run: ({ client }) => client.reply("445", "", "SUMMON is disabled.") },
};

/** The replies to an accepted registration. */
export function sendGreeting(client: IrcClient): void {
  const { nick, chat } = client;
  client.reply("001", "", `Welcome to ${IRC_SERVER}, ${ircMask(nick)}`);
  client.reply("002", "", `Your host is ${IRC_SERVER}, running ${chat.serverName}`);
  client.reply("003", "", "This server keeps no record of its creation");
  const modes = `b${roomModes(chat.operators.any).slice(1)}oq`;
  client.reply("004", `${IRC_SERVER} ${versionOf(client)} o ${modes} boq`);
  sendFeatures(client);
  sendCounts(client);
  sendMessageOfTheDay(client);
}

function versionOf({ chat }: IrcClient): string {
  return chat.serverName.replaceAll(" ", "-");
}

function sendFeatures(client: IrcClient): void {
  const { hub, operators } = client.chat;
  const words = features(hub.rooms.limits.maxPerMember, operators.any);
  for (let from = 0; from < words.length; from += FEATURES_PER_LINE) {
    const part = words.slice(from, from + FEATURES_PER_LINE);
    for (const packed of packWords(part, FEATURE_BYTES)) {
      client.reply("005", packed, "are supported by this server");
    }
  }
}

function sendCounts(client: IrcClient): void {
  const { hub: { members, rooms } } = client.chat;
  const online = members.size;
  let operators = 0;
  for (const member of members.all()) if (member.isOperator) operators++;
  client.reply("251", "", `There are ${online} users and 0 invisible on 1 server`);
  client.reply("252", String(operators), "operators online");
  client.reply("254", String(rooms.size), "rooms");
  client.reply("255", "", `I have ${counted(online, "client")} and 0 servers`);
  client.reply("265", `${online} ${online}`, `Current local users ${online}`);
  client.reply("266", `${online} ${online}`, `Current global users ${online}`);
}

function sendMessageOfTheDay(client: IrcClient): void {
  client.reply("375", "", `- ${IRC_SERVER} Message of the day -`);
  for (const line of MESSAGE_OF_THE_DAY) client.reply("372", "", `- ${line}`);
  client.reply("376", "", "End of /MOTD command");
}
