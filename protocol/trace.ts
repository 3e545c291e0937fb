import { type ByteString, fromByteString } from "./byte_string.ts";
import {
  bytesText,
  describeBoundaries,
  type Framing,
  MessageBoundaries,
} from "./message_boundaries.ts";
import { timeText } from "./timestamps.ts";

const EXCERPT_CHARACTERS = 60;

/** Options of a traced connection. */
export interface TraceOptions {
  /** Whether reads and writes are printed. */
  readonly lines: boolean;
  /** Pause in milliseconds after each read and each write; 0 for none. */
  readonly delayMilliseconds: number;
  /** Maximum number of bytes of a write; 0 for no limit. */
  readonly segmentBytes: number;
}

/** Prints the reads and writes of a connection, one line each. */
export class Trace {
  readonly #read: MessageBoundaries;
  readonly #written: MessageBoundaries;

  /**
   * Starts at the beginning of both streams.
   *
   * @param connection its name, such as `ADDRESS:PORT` of the peer.
   * @param now the time in Unix milliseconds.
   * @param print receives the lines, without their ends.
   * @param framing default: detected by the first bytes.
   */
  constructor(
    private readonly connection: string,
    private readonly now: () => number,
    private readonly print: (line: string) => void,
    framing?: Framing,
  ) {
    this.#read = new MessageBoundaries(framing);
    this.#written = new MessageBoundaries(framing);
  }

  /** Prints a read. */
  read(bytes: ByteString): void {
    this.#line("read", bytes, this.#read);
  }

  /** Prints the end of the input. */
  ended(): void {
    this.#print("read the end");
  }

  /** Prints a write. */
  wrote(bytes: ByteString): void {
    this.#line("wrote", bytes, this.#written);
  }

  #line(what: string, bytes: ByteString, stream: MessageBoundaries): void {
    const boundaries = stream.push(bytes);
    const parts = boundaries === undefined ? "" : ` = ${describeBoundaries(boundaries)}`;
    const excerpt = visibleBytes(bytes, EXCERPT_CHARACTERS);
    this.#print(`${what} ${bytesText(bytes.length)}${parts}: ${excerpt}`);
  }

  #print(what: string): void {
    this.print(`${timeText(this.now())} ${this.connection} ${what}`);
  }
}

/** Maximum number of bytes of a shown character. */
const MAX_CHARACTER_BYTES = 4;

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  '"': '\\"',
  "\\": "\\\\",
};

/** Characters that a terminal executes or does not show. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}"\\]/gu;

/**
 * The start of some bytes as a quoted string with escapes: `"hi\n"`. Invalid UTF-8, such as half a
 * character, is shown as bytes: `"\xc3"`.
 *
 * @param characters maximum number of shown characters.
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

/** Decodes bytes; cut bytes without their incomplete last character. */
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
