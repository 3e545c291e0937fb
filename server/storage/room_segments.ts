import type { ByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import { type Segment, segmentLine } from "./segment.ts";
import type { StoredMessage } from "./store.ts";

/** Bytes of collected lines that become a segment before the end of the turn: to read one message of
 * a segment decodes all of it. */
const MAX_OPEN_BYTES = 256 * 1024;

/** Maximum size in bytes of neighbours that are joined: in a quiet room a turn has one message, and a
 * segment takes about 300 bytes beside its lines. */
const MAX_JOINED_BYTES = 8192;

/**
 * The segments of one room in memory: the whole history of the memory store, and the unwritten part
 * of the SQLite store.
 *
 * To append concatenates strings, and {@link seal} encodes them once per turn. No piece of a string
 * is kept after that, since it could keep the network chunk that it was cut from in memory.
 */
export class RoomSegments {
  /** Oldest first; complete after {@link seal}. */
  segments: Segment[] = [];
  lastSeq = 0;
  /** Messages and bytes in {@link segments}. */
  messages = 0;
  bytes = 0;

  #lines: ByteString = "";
  #firstSeq = 0;
  #firstTime = 0;
  #lastTime = 0;

  constructor(readonly key: string) {}

  /** @returns whether it is the first message since the last {@link seal}. */
  append(stored: StoredMessage): boolean {
    const { seq, time } = stored.message;
    if (
      this.#lines !== "" && (seq !== this.lastSeq + 1 || this.#lines.length > MAX_OPEN_BYTES)
    ) {
      this.seal();
    }
    const isFirst = this.#lines === "";
    if (isFirst) {
      this.#firstSeq = seq;
      this.#firstTime = time;
      this.#lastTime = time;
    } else if (time > this.#lastTime) {
      this.#lastTime = time;
    } else if (time < this.#firstTime) {
      this.#firstTime = time;
    }
    this.lastSeq = seq;
    this.#lines += segmentLine(stored);
    return isFirst;
  }

  /** Makes a segment of the collected lines. */
  seal(): void {
    if (this.#lines === "") return;
    const sealed: Segment = {
      firstSeq: this.#firstSeq,
      lastSeq: this.lastSeq,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      body: ownBytes(toBuffer(this.#lines)),
    };
    this.#lines = "";
    this.messages += sealed.lastSeq - sealed.firstSeq + 1;
    this.bytes += sealed.body.length;
    const neighbour = this.segments.at(-1);
    if (neighbour !== undefined && areJoinable(neighbour, sealed)) {
      this.segments[this.segments.length - 1] = joined(neighbour, sealed);
    } else {
      this.segments.push(sealed);
    }
  }

  dropFirst(): Segment | undefined {
    const dropped = this.segments.shift();
    if (dropped === undefined) return undefined;
    this.messages -= dropped.lastSeq - dropped.firstSeq + 1;
    this.bytes -= dropped.body.length;
    return dropped;
  }

  *oldestFirst(after: number): Iterable<Segment> {
    for (const segment of this.segments) if (segment.lastSeq > after) yield segment;
  }

  *newestFirst(before: number): Iterable<Segment> {
    for (let index = this.segments.length - 1; index >= 0; index--) {
      const segment = this.segments[index]!;
      if (segment.firstSeq < before) yield segment;
    }
  }
}

/** A small `Buffer` is a piece of a pool of 8 KB that it would keep alive. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength === bytes.byteLength ? bytes : new Uint8Array(bytes);
}

function areJoinable(left: Segment, right: Segment): boolean {
  return left.body.length + right.body.length <= MAX_JOINED_BYTES &&
    right.firstSeq === left.lastSeq + 1;
}

function joined(left: Segment, right: Segment): Segment {
  const body = new Uint8Array(left.body.length + right.body.length);
  body.set(left.body);
  body.set(right.body, left.body.length);
  return {
    firstSeq: left.firstSeq,
    lastSeq: right.lastSeq,
    firstTime: Math.min(left.firstTime, right.firstTime),
    lastTime: Math.max(left.lastTime, right.lastTime),
    body,
  };
}

/** Bounds of the messages that wait while the database cannot be written to. */
export interface PendingLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** 200,000 messages or 64 MiB. */
export const DEFAULT_PENDING_LIMITS: PendingLimits = { messages: 200_000, bytes: 64 * 1024 * 1024 };

/** Share that is kept past the bounds: since to find the oldest segments takes a search of all rooms,
 * one sixteenth is dropped at once. */
const RELIEF_SHARE = 15 / 16;

/** The messages that are not in the database yet, by room. */
export class PendingHistory implements Iterable<RoomSegments> {
  readonly #rooms = new Map<string, RoomSegments>();
  #dropped = 0;

  constructor(private readonly limits: PendingLimits) {}

  get rooms(): number {
    return this.#rooms.size;
  }

  /** Sealed bytes. */
  get bytes(): number {
    let bytes = 0;
    for (const room of this.#rooms.values()) bytes += room.bytes;
    return bytes;
  }

  /** Messages dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  [Symbol.iterator](): Iterator<RoomSegments> {
    return this.#rooms.values();
  }

  /** @returns whether it is the room's first unwritten message. */
  append(roomKey: string, stored: StoredMessage): boolean {
    let room = this.#rooms.get(roomKey);
    const isFirst = room === undefined;
    if (room === undefined) {
      room = new RoomSegments(roomKey);
      this.#rooms.set(roomKey, room);
    }
    room.append(stored);
    return isFirst;
  }

  find(roomKey: string): RoomSegments | undefined {
    return this.#rooms.get(roomKey);
  }

  forget(roomKey: string): void {
    this.#rooms.delete(roomKey);
  }

  clear(): void {
    this.#rooms.clear();
  }

  /** Makes segments of the messages of this turn. @returns the unwritten total. */
  seal(): { messages: number; bytes: number } {
    const total = { messages: 0, bytes: 0 };
    for (const room of this.#rooms.values()) {
      room.seal();
      total.messages += room.messages;
      total.bytes += room.bytes;
    }
    return total;
  }

  /**
   * Drops the oldest segments of all rooms, if the total is over the limits.
   *
   * @param total from {@link seal}.
   * @returns the number of messages left.
   */
  enforceLimits(total: { messages: number; bytes: number }): number {
    const { limits } = this;
    let { messages, bytes } = total;
    if (messages <= limits.messages && bytes <= limits.bytes) return messages;
    const oldest = [...this.#rooms.values()]
      .flatMap((room) => room.segments.map((segment) => ({ room, segment })))
      .sort((left, right) => left.segment.firstTime - right.segment.firstTime);
    for (const { room } of oldest) {
      if (messages <= limits.messages * RELIEF_SHARE && bytes <= limits.bytes * RELIEF_SHARE) break;
      const first = room.dropFirst();
      if (first === undefined) continue;
      const count = first.lastSeq - first.firstSeq + 1;
      this.#dropped += count;
      messages -= count;
      bytes -= first.body.length;
    }
    return messages;
  }
}
