import {
  checkName,
  cleanLine,
  DEFAULT_ROOM,
  MAX_LISTED_USERS,
  MAX_NAME_LENGTH,
  nameKey,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  shorten,
} from "../protocol/mod.ts";
import type { Audience, Subscriber } from "./fanout.ts";
import { Member } from "./member.ts";
import { Room } from "./room.ts";

/** What the hub needs of the fan-out. */
export interface HubFanout {
  subscribe(subscriber: Subscriber, audience: Audience): void;
  unsubscribe(subscriber: Subscriber): void;
  broadcast(audience: Audience, frame: ServerFrame, except?: Subscriber): void;
  send(subscriber: Subscriber, frame: ServerFrame, self: string): void;
}

/** What the hub needs of a clock. */
export interface HubClock {
  /** Unix milliseconds. */
  now(): number;
}

/** The outcome of something that a rule may forbid. */
export type Result<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: ProtocolError; readonly value?: undefined };

/**
 * Names and rooms: who is here, and who hears what. It does no I/O and knows no sockets.
 */
export class Hub {
  readonly #members = new Map<string, Member>();
  readonly #rooms = new Map<string, Room>();

  constructor(private readonly fanout: HubFanout, private readonly clock: HubClock) {}

  /** How many people are here. */
  get size(): number {
    return this.#members.size;
  }

  /** Everybody who is here. */
  members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** The rooms that somebody is in, and those that stay. */
  rooms(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  /** The member of that name, however it is written. */
  find(name: string): Member | undefined {
    return this.#members.get(nameKey(name));
  }

  /** Lets somebody in, into a room that is made if need be, and tells the others there. */
  register(
    rawName: string,
    subscriber: Subscriber,
    rawRoom: string = DEFAULT_ROOM,
  ): Result<Member> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    if (this.find(name) !== undefined) return { error: protocolError("name_taken", name) };
    const room = checkName(rawRoom);
    if (room.fault !== undefined) return { error: protocolError("room_invalid", room.fault) };
    const member = new Member(name, subscriber);
    this.#members.set(member.key, member);
    this.#enter(member, this.#roomNamed(room.name));
    return { value: member };
  }

  /** Lets somebody go, and tells the others in the room. */
  unregister(member: Member, reason?: string): void {
    this.#members.delete(member.key);
    this.#exit(member, reason);
  }

  /** Says something to the room, and returns the message's number. O(1) in the number of members. */
  say(member: Member, text: string, action: boolean): number {
    const { room, name: from } = member;
    const time = this.clock.now();
    const seq = ++room.seq;
    const frame: ServerFrame = action
      ? { type: "message", seq, room: room.name, from, text, time, action }
      : { type: "message", seq, room: room.name, from, text, time };
    this.fanout.broadcast(room.audience, frame, member.subscriber);
    return seq;
  }

  /** Says something to one person, in whatever room they are. */
  whisper(member: Member, to: string, text: string): Result<Member> {
    const receiver = this.find(to);
    if (receiver === undefined) return { error: protocolError("no_such_user", shownName(to)) };
    // Unlike a room's messages a whisper is not in the history: it must not be skipped silently.
    if (receiver.subscriber.outbox.isSkipping) {
      return { error: protocolError("not_reading", receiver.name) };
    }
    receiver.lastWhisperFrom = member.name;
    this.fanout.send(receiver.subscriber, {
      type: "whisper",
      from: member.name,
      to: receiver.name,
      text,
      time: this.clock.now(),
    }, receiver.name);
    return { value: receiver };
  }

  /** Gives somebody another name, and tells everybody in the room, them too. */
  rename(member: Member, rawName: string): Result<string> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    const holder = this.find(name);
    if (holder !== undefined && holder !== member) {
      return { error: protocolError("name_taken", name) };
    }
    const from = member.name;
    this.#members.delete(member.key);
    member.rename(name);
    this.#members.set(member.key, member);
    const { room } = member;
    const frame: ServerFrame = {
      type: "renamed",
      room: room.name,
      from,
      to: name,
      time: this.clock.now(),
    };
    this.fanout.broadcast(room.audience, frame);
    return { value: name };
  }

  /** Who is in the member's room, in the order in which they came. */
  users(member: Member): ServerFrame {
    const users = [];
    for (const { name } of member.room.members) {
      if (users.length === MAX_LISTED_USERS) break;
      users.push({ name });
    }
    return { type: "users", room: member.room.name, total: member.room.members.size, users };
  }

  /**
   * Tells the large rooms who came and went since the last time; called every second.
   *
   * @param now monotonic milliseconds.
   */
  tellPresence(now: number): void {
    for (const room of this.#rooms.values()) {
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

  #roomNamed(name: string): Room {
    const key = nameKey(name);
    let room = this.#rooms.get(key);
    if (room === undefined) {
      room = new Room(name, key, key === DEFAULT_ROOM);
      this.#rooms.set(key, room);
    }
    return room;
  }

  #enter(member: Member, room: Room): void {
    if (room.tellsByName) {
      const { name: roomName, audience } = room;
      const frame: ServerFrame = {
        type: "joined",
        room: roomName,
        name: member.name,
        time: this.clock.now(),
      };
      this.fanout.broadcast(audience, frame);
    } else room.countJoined();
    member.room = room;
    room.members.add(member);
    this.fanout.subscribe(member.subscriber, room.audience);
  }

  #exit(member: Member, reason?: string): void {
    const { room } = member;
    this.fanout.unsubscribe(member.subscriber);
    const toldByName = room.tellsByName;
    room.members.delete(member);
    if (room.members.size === 0) {
      if (!room.isPermanent) this.#rooms.delete(room.key);
      return;
    }
    if (!toldByName) {
      room.countLeft();
      return;
    }
    this.fanout.broadcast(room.audience, {
      type: "left",
      room: room.name,
      name: member.name,
      time: this.clock.now(),
      ...(reason === undefined ? undefined : { reason }),
    });
  }
}

/** A name that somebody typed, fit to be shown to them again. */
function shownName(name: string): string {
  return shorten(cleanLine(name), MAX_NAME_LENGTH);
}
