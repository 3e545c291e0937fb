import { Bench } from "tinybench";
import { type ByteString, fromByteString } from "../../protocol/byte_string.ts";
import type { ParsedInput } from "../../protocol/commands.ts";
import type { MessageFrame } from "../../protocol/frames.ts";
import { jsonOf, parseJsonFrame } from "../../protocol/json_codec.ts";
import { LengthDecoder, lengthPrefix } from "../../protocol/length_decoder.ts";
import { LineDecoder } from "../../protocol/line_decoder.ts";
import { messageBytes, parseTextLine } from "../../protocol/text_codec.ts";
import { Timestamps } from "../../protocol/timestamps.ts";
import type { Environment } from "./scenario.ts";
import { type Timing, timingOf } from "./timing.ts";
import type { TrialResult } from "./trial.ts";

/** Messages an iteration: a single one is shorter than the clock can tell. */
export const BATCH = 256;

/** Longest message that the decoders are to take. */
const LIMIT = 65_536;

/** What to measure. */
export interface CodecOptions {
  /** How long each task is measured. */
  readonly secondsPerTask: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
}

/** One direction of one codec. */
export interface CodecTask {
  /** The codec, and whether it writes or reads. */
  readonly task: string;
  /** Nanoseconds a message, of tinybench: those of a batch, divided by its messages. */
  readonly messageNanoseconds: Timing | null;
}

/** What was found. As JSON it is what `--json` prints. */
export interface CodecResult extends TrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "codec";
  /** Length of a message's text. */
  readonly payloadBytes: number;
  /** Messages in one sample. */
  readonly messagesPerIteration: number;
  /** One direction of one codec each. */
  readonly tasks: readonly CodecTask[];
}

/** What a message costs in each of hubbub's own codecs, without any socket. */
export async function codec(
  { secondsPerTask, payloadBytes }: CodecOptions,
  { signal }: Environment,
): Promise<CodecResult> {
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
    // Whoever wants to end it is heard between two tasks.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const failures = bench.tasks.flatMap(({ result }) =>
    result.state === "errored" ? [`${result.error.message}.`] : []
  );
  return {
    ...{ scenario: "codec", payloadBytes, messagesPerIteration: BATCH, errors: [], failures },
    tasks: bench.tasks.map((task) => ({
      task: task.name,
      messageNanoseconds: timingOf(task, 1e6 / BATCH),
    })),
    interrupted: signal.aborted,
  };
}

/** The tasks: each passes a batch through a codec and tells how many messages came out. */
export function codecTasks(payloadBytes: number): Readonly<Record<string, () => number>> {
  const text = "x".repeat(payloadBytes);
  const frame: MessageFrame = {
    ...{ type: "message", seq: 12_345, room: "lobby", from: "somebody", text },
    time: 1_700_000_000_000,
  };
  const said = JSON.stringify({ type: "message", text });
  const stamps = new Timestamps();
  const lines = `${text}\n`.repeat(BATCH);
  const jsonLines = `${said}\n`.repeat(BATCH);
  const prefixed = (lengthPrefix(said.length) + said).repeat(BATCH);
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
