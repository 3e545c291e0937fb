import { nameKey, type Resume, type ServerFrame } from "../../protocol/mod.ts";
import { joinedRoom, leftRoom } from "./room_changes.ts";
import type { Member, MessagePlace } from "./member.ts";
import type { Room } from "./room.ts";
import type { Store, WhisperFrame } from "../storage/store.ts";

/** Maximum number of replayed messages; the oldest of more are reported as skipped. */
const MAX_REPLAYED = 5000;

/** Maximum characters of the stored ids of own messages; the oldest are dropped. A client that sends 20
 * messages per second never has that many without an acknowledgement. */
const MAX_ID_CHARACTERS = 65_536;

/** Messages of one page, and bytes sent of it: together well under a millisecond of work. */
export const PAGE_MESSAGES = 64;
export const PAGE_BYTES = 64 * 1024;

/**
 * Sends the messages and whispers that a resumed session has missed: room by room, each in order, and
 * page by page.
 *
 * During the replay the member is not attached to the fan-out. New messages are in the store, and so in
 * one of the next pages; the last page ends with the last message of every room. The caller attaches the
 * member in the same step in which {@link next} returns false, so that nothing is lost or doubled.
 *
 * It sends what the fan-out would have sent meanwhile, too: the frames that other clients cause, and
 * another topic. If the member was moved since its room was deleted, it continues in the other room.
 *
 * It also collects the ids of the member's own messages before the connection broke, so that they are
 * not accepted twice. They are acknowledged in order with the missed messages: if this connection
 * breaks, too, the next one resumes after them and does not search for them.
 */
export class Replay {
  #rooms: RoomPlace[];
  #whisper: number;
  /** The rooms of `resume` that the member has left since, to search for its own messages: up to `end` if it
   * has entered the room again there. */
  readonly #leftRooms: { readonly key: string; position: number; readonly end: number }[];
  /** Number of messages that were read in them. */
  #looked = 0;
  readonly #acknowledgedIds = new Map<string, MessagePlace>();
  #idCharacters = 0;

  constructor(
    private readonly store: Store,
    private readonly member: Member,
    resume: Resume,
    private readonly now: () => number,
  ) {
    const places = placesOf(resume);
    const memberships = [...member.memberships];
    this.#rooms = memberships.map(({ room, since }) =>
      // A client that does not know whether it is in a room gives 0.
      new RoomPlace(room, Math.max(places.get(room.key) ?? since, since))
    );
    this.#whisper = resume.whisper ?? member.lastWhisper;
    const ends = new Map(memberships.map(({ room, since }) => [room.key, since]));
    this.#leftRooms = [...places]
      .map(([key, position]) => ({ key, position, end: ends.get(key) ?? Infinity }))
      .filter(({ position, end }) => position < end);
    member.acknowledgedIds = this.#acknowledgedIds;
  }

  /**
   * Sends the next page.
   *
   * @param send sends a frame; returns its size in bytes.
   * @returns whether another page follows.
   * @throws {StorageError} when the history cannot be read; {@link end} then ends the replay.
   */
  next(send: (frame: ServerFrame) => number): boolean {
    this.#sendHeld(send);
    if (this.#leftRooms.length > 0) return this.#searchLeftRoom();
    const whispers = this.#missedWhispers();
    let [bytes, messages] = [0, 0];
    for (const place of this.#rooms) {
      if (place.isAtEnd) continue;
      const limit = PAGE_MESSAGES - messages;
      const page = this.store.history.read(place.room.key, { after: place.position, limit });
      for (const { message, by, id } of page) {
        if (bytes >= PAGE_BYTES) return true;
        place.reportGap(message.seq, send);
        while (whispers.length > 0 && whispers[0]!.time < message.time) {
          bytes += this.#sendWhisper(whispers.shift()!, send);
        }
        if (by === this.member.session) {
          if (id !== undefined) {
            const sent = { room: place.room.name, seq: message.seq };
            this.#rememberId(id, sent);
            send({ type: "ack", id, ...sent });
          }
        } else if (!this.member.ignores(nameKey(message.from))) bytes += send(message);
        place.reach(message.seq);
      }
      messages += page.length;
      if (messages === PAGE_MESSAGES) return true;
      place.reportRest(send);
    }
    for (const whisper of whispers) {
      if (bytes >= PAGE_BYTES) return true;
      bytes += this.#sendWhisper(whisper, send);
    }
    this.#sendTopics(send);
    return false;
  }

  /** Ends the replay: reports the rest of the messages as skipped. */
  end(send: (frame: ServerFrame) => number): void {
    this.#sendHeld(send);
    for (const place of this.#rooms) place.reportRest(send);
    this.#sendTopics(send);
  }

  /** Sends the frames that other clients have caused since the last page. */
  #sendHeld(send: (frame: ServerFrame) => number): void {
    const { member } = this;
    const left = this.#rooms.filter(({ room }) => !member.isIn(room));
    for (const place of left) place.reportRest(send);
    for (const frame of member.heldFrames?.splice(0) ?? []) send(frame);
    for (const { room } of left) send(leftRoom(member, room, this.now()));
    this.#rooms = this.#rooms.filter(({ room }) => member.isIn(room));
    for (const membership of member.memberships) {
      const { room, since } = membership;
      if (this.#rooms.some((place) => place.room === room)) continue;
      send(joinedRoom(member, membership, this.now()));
      this.#rooms.push(new RoomPlace(room, since));
    }
  }

  #sendTopics(send: (frame: ServerFrame) => number): void {
    for (const place of this.#rooms) {
      const { name: room, key, topic } = place.room;
      if (topic === place.topic) continue;
      place.topic = topic;
      send({ type: "topic", room, text: "", ...this.store.topics.find(key) });
    }
  }

  /** Searches a room that the member has left for its own messages. @returns true: pages follow. */
  #searchLeftRoom(): true {
    const left = this.#leftRooms[0]!;
    const oldest = Math.min(this.store.history.lastSeq(left.key), left.end) - MAX_REPLAYED;
    const query = { after: Math.max(left.position, oldest), limit: PAGE_MESSAGES };
    const page = this.store.history.read(left.key, query);
    for (const { message, by, id } of page) {
      if (message.seq > left.end) break;
      if (by === this.member.session && id !== undefined) this.#rememberId(id, {});
      left.position = message.seq;
    }
    this.#looked += page.length;
    const isAtEnd = page.length < PAGE_MESSAGES || page.at(-1)!.message.seq >= left.end;
    if (this.#looked >= MAX_REPLAYED) this.#leftRooms.length = 0;
    else if (isAtEnd) this.#leftRooms.shift();
    return true;
  }

  #rememberId(id: string, place: MessagePlace): void {
    const ids = this.#acknowledgedIds;
    if (!ids.has(id)) this.#idCharacters += id.length;
    ids.set(id, place);
    for (const oldest of ids.keys()) {
      if (this.#idCharacters <= MAX_ID_CHARACTERS) break;
      ids.delete(oldest);
      this.#idCharacters -= oldest.length;
    }
  }

  #missedWhispers(): WhisperFrame[] {
    return this.store.sessions.whispersAfter(this.member.session, this.#whisper)
      .map(({ frame }) => frame);
  }

  #sendWhisper(whisper: WhisperFrame, send: (frame: ServerFrame) => number): number {
    this.#whisper = whisper.number ?? this.#whisper;
    return send(whisper);
  }
}

/** How far the replay of one room is. */
class RoomPlace {
  /** The topic that the client has. */
  topic: string | undefined;
  /** Number of the last message that was read. */
  position: number;
  /** Number of the last message that was sent or reported as skipped. */
  #reported: number;

  /** @param reached number of the last message that the client has. */
  constructor(readonly room: Room, reached: number) {
    this.topic = room.topic;
    this.#reported = Math.min(reached, room.seq);
    this.position = Math.max(this.#reported, room.seq - MAX_REPLAYED);
  }

  get isAtEnd(): boolean {
    return this.#reported === this.room.seq;
  }

  reach(seq: number): void {
    this.position = seq;
    this.#reported = seq;
  }

  /** Reports the messages before a number that are no longer in the history. */
  reportGap(nextSeq: number, send: (frame: ServerFrame) => number): void {
    const from = this.#reported + 1;
    const to = nextSeq - 1;
    if (to < from) return;
    send({ type: "skipped", room: this.room.name, count: to - from + 1, from, to });
    this.reach(to);
  }

  reportRest(send: (frame: ServerFrame) => number): void {
    this.reportGap(this.room.seq + 1, send);
  }
}

/** The last message that the client has, by the key of its room. */
function placesOf({ rooms }: Resume): Map<string, number> {
  return new Map(Object.entries(rooms).map(([name, seq]) => [nameKey(name), seq]));
}
