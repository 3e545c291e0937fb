import type { ByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import { type Segment, segmentLine } from "./segment.ts";
import type { StoredMessage } from "./store.ts";

/** Lines collected before they become a segment without waiting for the end of the turn, in bytes.
 * To read one message of a segment is to decode it all. */
const MAX_OPEN_BYTES = 256 * 1024;

/** Neighbours are joined up to this size, in bytes: in a quiet room a turn has one message, and a
 * segment costs about 300 bytes beyond its lines. */
const MAX_JOINED_BYTES = 8192;

/**
 * The segments of one room in memory: the whole history of the memory store, and what is not yet
 * written of the SQLite store.
 *
 * To append is to concatenate strings, and the bytes are made once a turn by {@link seal}. No piece
 * of a string is kept after that, since it could hold on to the network chunk that it was cut from.
 */
export class RoomSegments {
  /** Oldest first. Read it only after {@link seal}. */
  segments: Segment[] = [];
  /** Number of the last message. */
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

  /** Makes a segment of what was collected. */
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

  /** Drops the oldest segment, and returns it. */
  dropFirst(): Segment | undefined {
    const dropped = this.segments.shift();
    if (dropped === undefined) return undefined;
    this.messages -= dropped.lastSeq - dropped.firstSeq + 1;
    this.bytes -= dropped.body.length;
    return dropped;
  }

  /** The segments that have messages above a number, oldest first. */
  *oldestFirst(after: number): Iterable<Segment> {
    for (const segment of this.segments) if (segment.lastSeq > after) yield segment;
  }

  /** The segments that have messages below a number, newest first. */
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
