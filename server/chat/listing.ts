import {
  type BanInfo,
  MAX_LISTED_USERS,
  type RoomInfo,
  type ServerFrame,
  type User,
} from "../../protocol/mod.ts";
import type { HandlerSession } from "./handlers/handler.ts";
import type { Member } from "./member.ts";
import type { Room, RoomMember } from "./room.ts";
import type { Ban } from "../storage/bans.ts";

/** Maximum number of listed rooms; the answer also has their total. */
const MAX_LISTED_ROOMS = 200;

const MAX_LISTED_BANS = 200;

type UsersFrame = ServerFrame & { readonly type: "users" };

const LONG_LIST = 50;

/**
 * Sends a list. A long one takes up to a millisecond: it waits among all other long work, and does not
 * delay the requests of quiet clients.
 *
 * @param length estimated number of entries.
 */
export function sendList(session: HandlerSession, length: number, list: () => ServerFrame): void {
  if (length < LONG_LIST) return session.send(list());
  session.runInSlices(() => {
    session.send(list());
    return false;
  });
}

/** The users of a room in the order of joining, listeners last, with the fields that the
 * member may see. */
export function listUsers(member: Member, room: Room): UsersFrame {
  const users: User[] = [];
  const add = (
    { name, away, address, isOperator }: RoomMember,
    listening?: { listening: true },
  ) => {
    users.push({
      name,
      ...(away === undefined ? undefined : { away }),
      ...(member.isOperator ? { address } : undefined),
      ...(isOperator ? { operator: true } : undefined),
      ...listening,
    });
  };
  for (const each of room.members) {
    if (users.length === MAX_LISTED_USERS) break;
    add(each);
  }
  for (const each of room.listeners) {
    if (users.length === MAX_LISTED_USERS) break;
    add(each, { listening: true });
  }
  const nameless = room.nameless.size;
  return {
    type: "users",
    room: room.name,
    total: room.size,
    users,
    ...(member.isOperator && nameless > 0 ? { nameless } : undefined),
  };
}

/** The rooms, those with the most members first. */
export function listRooms(all: Iterable<Room>): ServerFrame {
  const rooms = [...all]
    .filter((room) => room.members.size > 0 || room.isPermanent || room.isKept)
    .toSorted((a, b) => b.members.size - a.members.size)
    .map(({ name, members, topic }): RoomInfo => ({
      name,
      members: members.size,
      ...(topic === undefined ? undefined : { topic }),
    }));
  return { type: "rooms", total: rooms.length, rooms: rooms.slice(0, MAX_LISTED_ROOMS) };
}

export function listBans({ total, all }: { total: number; all: Iterable<Ban> }): ServerFrame {
  const bans: BanInfo[] = [];
  for (const { kind, key: target, by, until, reason } of all) {
    if (bans.length === MAX_LISTED_BANS) break;
    bans.push({
      kind,
      target,
      by,
      ...(until === undefined ? undefined : { until }),
      ...(reason === undefined ? undefined : { reason }),
    });
  }
  return { type: "bans", total, bans };
}
