import { Option } from "@commander-js/extra-typings";
import type { TraceOptions } from "../protocol/mod.ts";
import { duration, integer } from "./options/values.ts";

/** Longest pause of `--trace-delay`, in milliseconds. */
const MAX_DELAY_MILLISECONDS = 60_000;

/** Largest piece of `--segment`, in bytes. */
const MAX_SEGMENT_BYTES = 65_536;

export const traceDelay: (text: string) => number = duration(0, MAX_DELAY_MILLISECONDS);
export const segment: (text: string) => number = integer(1, MAX_SEGMENT_BYTES);

/** What the help says of each. */
export const TRACE_HELP = {
  trace: "tell each read and write on standard error, what people say and passwords included",
  traceDelay: "pause after each read and write, so that they can be watched",
  segment: "write at most so many bytes at a time, such as 1",
} as const;

/** The options, for a command that has no table of them. */
export function traceOption() {
  return new Option("--trace", TRACE_HELP.trace).env("HUBBUB_TRACE");
}

export function traceDelayOption() {
  return new Option("--trace-delay <time>", TRACE_HELP.traceDelay)
    .argParser(traceDelay).default(0, "none").env("HUBBUB_TRACE_DELAY");
}

export function segmentOption() {
  return new Option("--segment <bytes>", TRACE_HELP.segment)
    .argParser(segment).env("HUBBUB_SEGMENT");
}

/** The options as they were given. */
export interface GivenTrace {
  readonly trace?: boolean | undefined;
  readonly traceDelay: number;
  readonly segment?: number | undefined;
}

/** What was asked for; `undefined` where nothing was. */
export function traceOptionsOf(
  { trace, traceDelay, segment }: GivenTrace,
): TraceOptions | undefined {
  if (trace !== true && traceDelay === 0 && segment === undefined) return undefined;
  return { lines: trace === true, delayMilliseconds: traceDelay, segmentBytes: segment ?? 0 };
}
