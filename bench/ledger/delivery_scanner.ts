import type { Buffer } from "node:buffer";
import { detached } from "../../protocol/byte_string.ts";
import { type NoticeFilter, PLACE, type Place } from "./notice_filter.ts";
import { OPENING, type PayloadCodec } from "./payload_codec.ts";
import type { ScannedChunk, ScannedChunks } from "./scanned_chunks.ts";

/** Maximum length of an unfinished piece that is kept for the next chunk, in bytes. */
const MAX_REST = 4096;

/** Receives what a {@link DeliveryScanner} finds. */
export interface DeliverySink {
  /**
   * Whole messages of one sender, with consecutive sequence numbers.
   *
   * @param receiver index of the connection that got them.
   * @param sender index of the sender, as read from the payload; the sink validates it.
   * @param first sequence number of the first one, as read from the payload; the sink validates it.
   * @param count number of messages, at least 1.
   */
  deliver(receiver: number, sender: number, first: number, count: number): void;
  /**
   * A message of this run that was changed or cut short.
   *
   * @param sender as read from the payload, and so possibly wrong.
   * @param sequence as read from the payload, and so possibly wrong.
   */
  corrupt(receiver: number, sender: number, sequence: number): void;
}

/**
 * Finds the payloads of a run in the stream of one connection.
 *
 * 1. The text around a payload (a time, a name, JSON) does not matter, so every profile shares it.
 * 2. Text of other runs is ignored. A payload that was changed or cut short is reported.
 * 3. No byte is searched twice, however the stream is cut into chunks; at most one payload is kept.
 * 4. A delivery makes no object and no string: this loop bounds how fast a server can be measured.
 *    Between two payloads there is one native search for a character.
 * 5. Text between payloads is read if its length or its shape is unusual; see {@link NoticeFilter}. A line that is
 *    cut by the end of a chunk is kept, up to a bound, and read with the rest of it.
 */
export class DeliveryScanner {
  /** The start of a payload whose rest has not arrived. */
  #head = "";
  /** The text behind the last payload, which may be unfinished. */
  #rest = "";
  /** What the current chunk contains. */
  #scanned!: ScannedChunk;

  /**
   * @param chunks shared with the scanners of all receivers that may get the same messages.
   * @param notices default: the text between payloads is ignored.
   */
  constructor(
    private readonly codec: PayloadCodec,
    private readonly receiver: number,
    private readonly sink: DeliverySink,
    private readonly chunks: ScannedChunks,
    private readonly notices?: NoticeFilter,
  ) {}

  /** Reads the next bytes of the stream. They are not kept. */
  push(bytes: Buffer): void {
    const known = this.chunks.find(this.#head, this.#rest, bytes);
    if (known !== undefined) {
      this.#deliver(known);
      this.#head = known.nextHead;
      this.#rest = known.nextRest;
      return;
    }
    const scanned = this.chunks.begin(this.#head, this.#rest, bytes);
    this.#scanned = scanned;
    const chunk = bytes.toString("latin1");
    if (this.#head === "") this.#scan(chunk, 0, 0);
    else this.#finishHead(chunk);
    this.#deliver(scanned);
    scanned.nextHead = this.#head;
    scanned.nextRest = this.#rest;
  }

  #deliver({ count, senders, firsts, lengths }: ScannedChunk): void {
    const { receiver, sink } = this;
    for (let run = 0; run < count; run++) {
      sink.deliver(receiver, senders[run]!, firsts[run]!, lengths[run]!);
    }
  }

  /** Delivers what was found so far in a chunk that every receiver must read itself. */
  #flush(): void {
    this.#scanned.isPlain = false;
    this.#deliver(this.#scanned);
    this.#scanned.count = 0;
  }

  #finishHead(chunk: string): void {
    const missing = this.codec.payloadBytes - this.#head.length;
    const whole = this.#head + chunk.slice(0, missing);
    if (whole.length < this.codec.payloadBytes) {
      this.#head = whole;
      return;
    }
    this.#head = "";
    if (this.codec.standsAt(whole, 0) && this.#report(whole, 0)) {
      this.#scan(chunk, missing, missing);
    } else {
      // It only looked like a payload. Another one may start inside it.
      this.#scan(whole + chunk.slice(missing), OPENING.length, 0);
    }
  }

  /** @param from end of the last payload, or 0. */
  #scan(chunk: string, start: number, from: number): void {
    const { codec, notices } = this;
    const size = codec.payloadBytes;
    let end = from;
    let position = chunk.indexOf(OPENING, start);
    while (position >= 0) {
      if (position + size > chunk.length) {
        if (codec.mayStartAt(chunk, position)) {
          this.#head = detached(chunk.slice(position));
          this.#readPiece(chunk, end, position);
          return;
        }
        position = chunk.indexOf(OPENING, position + 1);
      } else if (codec.standsAt(chunk, position) && this.#report(chunk, position)) {
        if (notices !== undefined) {
          if (end === 0) this.#readPiece(chunk, end, position);
          else if (!notices.isEmpty(chunk, end, position, PLACE.middle)) {
            this.#read(notices, chunk.slice(end, position), PLACE.middle);
          }
        }
        end = position + size;
        position = chunk.indexOf(OPENING, end);
      } else {
        position = chunk.indexOf(OPENING, position + 1);
      }
    }
    this.#readEnd(chunk, end);
  }

  /** Reads a piece before a payload, which may have begun in an earlier chunk. */
  #readPiece(chunk: string, start: number, end: number): void {
    const { notices } = this;
    if (notices === undefined) return;
    const place = start === 0 && this.#rest === "" ? PLACE.first : PLACE.middle;
    const piece = this.#rest + chunk.slice(start, end);
    if (!notices.isEmpty(piece, 0, piece.length, place)) this.#read(notices, piece, place);
    this.#rest = "";
  }

  /** Reads the piece behind the last payload of a chunk. */
  #readEnd(chunk: string, start: number): void {
    const { notices } = this;
    if (notices === undefined) return;
    const isWhole = chunk.endsWith("\n") || chunk.endsWith("}");
    if (isWhole && this.#rest === "") {
      if (notices.isEmpty(chunk, start, chunk.length, PLACE.last)) return;
      this.#read(notices, chunk.slice(start), PLACE.last);
      return;
    }
    const piece = (this.#rest + chunk.slice(start)).slice(-MAX_REST);
    const hasNotice = notices.readStart(this.receiver, piece);
    if (hasNotice) this.#scanned.isPlain = false;
    if (isWhole) this.#rest = "";
    // A notice must not be read again; a line that has begun behind it may be another.
    else if (hasNotice) this.#rest = piece.includes("\n") ? detached(lastLine(piece)) : "";
    else this.#rest = detached(piece);
  }

  /** Reads a whole piece between payloads. */
  #read(notices: NoticeFilter, text: string, place: Place): void {
    if (notices.read(this.receiver, text, place)) this.#scanned.isPlain = false;
  }

  /** Records a payload of this run. Returns whether it is whole. */
  #report(stream: string, position: number): boolean {
    const { codec, receiver, sink } = this;
    const sender = codec.senderAt(stream, position);
    const sequence = codec.sequenceAt(stream, position);
    const isWhole = codec.isWhole(stream, position, sender, sequence);
    if (!isWhole) {
      this.#flush();
      sink.corrupt(receiver, sender, sequence);
    } else if (!this.#scanned.add(sender, sequence)) {
      this.#flush();
      this.#scanned.add(sender, sequence);
    }
    return isWhole;
  }
}

/** The text behind the last line end. */
function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}
