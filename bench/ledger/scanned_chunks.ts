import { Buffer } from "node:buffer";
import { MAX_SENDERS, MIN_PAYLOAD_BYTES } from "./payload_codec.ts";

/** Number of chunks that are remembered: one receiver may read several before the next one does. */
const CHUNKS = 4;

/** Maximum length of a chunk that is remembered: that of the read buffer, in bytes. */
const MAX_CHUNK_BYTES = 65_536;

/** Maximum number of runs in a chunk: one per payload, and one that began in an earlier chunk. */
const MAX_RUNS = MAX_CHUNK_BYTES / MIN_PAYLOAD_BYTES + 1;

/**
 * What one chunk of a stream contained: runs of messages, each of one sender and with consecutive
 * sequence numbers.
 */
export class ScannedChunk {
  /** The start of a payload, and of a notice, that earlier chunks had left. */
  head = "";
  rest = "";
  /** What this chunk leaves of them. */
  nextHead = "";
  nextRest = "";
  /** Number of runs. */
  count = 0;
  readonly senders = new Int32Array(MAX_RUNS);
  readonly firsts = new Float64Array(MAX_RUNS);
  readonly lengths = new Int32Array(MAX_RUNS);
  /** False if the chunk contained anything but whole payloads, which each receiver must read. */
  isPlain = false;
  /** By sender: its last run. Entries of earlier chunks remain; `senders` shows which are valid. */
  readonly #runOf = new Int16Array(MAX_SENDERS);
  readonly #bytes = Buffer.alloc(MAX_CHUNK_BYTES);
  /** The part of `#bytes` in use. */
  #chunk = this.#bytes;

  /** @param isOrdered the order of messages of different senders matters. */
  constructor(private readonly isOrdered: boolean) {}

  /** Empties this for another chunk. */
  start(head: string, rest: string, chunk: Buffer): void {
    this.head = head;
    this.rest = rest;
    this.count = 0;
    this.isPlain = chunk.length <= MAX_CHUNK_BYTES;
    if (!this.isPlain) return;
    this.#chunk = this.#bytes.subarray(0, chunk.length);
    chunk.copy(this.#bytes);
  }

  /** Whether it was the same bytes behind the same beginnings. */
  equals(head: string, rest: string, chunk: Buffer): boolean {
    return this.isPlain && this.#chunk.length === chunk.length && this.head === head &&
      this.rest === rest && this.#chunk.equals(chunk);
  }

  /** Adds a message. Returns false if there is no space for another run. */
  add(sender: number, sequence: number): boolean {
    const { senders, firsts, lengths, count } = this;
    const run = this.isOrdered ? count - 1 : this.#runOf[sender]!;
    const isNext = run < count && senders[run] === sender &&
      firsts[run]! + lengths[run]! === sequence;
    if (isNext) lengths[run]!++;
    else if (count === MAX_RUNS) return false;
    else {
      senders[count] = sender;
      firsts[count] = sequence;
      lengths[count] = 1;
      this.#runOf[sender] = count;
      this.count++;
    }
    return true;
  }
}

/**
 * The chunks that were scanned last, of all connections of a thread.
 *
 * In a broadcast many receivers get the same bytes. Comparing a chunk with one that was scanned and
 * found correct is one native step that checks every byte of it, and what it contained is then
 * recorded once per sender.
 */
export class ScannedChunks {
  readonly #chunks: readonly ScannedChunk[];
  #last = 0;

  /** @param isOrdered the order of messages of different senders matters. */
  constructor(isOrdered = false) {
    this.#chunks = Array.from({ length: CHUNKS }, () => new ScannedChunk(isOrdered));
  }

  /** A chunk with the same bytes after the same beginnings; `undefined` if no such chunk is stored. */
  find(head: string, rest: string, chunk: Buffer): ScannedChunk | undefined {
    for (let age = 0; age < CHUNKS; age++) {
      const known = this.#chunks[(this.#last + CHUNKS - age) % CHUNKS]!;
      if (known.equals(head, rest, chunk)) return known;
    }
    return undefined;
  }

  /** Replaces the oldest chunk by a new one, which the caller fills in. */
  begin(head: string, rest: string, chunk: Buffer): ScannedChunk {
    this.#last = (this.#last + 1) % CHUNKS;
    const scanned = this.#chunks[this.#last]!;
    scanned.start(head, rest, chunk);
    return scanned;
  }
}
