import {
  type DecodedLine,
  fromBytes,
  fromByteString,
  LineDecoder,
  MAX_LINE_BYTES,
  TOO_LONG,
} from "../../protocol/mod.ts";
import { ChatError } from "../core/chat_error.ts";

/**
 * Reads an input line by line on demand. Lines end with LF or CR LF, the last one also with the input.
 *
 * @returns the text of each line, or the error for a line that cannot be sent.
 */
export async function* inputLines(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<string | ChatError, void> {
  const decoder = new LineDecoder(MAX_LINE_BYTES);
  let number = 0;
  const read = (line: Exclude<DecodedLine, undefined>) => textOf(line, ++number);
  for await (const chunk of input) {
    decoder.push(fromBytes(chunk));
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) yield read(line);
  }
  const rest = decoder.finish();
  if (rest !== undefined) yield read(rest);
}

/**
 * The text of an input line, or the error for a line that cannot be sent.
 *
 * @param number of the line, from 1.
 */
export function textOf(
  line: Exclude<DecodedLine, undefined>,
  number: number,
): string | ChatError {
  const refused = (code: "line_too_long" | "invalid_utf8", why: string) =>
    new ChatError({ code, text: `Not sent: line ${number}, since it is ${why}` });
  if (line === TOO_LONG) return refused("line_too_long", `over ${MAX_LINE_BYTES} bytes. Split it.`);
  return fromByteString(line) ??
    refused("invalid_utf8", "not valid UTF-8. Convert the input to UTF-8.");
}

/** The end of a {@link LineInput}. */
export const END = Symbol("end");

/**
 * The lines of a stream, which is read no faster than they are taken.
 *
 * After a read error the complete lines before it can be taken; an incomplete one is dropped.
 */
export class LineInput {
  /** Number of the last line that was taken, from 1. */
  number = 0;
  /** The read error that has ended the input. */
  failure: Error | undefined;
  readonly #decoder = new LineDecoder(MAX_LINE_BYTES);
  #hasEnded = false;

  /** @param available called when {@link next} may have more. */
  constructor(private readonly stream: InputStream, available: () => void) {
    stream.setEncoding("latin1");
    stream.on("data", (chunk) => {
      this.#decoder.push(chunk);
      available();
    });
    const end = (failure?: Error) => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      this.failure = failure;
      available();
    };
    stream.on("end", () => end());
    stream.on("error", end);
  }

  /** Takes the next line; `undefined` when more must be read first, which this starts. */
  next(): DecodedLine | typeof END {
    let line = this.#decoder.next();
    if (line === undefined && this.#hasEnded) {
      line = this.failure === undefined ? this.#decoder.finish() : undefined;
      if (line === undefined) return END;
    }
    if (line === undefined) this.stream.resume();
    else this.number++;
    return line;
  }

  pause(): void {
    this.stream.pause();
  }
}

/** The used part of a readable stream of `node:stream`. */
export interface InputStream {
  /** Selects byte strings: one character per byte. */
  setEncoding(encoding: "latin1"): unknown;
  /** Receives input. */
  on(event: "data", listener: (chunk: string) => void): unknown;
  /** Receives the end of the input. */
  on(event: "end", listener: () => void): unknown;
  /** Receives a read error. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Stops reading until `resume`. */
  pause(): unknown;
  /** Continues to read. */
  resume(): unknown;
}
