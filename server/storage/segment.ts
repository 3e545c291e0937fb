/**
 * Segments: how the history is kept.
 *
 * A row or an object a message is too dear at 150,000 messages a second. So consecutive messages of
 * a room are one sequence of bytes, in which every message is a line:
 *
 *     <number of the session>\t<id as JSON, or nothing>\t<message as JSON>\n
 *
 * JSON writes tabs and line ends as escapes, so the first two tabs and the line end are always those
 * of this format. A segment has no gap in its numbers: line `n` is message `firstSeq + n`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type ByteString, type MessageFrame, toByteString } from "../../protocol/mod.ts";
import type { StoredMessage } from "./store.ts";

/** Consecutive messages of one room. */
export interface Segment {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Earliest and latest time of a message, in Unix milliseconds. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** The lines, in UTF-8. */
  readonly body: Uint8Array;
}

const NEEDS_CODING = /[^ !#-[\]-~]/;

/** One message as a line of a segment. `json` is the message as JSON. */
export function segmentLine(stored: StoredMessage, json: ByteString): ByteString {
  const { by, id } = stored;
  if (id === undefined) return by + "\t\t" + json + "\n";
  const quoted = NEEDS_CODING.test(id) ? toByteString(JSON.stringify(id)) : '"' + id + '"';
  return by + "\t" + quoted + "\t" + json + "\n";
}

/**
 * The messages of a segment with numbers above `after` and below `before`, in order.
 *
 * Only those are parsed. A line that is damaged is left out: the rest is still of use.
 */
export function messagesOf(segment: Segment, after: number, before: number): StoredMessage[] {
  const { firstSeq, lastSeq, body } = segment;
  const first = Math.max(firstSeq, after + 1);
  const last = Math.min(lastSeq, before - 1);
  if (first > last) return [];
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  const messages: StoredMessage[] = [];
  for (const line of text.split("\n").slice(first - firstSeq, last - firstSeq + 1)) {
    const message = parseLine(line);
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

function parseLine(line: string): StoredMessage | undefined {
  const byEnd = line.indexOf("\t");
  const idEnd = line.indexOf("\t", byEnd + 1);
  if (byEnd < 0 || idEnd < 0) return undefined;
  try {
    const message = JSON.parse(line.slice(idEnd + 1)) as MessageFrame;
    const id = line.slice(byEnd + 1, idEnd);
    return {
      message,
      by: Number(line.slice(0, byEnd)),
      id: id === "" ? undefined : JSON.parse(id) as string,
    };
  } catch {
    return undefined;
  }
}
