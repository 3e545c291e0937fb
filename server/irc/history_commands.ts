import { IRC_SERVER, ircLine, type MessageFrame, seqOfIrcMessage } from "../../protocol/mod.ts";
import { HistoryPages } from "../chat/handlers/history.ts";
import type { Room } from "../chat/room.ts";
import type { IrcCommands } from "./command.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { sendBatch, sendMessages } from "./playback.ts";
import { MAX_HISTORY } from "./replies.ts";
import { ownRoom } from "./room_replies.ts";

/** Tokens for a time, whose place is searched for in the history. */
const SEARCH_TOKENS = 2;

/** Rooms whose last message is read for one token: each takes some 0.06 ms on a disk. */
const ROOMS_PER_TOKEN = 10;

/** A place in the history of a room: between the messages before this number and those from it on. */
interface Place {
  /** Number of the first message that is not before the place. */
  readonly start: number;
  /** Number of the last message that is not after the place. */
  readonly end: number;
}

/** Past messages to read: those of a {@link HistoryPages}, without those up to a number. */
interface Selection {
  readonly since?: number;
  readonly before?: number;
  readonly above?: number;
  readonly wanted: number;
}

/** CHATHISTORY (IRCv3 draft/chathistory) for the rooms of the client. Private messages are not stored. */
export const HISTORY_COMMANDS: IrcCommands = {
  CHATHISTORY: {
    params: 1,
    run({ client }, params) {
      const subcommand = params[0]!.toUpperCase();
      const needed = Object.hasOwn(NEEDED, subcommand) ? NEEDED[subcommand] : undefined;
      if (needed === undefined) {
        return fail(client, "INVALID_PARAMS", asWord(subcommand), "Unknown subcommand");
      }
      if (params.length < needed) {
        return fail(client, "NEED_MORE_PARAMS", subcommand, "Not enough parameters");
      }
      if (subcommand === "TARGETS") return sendTargets(client, params);
      const target = params[1]!;
      const room = ownRoom(client, target);
      const context = `${subcommand} ${asWord(target)}`;
      if (room === undefined) {
        return fail(
          client,
          "INVALID_TARGET",
          context,
          "Only rooms that you are in have a history.",
        );
      }
      const limit = Number(params[needed - 1]);
      const references = params.slice(2, needed - 1);
      const places = references.map((reference) => placeOf(client, room, reference));
      if (!(limit >= 1) || places.includes(undefined)) {
        const text = "Expected timestamp=TIME or msgid=ID, and a number of messages.";
        return fail(client, "INVALID_PARAMS", context, text);
      }
      const wanted = Math.min(Math.floor(limit), MAX_HISTORY);
      sendSelections(client, room, selectionsOf(subcommand, places as Place[], wanted));
    },
  },
};

/** The number of parameters of each subcommand. */
const NEEDED: Readonly<Record<string, number>> = {
  LATEST: 4,
  BEFORE: 4,
  AFTER: 4,
  AROUND: 4,
  BETWEEN: 5,
  TARGETS: 4,
};

function fail(client: IrcClient, code: string, context: string, text: string): void {
  client.fail("CHATHISTORY", code, context, text);
}

/** What a subcommand selects, in the order of the messages. */
function selectionsOf(
  subcommand: string,
  [first, second]: readonly Place[],
  wanted: number,
): Selection[] {
  const { start, end } = first!;
  switch (subcommand) {
    case "BEFORE":
      return [{ before: start, wanted }];
    case "AFTER":
      return [{ since: end, wanted }];
    case "AROUND": {
      const half = Math.floor(wanted / 2);
      const after = { since: start - 1, wanted: wanted - half };
      return half === 0 ? [after] : [{ before: start, wanted: half }, after];
    }
    case "BETWEEN":
      // Counted from the first place, in either direction.
      return start <= second!.start
        ? [{ since: end, before: second!.start, wanted }]
        : [{ before: start, above: second!.end, wanted }];
  }
  return [{ above: end, wanted }];
}

/** The place of a reference; that before all messages for `*`. */
function placeOf(client: IrcClient, room: Room, reference: string): Place | undefined {
  if (reference === "*") return { start: 1, end: 0 };
  const [kind, value = ""] = reference.split(/=(.*)/s);
  if (kind === "msgid") {
    const seq = seqOfIrcMessage(value);
    return seq === undefined ? undefined : { start: seq, end: seq };
  }
  const time = kind === "timestamp" ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) return undefined;
  client.host.chargeTokens(SEARCH_TOKENS);
  return { start: firstFrom(client, room, time), end: firstFrom(client, room, time + 1) - 1 };
}

/** The number of the first message that is not older than a time; after all messages without one. */
function firstFrom(client: IrcClient, room: Room, time: number): number {
  const { history } = client.chat.store;
  let low = 1;
  let high = room.seq + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [found] = history.read(room.key, { after: middle - 1, limit: 1 });
    if (found === undefined || found.message.time >= time) high = middle;
    else low = found.message.seq + 1;
  }
  return low;
}

/** Reads what is selected, page by page, and sends it in one batch. */
function sendSelections(client: IrcClient, room: Room, selections: readonly Selection[]): void {
  const { history } = client.chat.store;
  const parts = selections.map(({ since, before, wanted, above = 0 }) => ({
    above,
    pages: new HistoryPages(client.member, room, history, { since, before, wanted }),
  }));
  const messages: MessageFrame[] = [];
  let next = 0;
  client.host.runInSlices(() => {
    const { pages, above } = parts[next]!;
    if (pages.readNext()) return true;
    messages.push(...pages.answer().messages.filter(({ seq }) => seq > above));
    if (++next < parts.length) return true;
    sendMessages(client, room.name, messages);
    return false;
  });
}

/** Sends the rooms of the client with a last message between two times. */
function sendTargets(
  client: IrcClient,
  [, first = "", second = "", limit]: readonly string[],
): void {
  const times = [first, second].map((each) => Date.parse(each.replace(/^timestamp=/, "")));
  const count = Number(limit);
  if (times.some(Number.isNaN) || !(count >= 1)) {
    return fail(client, "INVALID_PARAMS", "TARGETS", "Expected two times, and a number of rooms.");
  }
  const [from = 0, to = 0] = times.toSorted((one, other) => one - other);
  const { history } = client.chat.store;
  const rooms = [...client.member.memberships.rooms()];
  client.host.chargeTokens(Math.floor(rooms.length / ROOMS_PER_TOKEN));
  const found = rooms.flatMap((room) => {
    const time = history.read(room.key, { limit: 1 })[0]?.message.time;
    return time !== undefined && time > from && time < to ? [{ name: room.name, time }] : [];
  }).toSorted((one, other) => one.time - other.time).slice(0, Math.min(count, MAX_HISTORY));
  sendBatch(client, "draft/chathistory-targets", (tag) => {
    const tags = tag === undefined ? "" : `@${tag} `;
    return found.map(({ name, time }) =>
      tags + ircLine(`:${IRC_SERVER} CHATHISTORY TARGETS #${name} ${new Date(time).toISOString()}`)
    ).join("");
  });
}
