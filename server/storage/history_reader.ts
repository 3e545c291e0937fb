import { messagesOf, type Segment } from "./segment.ts";
import type { HistoryQuery, StoredMessage } from "./store.ts";

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
