/**
 * The commands about rooms: entering and leaving, topics, names, lists, and what operators do.
 *
 * @module
 */

import { cleanLine, type ClientFrame, withoutIrcFormatting } from "../../protocol/mod.ts";
import { listRooms } from "../chat/listing.ts";
import type { IrcCommands } from "./command.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { MODE } from "./modes.ts";
import { MAX_NAMED_ROOMS } from "./replies.ts";
import { ownRoom, sendList, sendNames } from "./room_replies.ts";

export const ROOM_COMMANDS: IrcCommands = {
  JOIN: {
    params: 1,
    run({ client, entry }, [list = ""]) {
      if (list !== "0") return entry.join(targetsOf(list));
      for (const { name } of [...client.member.memberships.rooms()]) leave(client, `#${name}`);
    },
  },
  PART: {
    params: 1,
    run({ client }, [list = ""]) {
      for (const target of targetsOf(list)) leave(client, target);
    },
  },
  TOPIC: {
    params: 1,
    run({ client }, [target = "", text]) {
      if (!target.startsWith("#")) return noRoom(client, target);
      const room = target.slice(1);
      const frame: ClientFrame = text === undefined
        ? { type: "topic", room }
        : { type: "topic", room, text: cleanLine(withoutIrcFormatting(text)) };
      client.request(frame, target);
    },
  },
  NAMES: {
    params: 0,
    run({ client }, [list = ""]) {
      const targets = targetsOf(list).slice(0, MAX_NAMED_ROOMS);
      if (targets.length === 0) return client.reply("366", "*", "End of /NAMES list");
      let next = 0;
      // Each may have a thousand names.
      client.host.runInSlices(() => {
        const target = targets[next++]!;
        const room = ownRoom(client, target);
        if (room === undefined) client.reply("366", asWord(target), "End of /NAMES list");
        else sendNames(client, room);
        return next < targets.length;
      });
    },
  },
  LIST: {
    params: 0,
    run({ client }, [list = ""]) {
      const targets = targetsOf(list).filter((target) => target.startsWith("#"));
      if (targets.length === 0) return void client.attempt({ type: "rooms" });
      const { rooms } = client.chat.hub;
      const found = new Set(targets.map((target) => rooms.find(target.slice(1))));
      const frame = listRooms([...found].filter((room) => room !== undefined));
      if (frame.type === "rooms") sendList(client, frame);
    },
  },
  KICK: {
    params: 2,
    run({ client }, [target = "", nick = "", reason]) {
      if (!client.member.isOperator) {
        return client.reply("482", asWord(target), "Only operators may do that.");
      }
      const room = client.chat.hub.rooms.find(target.slice(1));
      const other = client.find(nick);
      if (room === undefined || !target.startsWith("#")) return noRoom(client, target);
      if (other === undefined || !other.isIn(room)) {
        return client.reply("441", `${asWord(nick)} ${asWord(target)}`, "The user is not there.");
      }
      const why = reason === undefined ? undefined : { reason: cleanLine(reason) };
      client.request({ type: "kick", name: other.name, ...why }, nick);
    },
  },
  INVITE: {
    params: 2,
    run({ client }, [nick = "", target = ""]) {
      const text = `Rooms are open to all users: ask ${nick} to /join ${target}.`;
      client.reply("518", asWord(target), cleanLine(text));
    },
  },
  MODE,
};

function targetsOf(list: string): string[] {
  return list.split(",").filter((target) => target !== "");
}

function noRoom(client: IrcClient, target: string): void {
  client.reply("403", asWord(target), "There is no such room. Names of rooms start with #.");
}

function leave(client: IrcClient, target: string): void {
  if (!target.startsWith("#")) return noRoom(client, target);
  client.request({ type: "leave", room: target.slice(1) }, target);
}
