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
 * The lines of an input that is read as they are asked for, the last one also without an end. They
 * end as everywhere in the protocol, with LF or CR LF.
 *
 * @returns the text of each, or the error that names the line that cannot be sent.
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
 * The text of a line of an input, or the reason why it cannot be sent.
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

/** Where lines come from: a stream of `node:stream`, as far as it is needed. */
export interface InputStream {
  /** Bytes come as strings of one character a byte. */
  setEncoding(encoding: "latin1"): unknown;
  /** Hears what comes in. */
  on(event: "data", listener: (chunk: string) => void): unknown;
  /** Hears that nothing more comes. */
  on(event: "end", listener: () => void): unknown;
  /** Hears that it cannot be read. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Reads no more, until `resume`. */
  pause(): unknown;
  /** Reads on. */
  resume(): unknown;
}
