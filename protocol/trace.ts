import { type ByteString, fromByteString } from "./byte_string.ts";
import {
  bytesText,
  describeBoundaries,
  type Framing,
  MessageBoundaries,
} from "./message_boundaries.ts";
import { timeText } from "./timestamps.ts";

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

/** Bytes that are looked at for one character to show. */
const MAX_CHARACTER_BYTES = 4;

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  '"': '\\"',
  "\\": "\\\\",
};

/** What a terminal would obey, or not show. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}"\\]/gu;

/**
 * The start of some bytes, in quotes and so that every one of them can be seen: `"hi\n"`. Text that
 * is not valid UTF-8, such as half a character, is shown as the bytes that it is: `"\xc3"`.
 *
 * @param characters most that are shown.
 */
export function visibleBytes(bytes: ByteString, characters: number): string {
  const head = bytes.slice(0, characters * MAX_CHARACTER_BYTES);
  const text = decoded(head, head.length < bytes.length);
  const all = text === undefined
    ? Array.from(head, (byte) => byte > "~" ? hexadecimal(byte) : seen(byte))
    : Array.from(text, seen);
  const isAll = head.length === bytes.length && all.length <= characters;
  return `"${all.slice(0, characters).join("")}"${isAll ? "" : "…"}`;
}

/** Text of bytes; where they were cut, without a last character that is not complete. */
function decoded(bytes: ByteString, wasCut: boolean): string | undefined {
  for (let less = 0; less < (wasCut ? MAX_CHARACTER_BYTES : 1); less++) {
    const text = fromByteString(bytes.slice(0, bytes.length - less));
    if (text !== undefined) return text;
  }
  return undefined;
}

function seen(character: string): string {
  return character.replace(
    UNSEEN,
    (unseen) => ESCAPES[unseen] ?? (unseen < "\x80" ? hexadecimal(unseen) : codePoint(unseen)),
  );
}

function hexadecimal(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
