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
    const place = { connections: 0, firstConnection: 0, firstSender: 0, delaySeconds: 0 };
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

/** The tasks: each passes a batch through a codec and returns the number of decoded messages. */
export function codecTasks(payloadBytes: number): Readonly<Record<string, () => number>> {
  const text = "x".repeat(payloadBytes);
  const frame: MessageFrame = {
    ...{ type: "message", seq: 12_345, room: "lobby", from: "member-1", text },
    time: 1_700_000_000_000,
  };
  const sent = JSON.stringify({ type: "message", text });
  const stamps = new Timestamps();
  const lines = `${text}\n`.repeat(BATCH);
  const jsonLines = `${sent}\n`.repeat(BATCH);
  const prefixed = (lengthPrefix(sent.length) + sent).repeat(BATCH);
  return {
    "text, encode": () => repeated(() => messageBytes(frame, stamps).length > 0),
    "text, decode": () => decoded(new LineDecoder(LIMIT), lines, parseTextLine),
    "JSON, encode": () => repeated(() => jsonOf(frame).length > 0),
    "JSON lines, decode": () => decoded(new LineDecoder(LIMIT), jsonLines, parseJsonFrame),
    "length-prefixed JSON, encode": () =>
      repeated(() => {
        const json = jsonOf(frame);
        return (lengthPrefix(json.length) + json).length > 0;
      }),
    "length-prefixed JSON, decode": () =>
      decoded(new LengthDecoder(LIMIT), prefixed, parseJsonFrame),
    "UTF-8 check of a text": () => repeated(() => fromByteString(text) !== undefined),
  };
}

function repeated(once: () => boolean): number {
  let count = 0;
  for (let index = 0; index < BATCH; index++) if (once()) count++;
  return count;
}

function decoded(
  decoder: { push(chunk: ByteString): void; next(): ByteString | symbol | undefined },
  bytes: ByteString,
  parse: (message: ByteString) => ParsedInput,
): number {
  decoder.push(bytes);
  let count = 0;
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
    if (typeof message === "string" && isMessage(parse(message))) count++;
  }
  return count;
}

function isMessage(input: ParsedInput): boolean {
  return input?.frame?.type === "message";
}
