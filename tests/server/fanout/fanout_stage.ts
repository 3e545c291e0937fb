import { type ServerFrame, toByteString } from "../../../protocol/mod.ts";
import { toBuffer } from "../../../server/byte_buffer.ts";
import { Subscriber } from "../../../server/fanout/audience.ts";
import {
  DEFAULT_OUTBOX_LIMITS,
  Outbox,
  type OutboxLimits,
  type Skipped,
} from "../../../server/fanout/outbox.ts";
import type { Encoder } from "../../../server/fanout/encoder.ts";
import { FakeSink } from "../fakes.ts";

/** Formats that differ visibly: one of ASCII, one beyond it, one with both. */
export const FORMATS: readonly Encoder[] = [
  { kind: "text", encode: (frame) => `(${contentOf(frame)})`, toBuffer },
  { kind: "json", encode: (frame) => toByteString(`«${contentOf(frame)}»`), toBuffer },
  {
    kind: "length",
    encode: (frame) => frame.type === "message" ? `[${contentOf(frame)}]` : "\xff",
    toBuffer,
  },
];

/** The part of a frame that is written. */
export function contentOf(frame: ServerFrame): string {
  if (frame.type === "message") return frame.text;
  return frame.type === "joined" || frame.type === "offered" ? frame.name : frame.type;
}

export const message = (seq: number, text = String(seq)): ServerFrame => (
  { type: "message", seq, room: "lobby", from: "Bob", text, time: 0 }
);
export const joined = (name: string): ServerFrame => ({
  type: "joined",
  room: "lobby",
  name,
  time: 0,
});

/** A frame that is not skipped. */
export const offered = (name: string): ServerFrame => (
  { type: "offered", file: 1, from: "Bob", to: "lobby", room: true, name, size: 1, time: 0 }
);

/** A subscriber with a sink of its own. */
export function subscriberOf(format = FORMATS[0]!, limits: OutboxLimits = DEFAULT_OUTBOX_LIMITS) {
  const sink = new FakeSink();
  const drained: (Skipped | undefined)[] = [];
  const onDrained = (skipped: readonly Skipped[]) =>
    skipped.length === 0 ? drained.push(undefined) : drained.push(...skipped);
  const outbox = new Outbox(sink, limits, onDrained, () => {});
  return { sink, drained, outbox, subscriber: new Subscriber(format, outbox) };
}

/** Skips whenever a write is still under way. */
export const IMPATIENT: OutboxLimits = { softBytes: 0, softMilliseconds: -1, hardBytes: 10_000 };
