import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type DecodedLine, TOO_LONG } from "../../protocol/mod.ts";

/** The interface of all decoders. */
interface Decoder {
  push(chunk: string): void;
  next(): DecodedLine;
  finish(): DecodedLine;
}

/** The text for a too long line. */
export const LEFT_OUT = "<too long>";

function shown(line: Exclude<DecodedLine, undefined>): string {
  return line === TOO_LONG ? LEFT_OUT : line;
}

/** All that a decoder returns for chunks, without the incomplete end. */
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

/** The same with the incomplete end of the stream. */
export function foundToTheEnd(decoder: Decoder, chunks: readonly string[]): string[] {
  const lines = found(decoder, chunks);
  const rest = decoder.finish();
  return rest === undefined ? lines : [...lines, shown(rest)];
}

/** A stream split at some positions. */
export function cut(stream: string, places: readonly number[]): string[] {
  const ends = [...places.toSorted((one, other) => one - other), stream.length];
  let start = 0;
  return ends.map((end) => stream.slice(start, start = Math.max(start, end)));
}

/** A stream in chunks of one byte. */
export function byteByByte(stream: string): string[] {
  return stream.split("");
}

/** A stream of an arbitrary, with arbitrary positions to split it. */
export function cutAnywhere(streams: fc.Arbitrary<string>) {
  return streams.chain((stream) =>
    fc.record({
      stream: fc.constant(stream),
      chunks: fc.array(fc.nat(stream.length), { maxLength: 12 })
        .map((places) => cut(stream, places)),
    })
  );
}

/** A stream, and all that a decoder finds in it. */
export interface DecoderRow {
  readonly why: string;
  readonly stream: string;
  readonly found: readonly string[];
  /** The worst place to cut the stream, with the reason in {@link why}. */
  readonly worstCut: number;
}

/**
 * A test for each row: the stream whole, byte by byte, and cut at its worst place.
 *
 * @param findAll returns what a new decoder finds in chunks.
 */
export function testRows(
  decoder: string,
  rows: readonly DecoderRow[],
  findAll: (chunks: readonly string[]) => string[],
): void {
  for (const { why, stream, found, worstCut } of rows) {
    Deno.test(`${decoder}: ${why}`, () => {
      assertEquals(findAll([stream]), found, "whole");
      assertEquals(findAll(byteByByte(stream)), found, "byte by byte");
      assertEquals(findAll(cut(stream, [worstCut])), found, "worst cut");
    });
  }
}
