import { Buffer } from "node:buffer";
import { Bench } from "tinybench";
import { type ByteString, fromByteString } from "../../protocol/byte_string.ts";
import type { ParsedInput } from "../../protocol/commands.ts";
import type { MessageFrame } from "../../protocol/frames.ts";
import { jsonOf, parseJsonFrame } from "../../protocol/json_codec.ts";
import { LengthDecoder, lengthPrefix } from "../../protocol/length_decoder.ts";
import { LineDecoder } from "../../protocol/line_decoder.ts";
import { messageBytes, parseTextLine } from "../../protocol/text_codec.ts";
import { Timestamps } from "../../protocol/timestamps.ts";
import { joinMeasurement } from "../load/joining.ts";
import { type Measurement, noTraffic } from "../load/measurement.ts";
import type { RunContext } from "../load/run_context.ts";
import { type Timing, timingOf } from "../load/timing.ts";
import { figuresOf } from "../results/comparison.ts";
import { loadHealth } from "../results/load_health.ts";
import { type Metrics, time } from "../results/metrics.ts";
import type { ScenarioResult } from "../results/result.ts";
import type { RunHealth } from "../results/run_health.ts";
import type { Scenario } from "./scenario.ts";

/** Messages per iteration: a single one is too short for the clock. */
export const BATCH = 256;

/** Maximum length of a message for the decoders. */
const LIMIT = 65_536;

/** Options of `codec`. */
export interface CodecOptions {
  /** How long each task is measured. */
  readonly secondsPerTask: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
  /** Only 1 can be used: no connections are opened. */
  readonly workers?: number;
}

/** One direction of one codec. */
export interface CodecTask {
  /** The codec, and whether it writes or reads. */
  readonly task: string;
  /** Nanoseconds per message: the time of a batch by tinybench, divided by its messages. */
  readonly messageNanoseconds: Timing | null;
}

/** Result of `codec`. `--json` prints it. */
export interface CodecResult extends ScenarioResult, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "codec";
  /** Bytes of text per message. */
  readonly payloadBytes: number;
  /** Messages in one sample. */
  readonly messagesPerIteration: number;
  /** One direction of one codec each. */
  readonly tasks: readonly CodecTask[];
}

/** Of `codec`: a message in the most expensive direction of a codec, and the median of each. */
export const CODEC_METRICS: Metrics<CodecResult> = {
  p50: time((result) => slowest(result)?.p50),
  p99: time((result) => slowest(result)?.p99),
  mean: time((result) => slowest(result)?.mean),
  "text.encode": medianOf("text, encode"),
  "text.decode": medianOf("text, decode"),
  "json.encode": medianOf("JSON, encode"),
  "json.decode": medianOf("JSON lines, decode"),
  "length.encode": medianOf("length-prefixed JSON, encode"),
  "length.decode": medianOf("length-prefixed JSON, decode"),
};

/** Microseconds per message in the slowest codec and direction. */
function slowest({ tasks }: CodecResult): { p50: number; p99: number; mean: number } | undefined {
  const timings = tasks.flatMap(({ messageNanoseconds }) => messageNanoseconds ?? []);
  const most = timings.toSorted((one, other) => other.p50 - one.p50)[0];
  if (most === undefined) return undefined;
  return { p50: most.p50 / 1000, p99: most.p99 / 1000, mean: most.mean / 1000 };
}

function medianOf(task: string) {
  return time<CodecResult>(({ tasks }) => {
    const timing = tasks.find((each) => each.task === task)?.messageNanoseconds;
    return timing === null || timing === undefined ? undefined : timing.p50 / 1000;
  });
}

/** Measures the cost of a message in each of hubbub's own codecs, without any socket. */
export const codec: Scenario<CodecOptions, CodecResult> = {
  load: ["payloadBytes"],
  figures: figuresOf(CODEC_METRICS),
  assign(options) {
    const { workers = 1 } = options;
    if (workers !== 1) {
      throw new RangeError(
        `Cannot use ${workers} workers for codec: it opens no connections that they could share`,
      );
    }
    const place = { totalConnections: 0, firstConnection: 0, firstSender: 0, delaySeconds: 0 };
    return [{ options, ...place }];
  },
  measure,
  result: ({ payloadBytes }, measurement, known) => {
    const { interrupted, own } = measurement;
    return {
      ...{ scenario: "codec", payloadBytes, messagesPerIteration: BATCH, errors: [] },
      tasks: Object.entries(own?.timings ?? {})
        .map(([task, messageNanoseconds]) => ({ task, messageNanoseconds })),
      ...loadHealth({ rate: null, senders: 0 }, measurement, known),
      ...{ failures: own?.failures ?? [], interrupted },
    };
  },
};

async function measure(
  { secondsPerTask, payloadBytes }: CodecOptions,
  { signal }: RunContext,
): Promise<Measurement> {
  const bench = new Bench({
    ...{ signal, time: secondsPerTask * 1000, warmupTime: Math.min(secondsPerTask * 250, 250) },
  });
  for (const [name, run] of Object.entries(codecTasks(payloadBytes))) {
    bench.add(name, () => {
      const count = run();
      if (count !== BATCH) throw new Error(`${name} made ${count} messages of ${BATCH}`);
    }, { async: false });
  }
  for (const task of bench.tasks) {
    if (signal.aborted) break;
    await task.warmup();
    await task.run();
    // The signal arrives between two tasks.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return {
    ...{ ...joinMeasurement(), ...noTraffic(), errors: [], interrupted: signal.aborted },
    own: {
      timings: Object.fromEntries(
        bench.tasks.map((task) => [task.name, timingOf(task, 1e6 / BATCH)]),
      ),
      failures: bench.tasks.flatMap(({ result }) =>
        result.state === "errored" ? [`${result.error.message}.`] : []
      ),
    },
  };
}

/**
 * The tasks: each passes a batch through a codec and returns the number of its messages.
 *
 * As in the server, every message has another text, and a batch starts or ends as bytes: a concatenated
 * string costs nothing until it is read.
 */
export function codecTasks(payloadBytes: number): Readonly<Record<string, () => number>> {
  const texts = Array.from({ length: BATCH }, (_, index) => textOf(index, payloadBytes));
  const frames = texts.map((text, index): MessageFrame => ({
    ...{ type: "message", seq: 12_345 + index, room: "lobby", from: "member-1", text },
    time: 1_700_000_000_000 + Math.floor(index / 8),
  }));
  const sent = texts.map((text) => JSON.stringify({ type: "message", text }));
  const stamps = new Timestamps();
  const lines = Buffer.from(texts.map((text) => `${text}\n`).join(""));
  const jsonLines = Buffer.from(sent.map((json) => `${json}\n`).join(""));
  const prefixed = Buffer.from(
    sent.map((json) => lengthPrefix(json.length) + json).join(""),
    "latin1",
  );
  return {
    "text, encode": () => encoded(frames, (frame) => messageBytes(frame, stamps)),
    "text, decode": () => decoded(new LineDecoder(LIMIT), lines, parseTextLine),
    "JSON, encode": () => encoded(frames, (frame) => jsonOf(frame) + "\n"),
    "JSON lines, decode": () => decoded(new LineDecoder(LIMIT), jsonLines, parseJsonFrame),
    "length-prefixed JSON, encode": () => lengthPrefixed(frames),
    "length-prefixed JSON, decode": () =>
      decoded(new LengthDecoder(LIMIT), prefixed, parseJsonFrame),
    "UTF-8 check of a text": () =>
      texts.reduce((sum, text) => fromByteString(text) === undefined ? sum : sum + 1, 0),
  };
}

/** A text of letters, another one than those before and after it. */
function textOf(index: number, length: number): string {
  const letters = String.fromCharCode(97 + index % 26, 97 + Math.floor(index / 26));
  return Buffer.from(letters.repeat(Math.ceil(length / 2)).slice(0, length)).toString("latin1");
}

function encoded(
  frames: readonly MessageFrame[],
  encode: (frame: MessageFrame) => ByteString,
): number {
  let batch = "";
  for (const frame of frames) batch += encode(frame);
  return Buffer.from(batch, "utf8").length === batch.length ? frames.length : 0;
}

/** Replaces placeholders by the lengths once the batch is in bytes, as the server does: a length is no
 * ASCII. */
function lengthPrefixed(frames: readonly MessageFrame[]): number {
  const lengths: number[] = [];
  let batch = "";
  for (const frame of frames) {
    const json = jsonOf(frame);
    lengths.push(json.length);
    batch += "\0\0\0\0" + json;
  }
  const buffer = Buffer.from(batch, "utf8");
  let at = 0;
  for (const length of lengths) {
    buffer.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return at === buffer.length ? lengths.length : 0;
}

function decoded(
  decoder: { push(chunk: ByteString): void; next(): ByteString | symbol | undefined },
  bytes: Buffer,
  parse: (message: ByteString) => ParsedInput,
): number {
  decoder.push(bytes.toString("latin1"));
  let count = 0;
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
    if (typeof message === "string" && isMessage(parse(message))) count++;
  }
  return count;
}

function isMessage(input: ParsedInput): boolean {
  return input?.frame?.type === "message";
}
