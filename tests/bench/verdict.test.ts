import { assertEquals } from "@std/assert";
import { type Evidence, type LimitVerdict, verdictOf } from "../../bench/verdict.ts";

const OPEN: Evidence = {
  rate: 1000,
  messages: 10_000,
  unsent: 0,
  isOverloaded: false,
  sendingThreads: 2,
  desertedThreads: 0,
  inFlightHalfway: 2,
  leftInFlight: 1,
  latencyP50: 1000,
  slipP99: 500,
  lagP99: 2000,
  cpu: 0.2,
};
const CLOSED: Evidence = { ...OPEN, rate: null, slipP99: null };

const CASES: readonly (readonly [string, Evidence, LimitVerdict["limitedBy"], string])[] = [
  ["everybody keeps up", OPEN, "rate", "all messages were sent when due, and the server kept up"],
  ["messages leave late", { ...OPEN, slipP99: 10_001 }, "client", "over 10 ms late"],
  ["messages leave late enough", { ...OPEN, slipP99: 10_000 }, "rate", "kept up"],
  ["messages are not sent", { ...OPEN, unsent: 1 }, "client", "could not send all"],
  ["a busy thread", { ...OPEN, cpu: 0.9 }, "client", "its thread was busy 90 %"],
  ["a late loop", { ...OPEN, lagP99: 12_400 }, "client", "over 12 ms late"],
  [
    "nobody is left",
    { ...OPEN, desertedThreads: 2, latencyP50: null },
    "server",
    "no connection was left that could send",
  ],
  [
    "nobody is left in a thread",
    { ...OPEN, desertedThreads: 1, unsent: 5 },
    "server",
    "no connection was left that could send in 1 of 2 threads",
  ],
  ["too much in flight", { ...OPEN, isOverloaded: true, slipP99: 1e6 }, "server", "more was in"],
  [
    "the latency has grown all the time",
    {
      ...OPEN,
      leftInFlight: 2000,
      latencyP50: 1_000_000,
    },
    "server",
    "it was 2.0 s behind the rate when sending ended",
  ],
  [
    "a client that is late, and a server that is later",
    {
      ...OPEN,
      ...{ leftInFlight: 2000, inFlightHalfway: 1000, lagP99: 30_000, slipP99: 40_000 },
    },
    "server",
    "it was 2.0 s behind",
  ],
  [
    "a client that is too late to blame the server",
    {
      ...OPEN,
      ...{ leftInFlight: 2000, inFlightHalfway: 1000, slipP99: 300_000 },
    },
    "client",
    "over 300 ms late",
  ],
  [
    "a client that is too busy to blame the server",
    {
      ...OPEN,
      ...{ leftInFlight: 2000, inFlightHalfway: 1000, cpu: 0.95 },
    },
    "client",
    "busy 95 %",
  ],
  [
    "a long way, but no queue",
    { ...OPEN, leftInFlight: 1010, inFlightHalfway: 1000 },
    "rate",
    "kept",
  ],
  ["a moment's worth", { ...OPEN, leftInFlight: 99 }, "rate", "kept"],
  ["nothing came in", { ...OPEN, latencyP50: null }, null, "nothing came in"],
  ["a closed loop that waits", CLOSED, "server", "was idle 80 % of the time"],
  ["a closed loop that is busy", { ...CLOSED, cpu: 0.97 }, "client", "busy 97 %"],
  ["a closed loop on a busy core", { ...CLOSED, lagP99: 30_000 }, "client", "over 30 ms late"],
];

for (const [what, evidence, limitedBy, words] of CASES) {
  Deno.test(`verdict: ${what}`, () => {
    const verdict = verdictOf(evidence);
    assertEquals(
      [verdict.limitedBy, verdict.reason.includes(words)],
      [limitedBy, true],
      verdict.reason,
    );
  });
}
