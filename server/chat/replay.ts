import { nameKey, type Resume, type ServerFrame } from "../../protocol/mod.ts";
import { joinedRoom } from "./hub.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import type { Store, WhisperFrame } from "../storage/store.ts";

/** Maximum number of replayed messages; the oldest of more are reported as skipped. */
const MAX_REPLAYED = 5000;

/** Maximum characters of the stored ids of own messages; the oldest are dropped. A client that sends 20
 * messages per second never has that many without an acknowledgement. */
const MAX_ID_CHARACTERS = 65_536;

/** Messages of one page, and bytes sent of it: together well under a millisecond of work. */
const PAGE_MESSAGES = 64;
const PAGE_BYTES = 64 * 1024;

/**
 * Sends the messages and whispers that a resumed session has missed, in order and page by page.
 *
 * During the replay the member is not attached to the fan-out. New messages are in the store, and so in
 * one of the next pages; the last page ends with the room's last message. The caller attaches the
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
  #room: Room;
  /** The topic that the client has. */
  #topic: string | undefined;
  /** Number of the last message that was sent or reported as skipped. */
  #reported: number;
  /** Number of the last message that was read. */
  #position: number;
  #whisper: number;
  /** The search for own messages in the room of `resume`, if the member has left it. */
  #leftRoom: { readonly key: string; position: number; looked: number } | undefined;
  readonly #acknowledgedIds = new Map<string, number | undefined>();
  #idCharacters = 0;

  constructor(
    private readonly store: Store,
    private readonly member: Member,
    resume: Resume,
    private readonly now: () => number,
  ) {
    const { room } = member;
    const roomKey = resume.room === undefined ? room.key : nameKey(resume.room);
    const isSameRoom = roomKey === room.key;
    this.#room = room;
    this.#topic = room.topic;
    this.#reported = Math.min(isSameRoom ? resume.seq : member.roomSince, room.seq);
    this.#position = Math.max(this.#reported, room.seq - MAX_REPLAYED);
    this.#whisper = resume.whisper ?? member.lastWhisper;
    // Sent before the client received the change of its room; numbers of that room do not count.
    if (!isSameRoom) this.#leftRoom = { key: roomKey, position: resume.seq, looked: 0 };
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
    if (this.#leftRoom !== undefined) return this.#searchLeftRoom(this.#leftRoom);
    const { history } = this.store;
    const query = { after: this.#position, limit: PAGE_MESSAGES };
    const page = history.read(this.#room.key, query);
    const whispers = this.#missedWhispers();
    let bytes = 0;
    for (const { message, by, id } of page) {
      if (bytes >= PAGE_BYTES) return true;
      this.#reportGap(message.seq, send);
      while (whispers.length > 0 && whispers[0]!.time < message.time) {
        bytes += this.#sendWhisper(whispers.shift()!, send);
      }
      if (by === this.member.session) {
        if (id !== undefined) {
          this.#rememberId(id, message.seq);
          send({ type: "ack", id, seq: message.seq });
        }
      } else if (!this.member.ignores(nameKey(message.from))) bytes += send(message);
      this.#position = message.seq;
      this.#reported = message.seq;
    }
    if (page.length === PAGE_MESSAGES) return true;
    this.#reportGap(this.#room.seq + 1, send);
    for (const whisper of whispers) {
      if (bytes >= PAGE_BYTES) return true;
      bytes += this.#sendWhisper(whisper, send);
    }
    this.#sendTopic(send);
    return false;
  }

  /** Ends the replay: reports the rest of the messages as skipped. */
  end(send: (frame: ServerFrame) => number): void {
    this.#sendHeld(send);
    this.#reportGap(this.#room.seq + 1, send);
    this.#sendTopic(send);
  }

  /** Sends the frames that other clients have caused since the last page. */
  #sendHeld(send: (frame: ServerFrame) => number): void {
    const { member } = this;
    const hasMoved = member.room !== this.#room;
    if (hasMoved) this.#reportGap(this.#room.seq + 1, send);
    for (const frame of member.heldFrames?.splice(0) ?? []) send(frame);
    if (!hasMoved) return;
    const { room, roomSince } = member;
    send(joinedRoom(member, this.now()));
    this.#room = room;
    this.#topic = room.topic;
    this.#reported = roomSince;
    this.#position = Math.max(roomSince, room.seq - MAX_REPLAYED);
  }

  #sendTopic(send: (frame: ServerFrame) => number): void {
    const { name: room, key, topic } = this.#room;
    if (topic === this.#topic) return;
    this.#topic = topic;
    send({ type: "topic", room, text: "", ...this.store.topics.find(key) });
  }

  /** Searches a room that the member has left for its own messages. @returns true: pages follow. */
  #searchLeftRoom(left: { readonly key: string; position: number; looked: number }): true {
    const query = { after: left.position, limit: PAGE_MESSAGES };
    const page = this.store.history.read(left.key, query);
    for (const { message, by, id } of page) {
      if (by === this.member.session && id !== undefined) this.#rememberId(id, undefined);
      left.position = message.seq;
    }
    left.looked += page.length;
    if (page.length < PAGE_MESSAGES || left.looked >= MAX_REPLAYED) this.#leftRoom = undefined;
    return true;
  }

  #rememberId(id: string, seq: number | undefined): void {
    const ids = this.#acknowledgedIds;
    if (!ids.has(id)) this.#idCharacters += id.length;
    ids.set(id, seq);
    for (const oldest of ids.keys()) {
      if (this.#idCharacters <= MAX_ID_CHARACTERS) break;
      ids.delete(oldest);
      this.#idCharacters -= oldest.length;
    }
  }

  /** Reports the messages before a number that are no longer in the history. */
  #reportGap(nextSeq: number, send: (frame: ServerFrame) => number): void {
    const from = this.#reported + 1;
    const to = nextSeq - 1;
    if (to < from) return;
    send({ type: "skipped", room: this.#room.name, count: to - from + 1, from, to });
    this.#reported = to;
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
