import { CONNECTION_LOST, type LeftFrame, type ServerFrame } from "../../protocol/mod.ts";
import type { Audience, Subscriber } from "../fanout/audience.ts";
import type { Clock } from "../scheduling/clock.ts";
import type { Ignorers } from "./ignorers.ts";
import type { Member } from "./member.ts";
import type { Membership } from "./membership.ts";
import type { Room, RoomMember } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { SharedRooms } from "./shared_rooms.ts";

/** Maximum number of members of a deleted room who are announced by name in the other room. */
const MAX_MOVED_BY_NAME = 50;

/** Maximum number of members who ignore a leaving user and get a frame of their own without the
 * reason: each costs a write, while all others of a room share one buffer. With more, no member gets
 * the reason. */
const MAX_LEFT_FRAMES = 16;

/** The calls of the fan-out that the chat needs. */
export interface ChatFanout {
  subscribe(subscriber: Subscriber, audience: Audience): void;
  unsubscribe(subscriber: Subscriber, audience: Audience): void;
  broadcast(
    audience: Audience,
    frame: ServerFrame,
    except?: Subscriber,
    others?: readonly Subscriber[],
  ): void;
  send(subscriber: Subscriber, frame: ServerFrame, self: string): void;
  /** Sends a frame that another client causes; dropped for a subscriber that is behind. */
  notify(subscriber: Subscriber, frame: ServerFrame, self: string): boolean;
}

/** Why a user leaves the chat, in the `left` frame. */
export type LeaveReason = Pick<LeftFrame, "reason" | "by" | "banned">;

/** The same for one room of a user who may stay in the chat. */
type RoomLeave = LeaveReason & Pick<LeftFrame, "to" | "online">;

/** Where members enter and leave rooms, and what the others in them get for it. Used by the hub only. */
export class RoomChanges {
  constructor(
    private readonly fanout: ChatFanout,
    private readonly clock: Clock,
    private readonly rooms: Rooms,
    private readonly ignorers: Ignorers,
  ) {}

  /** Adds a room to those of a member, and announces that to both. */
  join(member: Member, room: Room, isAnnounced = true): void {
    const { subscriber } = member;
    if (!isAnnounced && room.announcesByName && !member.listens) room.countJoined();
    const membership = { room, since: room.seq };
    this.enter(member, membership, isAnnounced);
    if (subscriber === undefined) return; // a replay follows the member, see Replay
    this.fanout.send(subscriber, joinedRoom(member, membership, this.clock.now()), member.name);
    this.fanout.subscribe(subscriber, room.audience);
    member.entered(room);
  }

  /** Takes a room from those of a member, who stays in the chat, and announces that to both. */
  leave(member: Member, room: Room): void {
    this.exit(member, room, { online: true });
    this.forget(member, room);
    const { subscriber, name } = member;
    if (subscriber === undefined) return;
    this.fanout.send(subscriber, leftRoom(member, room, this.clock.now()), name);
  }

  /** Moves a member from its only room to another one, and announces that to both rooms and to the
   * member. */
  move(member: Member, room: Room): void {
    for (const before of [...member.memberships.rooms()]) {
      this.exit(member, before, { to: room.name });
      this.forget(member, before);
    }
    this.join(member, room);
  }

  /**
   * Empties a room that is deleted: its members who are in no other room are moved to another one.
   *
   * @param notify called for each member, before the frames about its rooms.
   */
  empty(room: Room, into: Room, notify: (member: Member, isMoved: boolean) => void): void {
    const sets = [room.members, room.listeners, room.nameless];
    const members = sets.flatMap((set) => [...set]) as Member[];
    for (const set of sets) set.clear();
    // A thousand members who enter at once would cause half a million notices by name.
    const isAnnounced = members.length <= MAX_MOVED_BY_NAME;
    for (const member of members) {
      const { subscriber, name, memberships } = member;
      const isMoved = memberships.size === 1;
      notify(member, isMoved);
      this.forget(member, room);
      if (subscriber !== undefined) {
        this.fanout.send(subscriber, leftRoom(member, room, this.clock.now()), name);
      }
      if (isMoved) this.join(member, into, isAnnounced);
    }
  }

  /** Adds a member to a room, and announces that to the others. */
  enter(member: Member, membership: Membership, isAnnounced: boolean): void {
    const { room } = membership;
    member.memberships.add(membership);
    if (member.listens) return void listenersOf(room, member).add(member);
    const time = this.clock.now();
    if (!room.announcesByName) room.countJoined();
    else if (isAnnounced) {
      this.fanout.broadcast(room.audience, {
        type: "joined",
        room: room.name,
        name: member.name,
        time,
        ...(member.isOperator ? { operator: true } : undefined),
      });
    }
    room.members.add(member);
  }

  /**
   * Removes a member from a room, and announces that to the others; the member still has the room.
   *
   * @param shared the rooms of a member who leaves the chat, for clients that share several.
   */
  exit(member: Member, room: Room, why: RoomLeave, shared?: SharedRooms): void {
    if (member.listens) {
      listenersOf(room, member).delete(member);
      return this.rooms.release(room);
    }
    // A kick is announced by name in a large room, too; a ban may remove thousands.
    const isKick = why.by !== undefined && why.banned !== true;
    const isAnnounced = room.announcesByName || isKick;
    room.members.delete(member);
    if (!isAnnounced) room.countLeft();
    else if (room.members.size > 0) {
      this.#announceLeft(member, room, why, shared?.reachedBefore(room.audience) ?? []);
    }
    this.rooms.release(room);
  }

  /** Removes a room from those of a member who stays in the chat. */
  forget({ subscriber, memberships }: Member, room: Room): void {
    if (subscriber !== undefined) this.fanout.unsubscribe(subscriber, room.audience);
    memberships.delete(room);
  }

  /** Sends `left` to the others in the room, without the reason to those who ignore the member. */
  #announceLeft(
    member: Member,
    room: Room,
    why: RoomLeave,
    informed: readonly Subscriber[],
  ): void {
    const { audience } = room;
    const left = {
      type: "left" as const,
      room: room.name,
      name: member.name,
      time: this.clock.now(),
    };
    const { by, reason } = why;
    const isOwnText = by === undefined && reason !== undefined && reason !== CONNECTION_LOST;
    const ignorers = isOwnText ? this.ignorers.of(member, room) : [];
    if (ignorers.length > MAX_LEFT_FRAMES) {
      return this.fanout.broadcast(audience, left, member.subscriber, informed);
    }
    this.fanout.broadcast(audience, { ...left, ...why }, member.subscriber, [
      ...ignorers,
      ...informed,
    ]);
    for (const ignorer of ignorers) {
      const isInformed = ignorer === member.subscriber || informed.includes(ignorer);
      if (!isInformed) this.fanout.notify(ignorer, left, "");
    }
  }
}

/** The frame for a member that has left a room, and stays in the chat. */
export function leftRoom({ name }: Member, room: Room, time: number): ServerFrame {
  return { type: "left", room: room.name, name, time, online: true };
}

/** The frame for a member that has entered a room. */
export function joinedRoom(
  { name, isOperator }: Member,
  { room, since: seq }: Membership,
  time: number,
): ServerFrame {
  const topic = room.topic === undefined ? undefined : { topic: room.topic };
  const operator = isOperator ? { operator: true as const } : undefined;
  return { type: "joined", room: room.name, name, time, ...operator, seq, ...topic };
}

function listenersOf(room: Room, { name }: Member): Set<RoomMember> {
  return name === "" ? room.nameless : room.listeners;
}
