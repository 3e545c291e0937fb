import fc from "fast-check";
import { type DecodedLine, TOO_LONG } from "../../protocol/mod.ts";

/** What the decoders have in common. */
interface Decoder {
  push(chunk: string): void;
  next(): DecodedLine;
  finish(): DecodedLine;
}

/** What is shown in place of a line that was too long, so that rows stay readable. */
export const LEFT_OUT = "<too long>";

function shown(line: Exclude<DecodedLine, undefined>): string {
  return line === TOO_LONG ? LEFT_OUT : line;
}

/** Everything that a decoder finds in chunks, without what stands unfinished at the end. */
export function found(decoder: Decoder, chunks: readonly string[]): string[] {
  const lines: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) {
      lines.push(shown(line));
    }
  }
  return lines;
}

/** The same with what stands unfinished at the end of the stream. */
export function foundToTheEnd(decoder: Decoder, chunks: readonly string[]): string[] {
  const lines = found(decoder, chunks);
  const rest = decoder.finish();
  return rest === undefined ? lines : [...lines, shown(rest)];
}

/** A stream cut at some places. */
export function cut(stream: string, places: readonly number[]): string[] {
  const ends = [...places.toSorted((one, other) => one - other), stream.length];
  let start = 0;
  return ends.map((end) => stream.slice(start, start = Math.max(start, end)));
}

/** A stream in chunks of one byte. */
export function byteByByte(stream: string): string[] {
  return stream.split("");
}

/** A stream of an arbitrary, with arbitrary places to cut it at. */
export function cutAnywhere(streams: fc.Arbitrary<string>) {
  return streams.chain((stream) =>
    fc.record({
      stream: fc.constant(stream),
      chunks: fc.array(fc.nat(stream.length), { maxLength: 12 })
        .map((places) => cut(stream, places)),
    })
  );
}
