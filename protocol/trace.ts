import type { ByteString } from "./byte_string.ts";
import {
  bytesText,
  describeBoundaries,
  type Framing,
  MessageBoundaries,
} from "./message_boundaries.ts";
import { visibleBytes } from "./visible_bytes.ts";

/** Longest excerpt of a read or write, in characters. */
const EXCERPT_CHARACTERS = 60;

/** What a trace does to a connection, beside telling of it. */
export interface TraceOptions {
  /** Whether reads and writes are told. */
  readonly lines: boolean;
  /** Pause in milliseconds after each read and each write; 0 for none. */
  readonly delayMilliseconds: number;
  /** Most bytes of a write; 0 for as many as there are. */
  readonly segmentBytes: number;
}

/** Tells of one connection's reads and writes, each as a line. */
export class Trace {
  readonly #read: MessageBoundaries;
  readonly #written: MessageBoundaries;

  /**
   * Begins with nothing read and nothing written.
   *
   * @param connection what it is called, such as the other side's `ADDRESS:PORT`.
   * @param now the time in Unix milliseconds.
   * @param tell gets the lines, without their ends.
   * @param framing how messages are told apart, if that is known beforehand.
   */
  constructor(
    private readonly connection: string,
    private readonly now: () => number,
    private readonly tell: (line: string) => void,
    framing?: Framing,
  ) {
    this.#read = new MessageBoundaries(framing);
    this.#written = new MessageBoundaries(framing);
  }

  /** Tells what was read. */
  read(bytes: ByteString): void {
    this.#line("read", bytes, this.#read);
  }

  /** The other side has closed, and so nothing more is to be read. */
  ended(): void {
    this.#tell("read the end");
  }

  /** Tells what was written. */
  wrote(bytes: ByteString): void {
    this.#line("wrote", bytes, this.#written);
  }

  #line(what: string, bytes: ByteString, stream: MessageBoundaries): void {
    const boundaries = stream.push(bytes);
    const fell = boundaries === undefined ? "" : ` = ${describeBoundaries(boundaries)}`;
    const excerpt = visibleBytes(bytes, EXCERPT_CHARACTERS);
    this.#tell(`${what} ${bytesText(bytes.length)}${fell}: ${excerpt}`);
  }

  #tell(what: string): void {
    this.tell(`${timeText(this.now())} ${this.connection} ${what}`);
  }
}

/** `12:34:56.789`, in local time as everywhere in the chat. */
function timeText(time: number): string {
  const date = new Date(time);
  const pad = (number: number, digits = 2) => String(number).padStart(digits, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${
    pad(date.getMilliseconds(), 3)
  }`;
}
