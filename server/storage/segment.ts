/**
 * Segments: how the history is kept.
 *
 * A row or an object a message is too dear at 150,000 messages a second, and so is every byte that
 * could be left out. So consecutive messages of a room are one sequence of bytes, in which every
 * message is a line of fields, and the number of a message is that of its line:
 *
 *     <number of the session>\t<id, or nothing>\t<room>\t<from>\t<time>\t<text>[\t*]\n
 *
 * The last field is there for an action. A field that is not printable ASCII, or has a quotation mark
 * or a backslash in it, is written as JSON, which has neither tabs nor line ends. A segment has no
 * gap in its numbers: line `n` is message `firstSeq + n`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type ByteString,
  cleanLine,
  cleanText,
  detached,
  isPlain,
  MAX_NAME_LENGTH,
  MAX_TEXT_BYTES,
  type MessageFrame,
  PLAIN,
  toByteString,
} from "../../protocol/mod.ts";
import type { HistoryQuery, StoredMessage } from "./store.ts";

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

/** Above every number of a message: 2^40 - 1. */
export const MAX_SEQ = 0xff_ffff_ffff;

/** Number of the segment of a room whose last message has that number. */
export function segmentNumber(roomId: bigint, lastSeq: number): bigint {
  return (roomId << 40n) + BigInt(lastSeq);
}

/** What stands at the end of an action's line. */
const ACTION_MARK = "*";

/** One message as a line of a segment. */
export function segmentLine({ message, by, id }: StoredMessage): ByteString {
  const { text, action } = message;
  return by + "\t" + (id === undefined ? "" : PLAIN.id.has(id) && id !== "" ? id : coded(id)) +
    beforeText(message) + (PLAIN.text.has(text) ? text : coded(text)) +
    (action === true ? "\t" + ACTION_MARK + "\n" : "\n");
}

/**
 * What stands before the text of the last message: it stays the same while one user sends, for a
 * millisecond. Shared by all servers, since it depends on its three fields alone.
 */
let before = textPrefix("", "", 0);

function beforeText({ room, from, time }: MessageFrame): ByteString {
  if (time !== before.time || from !== before.from || room !== before.room) {
    before = textPrefix(room, from, time);
  }
  return before.bytes;
}

function textPrefix(room: string, from: string, time: number) {
  return { room, from, time, bytes: `\t${name(room)}\t${name(from)}\t${time}\t` };
}

function name(text: string): ByteString {
  return isPlain(text) ? text : coded(text);
}

function coded(text: string): ByteString {
  return toByteString(JSON.stringify(text));
}

/**
 * The messages of a segment with numbers above `after` and below `before`, in order.
 *
 * Only those are parsed. A line that is damaged is left out: the rest is still of use. What damage has
 * left of a line may be anything: it is cleaned as if a client had sent it.
 */
export function messagesOf(segment: Segment, after: number, before: number): StoredMessage[] {
  const { firstSeq, lastSeq, body } = segment;
  const first = Math.max(firstSeq, after + 1);
  const last = Math.min(lastSeq, before - 1);
  if (first > last) return [];
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  const messages: StoredMessage[] = [];
  text.split("\n").slice(first - firstSeq, last - firstSeq + 1).forEach((line, index) => {
    const message = parseLine(line, first + index);
    if (message !== undefined) messages.push(message);
  });
  return messages;
}

function parseLine(line: string, seq: number): StoredMessage | undefined {
  const fields = line.split("\t");
  if (fields.length < 6) return undefined;
  const [by, id, room, from, time, text, mark] = fields as [string, string, ...string[]];
  try {
    const message: MessageFrame = {
      type: "message",
      seq,
      room: cleanLine(parseField(room!)),
      from: cleanLine(parseField(from!)),
      text: cleanText(parseField(text!)),
      time: Number(time),
      ...(mark === ACTION_MARK ? { action: true } : undefined),
    };
    if (!isUsable(message)) return undefined;
    // The ids of a resumed session are kept: as a piece of the segment, each would keep all of it.
    return { message, by: Number(by), id: id === "" ? undefined : detached(parseField(id)) };
  } catch {
    return undefined;
  }
}

/** Longest name that was stored, in UTF-16 code units. */
const MAX_NAME_UNITS = 2 * MAX_NAME_LENGTH;

function isUsable({ room, from, text, time }: MessageFrame): boolean {
  return Number.isFinite(time) && room.length <= MAX_NAME_UNITS && from.length <= MAX_NAME_UNITS &&
    text.length <= MAX_TEXT_BYTES;
}

function parseField(bytes: string): string {
  return bytes.startsWith('"') ? JSON.parse(bytes) as string : bytes;
}

/** The segments of one room, wherever they are. */
export interface SegmentSource {
  /** Those that have messages above a number, oldest first. */
  oldestFirst(after: number): Iterable<Segment>;
  /** Those that have messages below a number, newest first. */
  newestFirst(before: number): Iterable<Segment>;
}

/**
 * Answers a query from segments.
 *
 * @param floor messages up to this number are not shown, as if they were gone: whole segments are
 * dropped, so that some messages beyond the limit are still there.
 */
export function readSegments(
  source: SegmentSource,
  query: HistoryQuery,
  floor: number,
): StoredMessage[] {
  const { before = Infinity, since = -Infinity, limit } = query;
  return query.after === undefined
    ? readBackward(source, { after: floor, before, since, limit })
    : readForward(source, { after: Math.max(floor, query.after), before, since, limit });
}

function readForward(source: SegmentSource, query: Required<HistoryQuery>): StoredMessage[] {
  const { after, before, since, limit } = query;
  const found: StoredMessage[] = [];
  for (const segment of source.oldestFirst(after)) {
    const missing = limit - found.length;
    if (missing <= 0 || segment.firstSeq >= before) break;
    if (segment.lastTime < since) continue;
    // Where every message is late enough, no more than the missing ones need to be parsed.
    const end = segment.firstTime < since
      ? before
      : Math.min(before, Math.max(segment.firstSeq, after + 1) + missing);
    for (const stored of messagesOf(segment, after, end)) {
      if (stored.message.time >= since) found.push(stored);
    }
  }
  return found.slice(0, limit);
}

function readBackward(source: SegmentSource, query: Required<HistoryQuery>): StoredMessage[] {
  const { after, before, since, limit } = query;
  const parts: StoredMessage[][] = [];
  let missing = limit;
  for (const segment of source.newestFirst(before)) {
    // A clock is rarely set back: what is older than a segment before `since` is older still.
    if (missing <= 0 || segment.lastSeq <= after || segment.lastTime < since) break;
    const end = Math.min(before, segment.lastSeq + 1);
    const start = segment.firstTime < since ? after : Math.max(after, end - 1 - missing);
    const part = messagesOf(segment, start, end)
      .filter(({ message }) => message.time >= since)
      .slice(-missing);
    parts.push(part);
    missing -= part.length;
  }
  return parts.reverse().flat();
}
