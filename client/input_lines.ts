import {
  type DecodedLine,
  fromBytes,
  fromByteString,
  LineDecoder,
  MAX_LINE_BYTES,
  TOO_LONG,
} from "../protocol/mod.ts";
import { ChatError } from "./chat_error.ts";

/**
 * The lines of an input that is read as they are asked for, the last one also without an end. They
 * end as everywhere in the protocol, with LF or CR LF.
 *
 * @returns each as its text, or why it cannot be said.
 */
export async function* inputLines(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<string | ChatError, void> {
  const decoder = new LineDecoder(MAX_LINE_BYTES);
  for await (const chunk of input) {
    decoder.push(fromBytes(chunk));
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) yield textOf(line);
  }
  const rest = decoder.finish();
  if (rest !== undefined) yield textOf(rest);
}

function textOf(line: Exclude<DecodedLine, undefined>): string | ChatError {
  if (line === TOO_LONG) return ChatError.of("line_too_long");
  return fromByteString(line) ?? ChatError.of("invalid_utf8");
}
