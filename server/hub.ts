import {
  checkName,
  cleanLine,
  DEFAULT_ROOM,
  MAX_NAME_LENGTH,
  nameKey,
  nameSkeleton,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  shorten,
} from "../protocol/mod.ts";
import type { Audience, Subscriber } from "./fanout.ts";
import { Ignorers } from "./ignorers.ts";
import { Member, type MemberInit } from "./member.ts";
import { Room } from "./room.ts";
import { type Store, WHISPERS_KEPT } from "./storage/store.ts";

/** What the hub needs of the fan-out. */
export interface HubFanout {
  subscribe(subscriber: Subscriber, audience: Audience): void;
  unsubscribe(subscriber: Subscriber): void;
  broadcast(
    audience: Audience,
    frame: ServerFrame,
    except?: Subscriber,
    others?: readonly Subscriber[],
  ): void;
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
  /** By what the name looks like. */
  readonly #looks = new Map<string, Member>();
  readonly #rooms = new Map<string, Room>();
  readonly #ignorers = new Ignorers();
  /** Told when a member's connection is gone. */
  onDetached: (member: Member, subscriber: Subscriber) => void = () => {};

  /**
   * @param permanentRooms names of rooms that are there from the start and stay.
   */
  constructor(
    private readonly fanout: HubFanout,
    private readonly clock: HubClock,
    private readonly store: Store,
    permanentRooms: readonly string[] = [DEFAULT_ROOM],
  ) {
    for (const name of [DEFAULT_ROOM, ...permanentRooms]) this.#makeRoom(name, true);
  }

  /** How many people are here. */
  get size(): number {
    return this.#members.size;
  }

  /** How many rooms there are. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Every room there is. */
  rooms(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  /** Everybody who is here. */
  members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** The member of that name, however it is written. */
  find(name: string): Member | undefined {
    return this.#members.get(nameKey(name));
  }

  /** Whoever has a name that looks the same. */
  findLookAlike(name: string): Member | undefined {
    return this.#looks.get(nameSkeleton(name));
  }

  /** The member of that name, or the error that there is none. */
  require(name: string): Result<Member> {
    const member = this.find(name);
    return member === undefined
      ? { error: protocolError("no_such_user", shownName(name)) }
      : { value: member };
  }

  /**
   * Checks whether somebody may take a name, and brings it into its normal form.
   *
   * @param self who wants it, if they are here already.
   */
  checkFree(rawName: string, self?: Member): Result<string> {
    return this.#checkName(rawName, (holder) => holder !== self);
  }

  /** The same where a name that only a broken connection holds may be taken from it. */
  checkTakeable(rawName: string, self?: Member): Result<string> {
    return this.#checkName(
      rawName,
      (holder) => holder !== self && holder.subscriber !== undefined,
    );
  }

  #checkName(rawName: string, isInTheWay: (holder: Member) => boolean): Result<string> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    const holder = this.find(name);
    if (holder !== undefined && isInTheWay(holder)) {
      return { error: protocolError("name_taken", name) };
    }
    const double = this.findLookAlike(name);
    if (double !== undefined && isInTheWay(double)) {
      return { error: protocolError("name_looks_like", name, double.name) };
    }
    return { value: name };
  }

  /** The room of that name, made if need be. */
  room(rawName: string): Result<Room> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("room_invalid", fault) };
    return { value: this.#rooms.get(nameKey(name)) ?? this.#makeRoom(name, false) };
  }

  /** Lets somebody in whose name is free, and tells the others in the room. */
  register(init: MemberInit, room: Room, subscriber: Subscriber): Member {
    const member = this.reserve(init, room, true);
    this.attach(member, subscriber);
    return member;
  }

  /**
   * Lets somebody in who is not connected (yet).
   *
   * @param isTold whether the others in the room are told.
   */
  reserve(init: MemberInit, room: Room, isTold: boolean): Member {
    const member = new Member(init);
    this.#members.set(member.key, member);
    this.#looks.set(nameSkeleton(member.name), member);
    this.#enter(member, room, isTold);
    return member;
  }

  /** From here on the member is told everything by this subscriber. */
  attach(member: Member, subscriber: Subscriber): void {
    member.subscriber = subscriber;
    this.fanout.subscribe(subscriber, member.room.audience);
  }

  /** The member's connection is gone; they are still here. */
  detach(member: Member): void {
    const { subscriber } = member;
    if (subscriber === undefined) return;
    this.fanout.unsubscribe(subscriber);
    member.subscriber = undefined;
    member.lastWhisperBeforeBreak = member.lastWhisper;
    this.onDetached(member, subscriber);
  }

  /** Lets somebody go, and tells the others in the room. */
  unregister(member: Member, reason?: string): void {
    if (this.#members.get(member.key) !== member) return;
    this.#members.delete(member.key);
    this.#looks.delete(nameSkeleton(member.name));
    this.#ignorers.forget(member);
    member.lastWhisperFrom = undefined; // or those who left would keep each other in memory
    this.#exit(member, reason === undefined ? undefined : { reason });
    this.detach(member);
  }

  /**
   * Says something to the room. O(1) in the number of members.
   *
   * @param id that the sender gave it.
   * @returns the message's number.
   */
  say(member: Member, text: string, action: boolean, id: string | undefined): number {
    const { room, name: from } = member;
    const time = this.clock.now();
    const seq = ++room.seq;
    const message = action
      ? { type: "message" as const, seq, room: room.name, from, text, time, action }
      : { type: "message" as const, seq, room: room.name, from, text, time };
    this.fanout.broadcast(room.audience, message, member.subscriber, this.#ignorers.of(member));
    this.store.history.append(room.key, { message, by: member.session, id });
    return seq;
  }

  /** Says something to one person, in whatever room they are. */
  whisper(member: Member, to: string, text: string, id: string | undefined): Result<Member> {
    const { value: receiver, error } = this.require(to);
    if (error !== undefined) return { error };
    if (receiver.ignores(member.key)) {
      return { error: protocolError("ignored", receiver.name) };
    }
    // Unlike a room's messages a whisper is not in the history: it must not be skipped silently, nor
    // take the place of one that waits for a broken connection.
    const { subscriber, lastWhisper, lastWhisperBeforeBreak } = receiver;
    const isNotReading = subscriber === undefined
      ? lastWhisper - lastWhisperBeforeBreak >= WHISPERS_KEPT
      : subscriber.outbox.isSkipping;
    if (isNotReading) {
      return { error: protocolError("not_reading", receiver.name) };
    }
    receiver.lastWhisperFrom = member;
    const number = ++receiver.lastWhisper;
    const frame = {
      type: "whisper" as const,
      from: member.name,
      to: receiver.name,
      text,
      time: this.clock.now(),
      number,
    };
    // Kept for a receiver who may miss it, and for a sender who may not hear that it was taken.
    if (receiver.session > 0 || (member.session > 0 && id !== undefined)) {
      this.store.sessions.addWhisper(receiver.session, { frame, number, by: member.session, id });
    }
    this.tell(receiver, frame);
    return { value: receiver };
  }

  /** Tells something to one person, if they are connected. */
  tell(member: Member, frame: ServerFrame): void {
    if (member.subscriber !== undefined) {
      this.fanout.send(member.subscriber, frame, member.name);
    }
  }

  /** Tells something to those in a room who hear what the member says, wherever that is. */
  tellOthers(member: Member, frame: ServerFrame, room: Room): void {
    const ignorers = this.#ignorers.of(member, room);
    this.fanout.broadcast(room.audience, frame, member.subscriber, ignorers);
  }

  /** Tells something to everybody in the member's room, them too. */
  tellRoom(member: Member, frame: ServerFrame): void {
    this.fanout.broadcast(member.room.audience, frame);
  }

  /** Gives somebody a name that is free, and tells everybody in the room, them too. */
  rename(member: Member, name: string): void {
    const { name: from, key } = member;
    this.#members.delete(key);
    this.#looks.delete(nameSkeleton(from));
    member.rename(name);
    this.#ignorers.follow(key, member.key);
    this.#members.set(member.key, member);
    this.#looks.set(nameSkeleton(name), member);
    const { room } = member;
    const time = this.clock.now();
    this.tellRoom(member, { type: "renamed", room: room.name, from, to: name, time });
  }

  /** Takes somebody to another room, and tells the others in both, and them. */
  move(member: Member, room: Room): void {
    const { subscriber } = member;
    this.#exit(member, { to: room.name });
    if (subscriber !== undefined) this.fanout.unsubscribe(subscriber);
    this.#enter(member, room, true);
    this.tell(member, {
      type: "joined",
      room: room.name,
      name: member.name,
      time: this.clock.now(),
      seq: room.seq,
      ...(room.topic === undefined ? undefined : { topic: room.topic }),
    });
    if (subscriber !== undefined) this.fanout.subscribe(subscriber, room.audience);
  }

  /** Sets what the member's room is about, and tells everybody in it. */
  setTopic(member: Member, text: string): void {
    const { room } = member;
    const time = this.clock.now();
    room.topic = text === "" ? undefined : text;
    const topic = text === "" ? undefined : { text, by: member.name, time };
    this.store.topics.save(room.key, topic);
    this.tellRoom(member, { type: "topic", room: room.name, text, by: member.name, time });
  }

  /**
   * From here on the member hears nothing of somebody, also under the names that they take later.
   *
   * @param name that they have, or had when the member said so.
   * @param currentName that they have since taken.
   */
  ignore(member: Member, name: string, currentName = name): void {
    this.#ignorers.add(member, nameKey(name), nameKey(currentName));
  }

  /** @returns whether the name was ignored. */
  unignore(member: Member, name: string): boolean {
    return this.#ignorers.remove(member, nameKey(name));
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

  /** Lets a room vanish, if nobody is in it, may come back to it, or has listed it. */
  release(room: Room): void {
    if (room.members.size > 0 || room.resumable > 0 || room.isPermanent) return;
    this.#rooms.delete(room.key);
    // A store that keeps accounts survives the server, and the room's history the room.
    if (this.store.accounts !== undefined) return;
    this.store.history.forget(room.key);
    this.store.topics.save(room.key, undefined);
  }

  #makeRoom(rawName: string, isPermanent: boolean): Room {
    const key = nameKey(rawName);
    const existing = this.#rooms.get(key);
    if (existing !== undefined) return existing;
    const room = new Room(checkName(rawName).name ?? rawName, key, isPermanent);
    room.seq = this.store.history.lastSeq(key);
    room.topic = this.store.topics.find(key)?.text;
    this.#rooms.set(key, room);
    return room;
  }

  #enter(member: Member, room: Room, isTold: boolean): void {
    const time = this.clock.now();
    if (!room.tellsByName) room.countJoined();
    else if (isTold) {
      this.fanout.broadcast(room.audience, {
        type: "joined",
        room: room.name,
        name: member.name,
        time,
      });
    }
    member.room = room;
    member.roomSince = room.seq;
    room.members.add(member);
  }

  #exit(member: Member, why?: { readonly reason: string } | { readonly to: string }): void {
    const { room } = member;
    const isToldByName = room.tellsByName;
    room.members.delete(member);
    if (!isToldByName) room.countLeft();
    else if (room.members.size > 0) {
      this.fanout.broadcast(room.audience, {
        type: "left",
        room: room.name,
        name: member.name,
        time: this.clock.now(),
        ...why,
      }, member.subscriber);
    }
    this.release(room);
  }
}

/** A name that somebody typed, fit to be shown to them again. */
export function shownName(name: string): string {
  return shorten(cleanLine(name), MAX_NAME_LENGTH);
}
