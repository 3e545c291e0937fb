import {
  CONNECTION_LOST,
  DEFAULT_ROOM,
  type LeftFrame,
  nameKey,
  protocolError,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import type { Audience, Subscriber } from "../fanout/audience.ts";
import { Ignorers } from "./ignorers.ts";
import { Member, type MemberInit } from "./member.ts";
import { Members, NameGuard } from "./members.ts";
import type { Membership } from "./membership.ts";
import type { Result } from "../result.ts";
import type { Room, RoomMember } from "./room.ts";
import { type RoomLimits, Rooms } from "./rooms.ts";
import type { Store } from "../storage/store.ts";

/** Maximum number of members of a deleted room who are announced by name in the other room. */
const MAX_MOVED_BY_NAME = 50;

/** Maximum number of members who ignore a leaving user and get a frame of their own without the
 * reason: each costs a write, while all others of a room share one buffer. With more, no member gets
 * the reason. */
const MAX_LEFT_FRAMES = 16;

/** Maximum number of frames that other clients cause during the replay of a member. */
const MAX_HELD_FRAMES = 64;

export interface HubFanout {
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

/** The members and rooms of the chat, and which member receives which frame. It calls the store, which
 * reads at once and writes with the next commit, and does no other I/O. */
export class Hub {
  readonly members: Members;
  readonly rooms: Rooms;
  readonly #ignorers = new Ignorers();
  /** Called when a member has lost its connection. */
  onDetached: (member: Member, subscriber: Subscriber) => void = () => {};

  constructor(
    private readonly fanout: HubFanout,
    private readonly clock: Clock,
    private readonly store: Store,
    permanentRooms: readonly string[] = [],
    limits?: RoomLimits,
  ) {
    this.members = new Members(new NameGuard(store, clock));
    this.rooms = new Rooms(store, permanentOf(permanentRooms), clock, limits);
  }

  /** Makes these rooms, the default room, and no others permanent. */
  setPermanentRooms(names: readonly string[]): void {
    this.rooms.setPermanent(permanentOf(names));
  }

  /** Adds a member whose name is free, with a connection, and announces it in its rooms. */
  register(init: MemberInit, rooms: readonly Room[], subscriber: Subscriber): Member {
    const member = this.reserve(init, rooms.map((room) => ({ room, since: room.seq })), true);
    this.attach(member, subscriber);
    return member;
  }

  /** Adds a member without a connection. @param isAnnounced whether the others in the rooms get `joined`. */
  reserve(init: MemberInit, memberships: Iterable<Membership>, isAnnounced: boolean): Member {
    const member = new Member(init);
    this.members.add(member);
    for (const membership of memberships) this.#enter(member, membership, isAnnounced);
    return member;
  }

  /** Sends the frames of the member to this subscriber from now on. */
  attach(member: Member, subscriber: Subscriber): void {
    member.subscriber = subscriber;
    member.heldFrames = undefined;
    if (member.session > 0) this.store.sessions.whispersReachable(member.session);
    for (const { audience } of member.memberships.rooms()) {
      this.fanout.subscribe(subscriber, audience);
    }
  }

  /** Removes the subscriber of a member who stays. */
  detach(member: Member): void {
    const { subscriber } = member;
    if (subscriber === undefined) return;
    for (const { audience } of member.memberships.rooms()) {
      this.fanout.unsubscribe(subscriber, audience);
    }
    member.subscriber = undefined;
    this.onDetached(member, subscriber);
  }

  /** Removes a member, and sends the reason to the others in its rooms. */
  unregister(member: Member, why: LeaveReason = {}): void {
    if (!this.members.has(member)) return;
    this.members.remove(member);
    this.#ignorers.forget(member);
    member.lastWhisperFrom = undefined; // otherwise members who left keep each other in memory
    for (const room of member.memberships.rooms()) this.#exit(member, room, why);
    this.detach(member);
  }

  /**
   * Sends a message to one of the member's rooms. O(1) in the number of members.
   *
   * @param id from the sender's frame.
   * @returns the message's number.
   */
  sendMessage(
    member: Member,
    room: Room,
    text: string,
    action: boolean,
    id: string | undefined,
  ): number {
    const { name: from } = member;
    const time = this.clock.now();
    const seq = ++room.seq;
    const message = action
      ? { type: "message" as const, seq, room: room.name, from, text, time, action }
      : { type: "message" as const, seq, room: room.name, from, text, time };
    this.fanout.broadcast(
      room.audience,
      message,
      member.subscriber,
      this.#ignorers.of(member, room),
    );
    this.store.history.append(room.key, { message, by: member.session, id });
    return seq;
  }

  /** Sends a message to one member, in any room. @returns the receiver. */
  sendWhisper(member: Member, to: string, text: string, id: string | undefined): Result<Member> {
    const { value: receiver, error } = this.members.require(to);
    if (error !== undefined) return { error };
    if (receiver.ignores(member.key)) {
      return { error: protocolError("ignored", receiver.name) };
    }
    // Unlike a room's messages a whisper is not in the history: it must neither be skipped silently,
    // nor replace one that waits for a broken connection.
    const { subscriber } = receiver;
    const { sessions } = this.store;
    const isNotReading = subscriber === undefined
      ? !sessions.canStoreWhisper(receiver.session, text, id)
      : subscriber.isBehind;
    if (isNotReading) {
      return { error: protocolError("not_reading", receiver.name) };
    }
    if (receiver !== member) receiver.lastWhisperFrom = member;
    const number = ++receiver.lastWhisper;
    const frame = {
      type: "whisper" as const,
      from: member.name,
      to: receiver.name,
      text,
      time: this.clock.now(),
      number,
    };
    // Stored for a receiver who may miss it, and for a sender who may miss the acknowledgement.
    if (receiver.session > 0 || (member.session > 0 && id !== undefined)) {
      const isOwed = subscriber === undefined;
      sessions.addWhisper(receiver.session, { frame, number, by: member.session, id }, isOwed);
    }
    if (receiver === member) this.#answer(receiver, frame);
    else if (subscriber !== undefined) this.notify(receiver, frame);
    return { value: receiver };
  }

  /** Sends a member a frame that another one causes; dropped if it is not connected or behind. */
  notify({ subscriber, heldFrames, name }: Member, frame: ServerFrame): void {
    if (subscriber !== undefined) this.fanout.notify(subscriber, frame, name);
    else if (heldFrames !== undefined && heldFrames.length < MAX_HELD_FRAMES) {
      heldFrames.push(frame);
    }
  }

  /** Sends a frame to the members of a room, except the member itself and those who ignore it. */
  notifyOthers(member: Member, frame: ServerFrame, room: Room): void {
    const ignorers = this.#ignorers.of(member, room);
    this.fanout.broadcast(room.audience, frame, member.subscriber, ignorers);
  }

  /** Sends a frame about a member to all of its rooms; one about a listener only to the listener. */
  notifyAbout(member: Member, frameIn: (room: string) => ServerFrame): void {
    for (const { audience, name } of member.memberships.rooms()) {
      if (member.listens) this.#answer(member, frameIn(name));
      else this.fanout.broadcast(audience, frameIn(name));
    }
  }

  /** Sends a member a frame that answers its own request. */
  #answer({ subscriber, name }: Member, frame: ServerFrame): void {
    if (subscriber !== undefined) this.fanout.send(subscriber, frame, name);
  }

  /** Renames a member to a free name, and announces that to all of its rooms, or only to the member if
   * the name stays the same. */
  rename(member: Member, name: string): void {
    const { name: from, key, subscriber } = member;
    const time = this.clock.now();
    if (name !== from) {
      this.members.rename(member, name);
      this.#ignorers.follow(key, member.key);
    }
    const isAnnounced = name !== from && !member.listens;
    const rooms = [...member.memberships.rooms()];
    for (const { audience, name: room } of isAnnounced ? rooms : []) {
      this.fanout.broadcast(audience, { type: "renamed", room, from, to: name, time }, subscriber);
    }
    // Of its own, so that it is not skipped with those of a room.
    const inRoom = rooms[0] === undefined ? undefined : { room: rooms[0].name };
    this.#answer(member, { type: "renamed", ...inRoom, from, to: name, time });
  }

  /** Adds a room to those of a member, and announces that to both. */
  join(member: Member, room: Room): void {
    this.#goTo(member, room);
  }

  /** Takes a room from those of a member, who stays in the chat, and announces that to both. */
  leave(member: Member, room: Room): void {
    this.#exit(member, room, { online: true });
    this.#forgetRoom(member, room);
    this.#answer(member, leftRoom(member, room, this.clock.now()));
  }

  /** Moves a member from its only room to another one, and announces that to both rooms and to the
   * member. */
  move(member: Member, room: Room): void {
    for (const before of [...member.memberships.rooms()]) {
      this.#exit(member, before, { to: room.name });
      this.#forgetRoom(member, before);
    }
    this.#goTo(member, room);
  }

  /** Deletes a room with its messages and its topic, and moves its members who are in no other room to
   * another one. All of them receive a notice. */
  deleteRoom(room: Room, into: Room, notice: string): void {
    const sets = [room.members, room.listeners, room.nameless];
    const members = sets.flatMap((set) => [...set]) as Member[];
    for (const set of sets) set.clear();
    // A thousand members who enter at once would cause half a million notices by name.
    const isAnnounced = members.length <= MAX_MOVED_BY_NAME;
    for (const member of members) {
      const isMoved = member.memberships.size === 1;
      this.notify(member, {
        type: "notice",
        text: isMoved ? `${notice}: you are in the ${into.name}.` : `${notice}.`,
      });
      this.#forgetRoom(member, room);
      this.#answer(member, leftRoom(member, room, this.clock.now()));
      if (isMoved) this.#goTo(member, into, isAnnounced);
    }
    this.rooms.delete(room.name);
  }

  /** Sets the topic of one of the member's rooms, and sends it to all of its members. */
  setTopic(member: Member, room: Room, text: string): void {
    const time = this.clock.now();
    room.topic = text === "" ? undefined : text;
    const topic = text === "" ? undefined : { text, by: member.name, time };
    this.store.topics.save(room.key, topic);
    const frame = { type: "topic" as const, room: room.name, text, by: member.name, time };
    this.fanout.broadcast(room.audience, frame);
  }

  /**
   * Hides the messages of another user from the member, also under the user's later names.
   *
   * @param name of the user when the member ignored them.
   * @param currentName of the user now.
   */
  ignore(member: Member, name: string, currentName = name): void {
    this.#ignorers.add(member, nameKey(name), nameKey(currentName));
  }

  /** @returns whether the name was ignored. */
  unignore(member: Member, name: string): boolean {
    return this.#ignorers.remove(member, nameKey(name));
  }

  /**
   * Sends the large rooms the numbers of joins and leaves since the last call; called every second.
   *
   * @param now monotonic milliseconds.
   */
  sendPresence(now: number): void {
    for (const room of this.rooms.all()) {
      const presence = room.takePresence(now);
      if (presence === undefined) continue;
      this.fanout.broadcast(room.audience, {
        type: "presence",
        room: room.name,
        ...presence,
        members: room.members.size,
        time: this.clock.now(),
      });
    }
  }

  #goTo(member: Member, room: Room, isAnnounced = true): void {
    const { subscriber } = member;
    if (!isAnnounced && room.announcesByName && !member.listens) room.countJoined();
    const membership = { room, since: room.seq };
    this.#enter(member, membership, isAnnounced);
    if (subscriber === undefined) return; // a replay follows the member, see Replay
    this.fanout.send(subscriber, joinedRoom(member, membership, this.clock.now()), member.name);
    this.fanout.subscribe(subscriber, room.audience);
  }

  /** Removes a room from those of a member who stays in the chat. */
  #forgetRoom(member: Member, room: Room): void {
    if (member.subscriber !== undefined) this.fanout.unsubscribe(member.subscriber, room.audience);
    member.memberships.delete(room);
  }

  #enter(member: Member, membership: Membership, isAnnounced: boolean): void {
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
      });
    }
    room.members.add(member);
  }

  #exit(member: Member, room: Room, why: RoomLeave): void {
    if (member.listens) {
      listenersOf(room, member).delete(member);
      return this.rooms.release(room);
    }
    // A kick is announced by name in a large room, too; a ban may remove thousands.
    const isKick = why.by !== undefined && why.banned !== true;
    const isAnnounced = room.announcesByName || isKick;
    room.members.delete(member);
    if (!isAnnounced) room.countLeft();
    else if (room.members.size > 0) this.#announceLeft(member, room, why);
    this.rooms.release(room);
  }

  /** Sends `left` to the others in the room, without the reason to those who ignore the member. */
  #announceLeft(member: Member, room: Room, why: RoomLeave): void {
    const { audience } = room;
    const left = {
      type: "left" as const,
      room: room.name,
      name: member.name,
      time: this.clock.now(),
    };
    const { by, reason } = why;
    const isOwnText = by === undefined && reason !== undefined && reason !== CONNECTION_LOST;
    const ignorers = isOwnText ? this.#ignorers.of(member, room) : [];
    if (ignorers.length > MAX_LEFT_FRAMES) {
      return this.fanout.broadcast(audience, left, member.subscriber);
    }
    this.fanout.broadcast(audience, { ...left, ...why }, member.subscriber, ignorers);
    for (const ignorer of ignorers) {
      if (ignorer !== member.subscriber) this.fanout.notify(ignorer, left, "");
    }
  }
}

/** The frame for a member that has left a room, and stays in the chat. */
export function leftRoom({ name }: Member, room: Room, time: number): ServerFrame {
  return { type: "left", room: room.name, name, time, online: true };
}

/** The frame for a member that has entered a room. */
export function joinedRoom(
  { name }: Member,
  { room, since: seq }: Membership,
  time: number,
): ServerFrame {
  const topic = room.topic === undefined ? undefined : { topic: room.topic };
  return { type: "joined", room: room.name, name, time, seq, ...topic };
}

function listenersOf(room: Room, { name }: Member): Set<RoomMember> {
  return name === "" ? room.nameless : room.listeners;
}

function permanentOf(names: readonly string[]): string[] {
  return [DEFAULT_ROOM, ...names];
}
