import type { TraceOptions } from "../../protocol/trace.ts";
import type { OptionTable, ValuesOf } from "./table.ts";
import { duration, integer } from "./numbers.ts";

/** Maximum of `--trace-delay`, in milliseconds. */
const MAX_DELAY_MILLISECONDS = 60_000;

/** Maximum of `--segment`, in bytes. */
const MAX_SEGMENT_BYTES = 65_536;

/** The options for watching the reads and writes of connections, of a server and of a client. */
export const TRACE_OPTIONS = {
  trace: {
    takes: "flag",
    help: "print each read and write on standard error, messages and passwords included",
  },
  "trace-delay": {
    takes: "value",
    placeholder: "<time>",
    help: "pause after each read and write, so that they can be watched",
    default: "0s",
    parse: duration(0, MAX_DELAY_MILLISECONDS),
  },
  segment: {
    takes: "value",
    placeholder: "<bytes>",
    help: "maximum number of bytes in one write, such as 1",
    without: "no limit",
    parse: integer(1, MAX_SEGMENT_BYTES),
  },
} as const satisfies OptionTable;

/** The options of a trace; `undefined` without any. */
export function traceOptionsOf(
  { trace, traceDelay, segment }: ValuesOf<typeof TRACE_OPTIONS>,
): TraceOptions | undefined {
  if (!trace && traceDelay === 0 && segment === undefined) return undefined;
  return { lines: trace, delayMilliseconds: traceDelay, segmentBytes: segment ?? 0 };
}
