import { assertEquals } from "@std/assert";
import { type Evidence, type LimitVerdict, verdictOf } from "../../../bench/results/verdict.ts";

const OPEN: Evidence = {
  rate: 1000,
  messages: 10_000,
  ...{ senders: 8, seconds: 10, isWarm: false, lost: 0, server: null, limits: null },
  unsent: 0,
  isOverloaded: false,
  sendingThreads: 2,
  desertedThreads: 0,
  inFlightHalfway: 2,
  leftInFlight: 1,
  silentSeconds: 0,
  latencyP50: 1000,
  latencyMax: 9000,
  slipP99: 500,
  lagP99: 2000,
  lagMax: 8000,
  ...{ cpu: 0.2, processCpu: 0.2 },
};
const LIMITS = { perSecond: 20, burst: 40 };
const CLOSED: Evidence = { ...OPEN, rate: null, slipP99: null };

const SILENT = { ...CLOSED, silentSeconds: 1.6, lost: 4 };

const CASES: readonly (readonly [string, Evidence, LimitVerdict["limitedBy"], string])[] = [
  ["all clients keep up", OPEN, "rate", "all messages were sent on time, and the server kept up"],
  ["messages leave late", { ...OPEN, slipP99: 10_001 }, "client", "more than 10 ms late"],
  ["messages leave late enough", { ...OPEN, slipP99: 10_000 }, "rate", "kept up"],
  ["messages are not sent", { ...OPEN, unsent: 1 }, "client", "could not send all"],
  ["a busy thread", { ...OPEN, cpu: 0.9 }, "client", "its busiest thread used 90%"],
  ["a late loop", { ...OPEN, lagP99: 12_400 }, "client", "delayed by more than 12 ms"],
  [
    "what is in flight is lost",
    SILENT,
    "server",
    "nothing was received in the last 1.6 s of sending",
  ],
  ["silence, and a late loop", { ...SILENT, lagP99: 22_000 }, "server", "nothing was received in"],
  ["silence, and a client that stood still", { ...SILENT, lagMax: 1_500_000 }, "client", "blocked"],
  ["silence, and a busy client", { ...SILENT, cpu: 0.95 }, "client", "used 95%"],
  ["short silence", { ...SILENT, silentSeconds: 0.4 }, "window", "the maximum number"],
  ["silence that is a small part", { ...SILENT, seconds: 60 }, "window", "the maximum number"],
  ["silence in which little is due", { ...OPEN, silentSeconds: 1.6 }, "rate", "kept up"],
  [
    "no connection is left",
    { ...OPEN, desertedThreads: 2, latencyP50: null },
    "server",
    "all sending connections were closed",
  ],
  [
    "no connection is left in a thread",
    { ...OPEN, desertedThreads: 1, unsent: 5 },
    "server",
    "all sending connections were closed in 1 of 2 threads",
  ],
  [
    "too much in flight",
    { ...OPEN, isOverloaded: true, slipP99: 1e6 },
    "server",
    "the number of messages in flight",
  ],
  [
    "the latency has grown all the time",
    {
      ...OPEN,
      leftInFlight: 2000,
      latencyP50: 1_000_000,
    },
    "server",
    "it was 2.0 s behind the requested rate when sending ended",
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
    "more than 300 ms late",
  ],
  [
    "a client that is too busy to blame the server",
    {
      ...OPEN,
      ...{ leftInFlight: 2000, inFlightHalfway: 1000, cpu: 0.95 },
    },
    "client",
    "used 95%",
  ],
  [
    "a long way, but no queue",
    { ...OPEN, leftInFlight: 1010, inFlightHalfway: 1000 },
    "rate",
    "kept",
  ],
  ["a moment's worth", { ...OPEN, leftInFlight: 99 }, "rate", "kept"],
  ["nothing is received", { ...OPEN, latencyP50: null }, null, "nothing was received"],
  ["a closed loop that waits", CLOSED, "window", "was in flight; to send more, raise -p or -w"],
  ["a closed loop that is busy", { ...CLOSED, cpu: 0.97 }, "client", "used 97%"],
  ["a closed loop on a busy core", { ...CLOSED, lagP99: 30_000 }, "client", "more than 30 ms"],
  ["a process on busy processors", { ...CLOSED, processCpu: 0.95 }, "client", "used 95%"],
  [
    "a closed loop, and a server that is half idle",
    { ...CLOSED, server: { cpu: 0.49, thread: 0.4 } },
    "window",
    "raise -p or -w; the server used 49% of a CPU core",
  ],
  [
    "a closed loop, and a server with a busy thread",
    { ...CLOSED, server: { cpu: 1.2, thread: 0.97 } },
    "server",
    "its busiest thread used 97% of a CPU core",
  ],
  [
    "a closed loop, and a server whose threads are half idle",
    { ...CLOSED, server: { cpu: 1.2, thread: 0.6 } },
    "window",
    "used 120% of a CPU core",
  ],
  [
    "a closed loop, and a server of unknown threads that is busy",
    { ...CLOSED, server: { cpu: 0.95, thread: null } },
    "server",
    "it used 95%",
  ],
  [
    "a load tester that is busy, and a server that is busy",
    { ...CLOSED, cpu: 0.95, server: { cpu: 1, thread: 1 } },
    "client",
    "used 95%",
  ],
  [
    "an open loop that a busy server keeps up with",
    { ...OPEN, server: { cpu: 1, thread: 1 } },
    "rate",
    "kept up",
  ],
  ["a server that stood still", { ...OPEN, latencyMax: 1_501_000 }, "server", "1.5 s longer"],
  [
    "a load tester that is late, and a server that stood still ten times longer",
    { ...OPEN, latencyMax: 1_501_000, slipP99: 40_000, lagP99: 30_000, lagMax: 90_000 },
    "server",
    "1.5 s longer",
  ],
  [
    "a load tester that is late, and a server that stood still for not much longer",
    { ...OPEN, latencyMax: 1_501_000, slipP99: 400_000, lagP99: 30_000, lagMax: 490_000 },
    "client",
    "more than 400 ms late",
  ],
  [
    "a closed loop of a late load tester, and a server that stood still",
    { ...CLOSED, latencyMax: 1_501_000, lagP99: 30_000, lagMax: 90_000 },
    "server",
    "1.5 s longer",
  ],
  ["a server that stood still for less", { ...OPEN, latencyMax: 400_000 }, "rate", "kept up"],
  [
    "a load tester that stood still, which the latency shows, too",
    { ...OPEN, latencyMax: 1_501_000, lagMax: 1_490_000 },
    "client",
    "its event loop was blocked for 1.5 s",
  ],
  [
    "a load tester that stood still for a small part of a long open loop",
    { ...OPEN, seconds: 1000, lagMax: 600_000 },
    "client",
    "its event loop was blocked for 0.6 s",
  ],
  [
    "a load tester that stood still for a small part of a long closed loop",
    { ...CLOSED, seconds: 1000, lagMax: 600_000, latencyMax: 601_000 },
    "window",
    "raise -p or -w",
  ],
  [
    "a server that stood still in a closed loop",
    { ...CLOSED, latencyMax: 1_501_000 },
    "server",
    "1.5 s longer",
  ],
  [
    "a server that stood still for a small part of a long closed loop",
    { ...CLOSED, seconds: 1000, latencyMax: 1_501_000 },
    "window",
    "raise -p or -w; the slowest delivery took 1.5 s longer than the median",
  ],
  [
    "a closed loop with long latencies all the time",
    { ...CLOSED, latencyP50: 1_000_000, latencyMax: 2_900_000 },
    "window",
    "raise",
  ],
  ["deliveries are lost", { ...OPEN, lost: 1 }, "server", "not all were received"],
  [
    "a server that admits less than a closed loop could send",
    { ...CLOSED, messages: 8 * 240 + 512, leftInFlight: 512, limits: LIMITS },
    "throttle",
    "accepts 20 messages per second from each client; to measure more, start it with --rate off",
  ],
  [
    "a closed loop whose burst was used up by the warm-up",
    { ...CLOSED, seconds: 1, messages: 160, isWarm: true, limits: LIMITS },
    "throttle",
    "20 messages per second",
  ],
  [
    "a closed loop that sends less than the server admits",
    { ...CLOSED, messages: 800, limits: LIMITS },
    "window",
    "raise",
  ],
  [
    "a closed loop that the server's limit lets pass at once",
    { ...CLOSED, seconds: 0.1, messages: 100, limits: LIMITS },
    "window",
    "raise",
  ],
  [
    "a rate that the server does not admit",
    { ...OPEN, leftInFlight: 5000, limits: LIMITS },
    "throttle",
    "20 messages per second",
  ],
  [
    "a rate that the server admits, and a server that falls behind",
    { ...OPEN, rate: 100, leftInFlight: 5000, limits: LIMITS },
    "server",
    "behind the requested rate",
  ],
  [
    "a rate that the server does not admit, in too short a time to show it",
    { ...OPEN, limits: LIMITS },
    "rate",
    "kept up",
  ],
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
