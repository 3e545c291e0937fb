import {
  DEFAULT_ROOM,
  type MessageFrame,
  type MessageKind,
  nameKey,
  protocolError,
  type ServerFrame,
  type StoredFile,
} from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import type { Subscriber } from "../fanout/audience.ts";
import { Ignorers } from "./ignorers.ts";
import { Member, type MemberInit, type Rights } from "./member.ts";
import { Members, NameGuard } from "./members.ts";
import type { Membership } from "./membership.ts";
import type { Result } from "../result.ts";
import type { Room } from "./room.ts";
import { type ChatFanout, type LeaveReason, RoomChanges } from "./room_changes.ts";
import { type RoomLimits, Rooms } from "./rooms.ts";
import { SharedRooms } from "./shared_rooms.ts";
import type { Store, StoredMessage, WhisperFrame } from "../storage/store.ts";

/** Maximum number of frames that other clients cause during the replay of a member. */
const MAX_HELD_FRAMES = 64;

/** The members and rooms of the chat, and which member receives which frame. It calls the store, which
 * reads at once and writes with the next commit, and does no other I/O. */
export class Hub {
  readonly members: Members;
  readonly rooms: Rooms;
  readonly #ignorers = new Ignorers();
  readonly #changes: RoomChanges;
  /** Called when a member has lost its connection. */
  onDetached: (member: Member, subscriber: Subscriber) => void = () => {};
  /** Called with each message of a room, except those that have arrived by a webhook. */
  onMessage: (room: Room, message: MessageFrame) => void = () => {};

  constructor(
    private readonly fanout: ChatFanout,
    private readonly clock: Clock,
    private readonly store: Store,
    permanentRooms: readonly string[] = [],
    limits?: RoomLimits,
  ) {
    this.members = new Members(new NameGuard(store, clock));
    this.rooms = new Rooms(store, permanentOf(permanentRooms), clock, limits);
    this.#changes = new RoomChanges(fanout, clock, this.rooms, this.#ignorers);
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
    for (const membership of memberships) this.#changes.enter(member, membership, isAnnounced);
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
    this.#ignorers.forget(member);
    member.lastWhisperFrom = undefined; // otherwise members who left keep each other in memory
    const { memberships } = member;
    const shared = why.by === undefined ? SharedRooms.of(memberships.size) : undefined;
    for (const room of memberships.rooms()) {
      this.#changes.exit(member, room, why, shared);
    }
    // After the announcements, which need its state.
    this.members.remove(member);
    this.detach(member);
  }

  /**
   * Sends a message to one of the member's rooms. O(1) in the number of members.
   *
   * @param id from the sender's frame.
   * @returns the message as the others receive it.
   */
  sendMessage(
    member: Member,
    room: Room,
    text: string,
    kind: MessageKind | undefined,
    id: string | undefined,
  ): MessageFrame {
    const { name: from } = member;
    const time = this.clock.now();
    const seq = ++room.seq;
    const message: MessageFrame = kind === undefined
      ? { type: "message" as const, seq, room: room.name, from, text, time }
      : { type: "message" as const, seq, room: room.name, from, text, time, ...kind };
    this.#deliver(member, room, { message, by: member.session, id }, member.subscriber);
    return message;
  }

  /**
   * Sends a message with a stored file to one of the member's rooms. The member receives it like the
   * others, since no frame of its connection has asked for it.
   */
  sendFile(member: Member, room: Room, text: string, file: StoredFile): MessageFrame {
    const { name: from } = member;
    const time = this.clock.now();
    const seq = ++room.seq;
    const message = { type: "message", seq, room: room.name, from, text, time, file } as const;
    // Of no session: a resumed one gets it again like a message of another user.
    this.#deliver(member, room, { message, by: 0, id: undefined }, undefined);
    return message;
  }

  /** Sends a message to the members of a room, its history and webhooks. @param except its sender. */
  #deliver(
    member: Member,
    room: Room,
    stored: StoredMessage,
    except: Subscriber | undefined,
  ): void {
    const { message } = stored;
    this.fanout.broadcast(room.audience, message, except, this.#ignorers.of(member, room));
    this.store.history.append(room.key, stored);
    if (!member.isWebhook) this.onMessage(room, message);
  }

  /** Sends a message to one member, in any room. @returns the receiver, and the frame that it receives. */
  sendWhisper(
    member: Member,
    to: string,
    text: string,
    id: string | undefined,
    isNotice = false,
  ): Result<{ readonly receiver: Member; readonly frame: WhisperFrame }> {
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
      ...(isNotice ? { notice: true as const } : undefined),
    };
    // Stored for a receiver who may miss it, and for a sender who may miss the acknowledgement.
    if (receiver.session > 0 || (member.session > 0 && id !== undefined)) {
      const isOwed = subscriber === undefined;
      sessions.addWhisper(receiver.session, { frame, number, by: member.session, id }, isOwed);
    }
    if (receiver === member) this.#answer(receiver, frame);
    else if (subscriber !== undefined) this.notify(receiver, frame);
    return { value: { receiver, frame } };
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

  /**
   * Sends a frame about a member to all of its rooms; one about a listener only to the listener.
   *
   * @param isOfRoom whether the line of IRC for the frame is about its room only.
   */
  notifyAbout(
    member: Member,
    frameIn: (room: string) => ServerFrame,
    isOfRoom = false,
  ): void {
    const shared = isOfRoom ? undefined : SharedRooms.of(member.memberships.size);
    for (const { audience, name } of member.memberships.rooms()) {
      if (member.listens) this.#answer(member, frameIn(name));
      else {
        const informed = shared?.reachedBefore(audience);
        this.fanout.broadcast(audience, frameIn(name), undefined, informed);
      }
    }
  }

  /** Changes what a member may do, and announces that to all of its rooms. */
  setRights(member: Member, rights: Partial<Rights>): void {
    const before = { ...rightsOf(member), name: member.name };
    Object.assign(member, rights);
    this.#announceRights(member, before);
  }

  /** Announces a login, and what else has changed. */
  #announceRights(member: Member, before: Rights & { readonly name: string }): void {
    const { name, isAuthenticated, isOperator } = member;
    const change = { type: "account" as const, name, time: this.clock.now() };
    const isOtherAccount = isAuthenticated && name !== before.name;
    if (isAuthenticated !== before.isAuthenticated || isOtherAccount) {
      this.notifyAbout(member, (room) => ({ ...change, room, loggedIn: isAuthenticated }));
    }
    if (isOperator !== before.isOperator) {
      this.notifyAbout(member, (room) => ({ ...change, room, operator: isOperator }), true);
    }
    member.rightsChanged(before);
  }

  /** Sends a member a frame that answers its own request. */
  #answer({ subscriber, name }: Member, frame: ServerFrame): void {
    if (subscriber !== undefined) this.fanout.send(subscriber, frame, name);
  }

  /**
   * Renames a member to a free name, and announces that to all of its rooms, or only to the member if
   * the name stays the same.
   *
   * @param rights what the member may do under this name. By default they stay the same in another spelling
   * only.
   */
  rename(
    member: Member,
    name: string,
    rights = nameKey(name) === member.key ? rightsOf(member) : NO_RIGHTS,
  ): void {
    const { name: from, key, subscriber } = member;
    const before = { ...rightsOf(member), name: from };
    const operator = rights.isOperator ? { operator: true as const } : undefined;
    const change = {
      type: "renamed" as const,
      from,
      to: name,
      time: this.clock.now(),
      ...operator,
    };
    Object.assign(member, rights);
    if (name !== from) {
      this.members.rename(member, name);
      this.#ignorers.follow(key, member.key);
    }
    const isAnnounced = name !== from && !member.listens;
    const rooms = [...member.memberships.rooms()];
    const shared = SharedRooms.of(rooms.length);
    for (const { audience, name: room } of isAnnounced ? rooms : []) {
      const informed = shared?.reachedBefore(audience);
      this.fanout.broadcast(audience, { ...change, room }, subscriber, informed);
    }
    // Of its own, so that it is not skipped with those of a room.
    const inRoom = rooms[0] === undefined ? undefined : { room: rooms[0].name };
    this.#answer(member, { ...change, ...inRoom });
    this.#announceRights(member, before);
  }

  /** Adds a room to those of a member, and announces that to both. */
  join(member: Member, room: Room): void {
    this.#changes.join(member, room);
  }

  /** Takes a room from those of a member, who stays in the chat, and announces that to both. */
  leave(member: Member, room: Room): void {
    this.#changes.leave(member, room);
  }

  /** Moves a member from its only room to another one, and announces that to both rooms and to the
   * member. */
  move(member: Member, room: Room): void {
    this.#changes.move(member, room);
  }

  /** Deletes a room with its messages and its topic, and moves its members who are in no other room to
   * another one. All of them receive a notice. */
  deleteRoom(room: Room, into: Room, notice: string): void {
    this.#changes.empty(room, into, (member, isMoved) => {
      const text = isMoved ? `${notice}: you are in the ${into.name}.` : `${notice}.`;
      this.notify(member, { type: "notice", text });
    });
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
}

const NO_RIGHTS: Rights = { isAuthenticated: false, isOperator: false };

function rightsOf({ isAuthenticated, isOperator }: Member): Rights {
  return { isAuthenticated, isOperator };
}

function permanentOf(names: readonly string[]): string[] {
  return [DEFAULT_ROOM, ...names];
}
