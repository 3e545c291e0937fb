/**
 * The load tester against servers with known behaviour: the times that it reports. bench_faults.test.ts has
 * the faults.
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { EchoFixture, type Reply } from "../bench/echo_fixture.ts";
import { measureEcho } from "../support/measured_echo.ts";
import { startProgram } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";

const test = isThorough("reports of the load tester on servers with known faults")
  ? Deno.test
  : Deno.test.ignore;

/** Microseconds by which a percentile may exceed the fixture's record and the generator's lateness. */
const SLACK_MICROSECONDS = 2000;

/** Interval of the timer by which the load tester measures its lateness: a shorter one is not seen. */
const LAG_PERIOD_MICROSECONDS = 10_000;

/** Relative error of a percentile in a histogram of the load tester. */
const PRECISION = 0.001;

/** The position of a message in its run: senders take turns, and a payload has both numbers in letters. */
function positionOf(line: string, connections: number): number {
  const [, sender = "", sequence = ""] = /~[0-9a-z]{4}([a-z]{3})([a-z]{7})/.exec(line)!;
  const number = (letters: string) =>
    [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 97, 0);
  return number(sequence) * connections + number(sender);
}

/**
 * The latencies that the fixture's clock gives, in microseconds: from when a message was due until its
 * reply was about to be sent, and until the system had it. The first message was due when the earliest
 * of all has come in, by its place in the schedule: at most the shortest way too late.
 */
function recordedLatencies(replies: readonly Reply[], rate: number, connections: number) {
  const messages = replies.flatMap(({ text, ...times }) =>
    text.trimEnd().split("\n").map((line) => ({
      ...times,
      offset: positionOf(line, connections) / rate * 1000,
    }))
  );
  const start = Math.min(...messages.map(({ readAt, offset }) => readAt - offset));
  const latencies = (time: "sentAt" | "flushedAt") => {
    const sorted = messages.map(({ offset, ...times }) => (times[time] - start - offset) * 1000)
      .toSorted((a, b) => a - b);
    return (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  };
  return { count: messages.length, least: latencies("sentAt"), most: latencies("flushedAt") };
}

for (const [rate, connections] of [[20, 1], [200, 10], [2000, 10]] as const) {
  test(`a server that answers after exactly 100 ms, at ${rate} per second`, async () => {
    const { exit, text, result, replies } = await measureEcho(
      { delay: 100 },
      ...["-R", String(rate), "-c", String(connections), "-d", "2"],
    );
    assertEquals(exit, 0, text);
    assertEquals([result.messages, result.deliveries.received], [2 * rate, 2 * rate]);
    const { latencyMicroseconds: latency, slipMicroseconds: slip, generator } = result;
    const recorded = recordedLatencies(replies, rate, connections);
    assertEquals(recorded.count, 2 * rate);
    assert(latency.p2_5 >= 100_000, `nothing came before its time: ${text}`);
    // Every reply is read after it was sent: no percentile is below that of the fixture's record.
    assertGreaterOrEqual(latency.p50, recorded.least(0.5) * (1 - PRECISION), text);
    assertGreaterOrEqual(latency.p99, recorded.least(0.99) * (1 - PRECISION), text);
    // And it is read as soon as the load tester's event loop is on time. If at most 47.5 % of the
    // replies left later than a time, and at most 2.5 % were read later than the lag after that, then
    // half of the latencies are at most the sum of both.
    const lag = generator.eventLoopLagMicroseconds;
    const bias = slip.p2_5 + SLACK_MICROSECONDS;
    assertLessOrEqual(latency.p50, recorded.most(0.525) + lag.p97_5 + bias, text);
    assertLessOrEqual(
      latency.p99,
      recorded.most(1) + lag.max + LAG_PERIOD_MICROSECONDS + bias,
      text,
    );
  });
}

test("a server that freezes for a second: the latency shows it, the service time hides it", async () => {
  const { exit, text, result } = await measureEcho(
    { freeze: { every: 5000, for: 1000 } },
    ...["-R", "1000", "-c", "5", "-d", "5"],
  );
  assertEquals(exit, 0, text);
  assertEquals(result.messages, 5000);
  const { latencyMicroseconds: latency, serviceMicroseconds: service } = result;
  assert(latency.p99 > 850_000 && latency.p99 < 1_100_000, text);
  assert(latency.p50 < 100_000, text);
  assert(service.p99 < latency.p99 / 5, text);
  assert(service.max > 850_000, "one message for each connection has waited all the time");
});

test("a closed loop hides the same freeze", async () => {
  const { text, result } = await measureEcho(
    { freeze: { every: 5000, for: 1000 } },
    ...["-c", "5", "-d", "5"],
  );
  assert(result.latencyMicroseconds.max > 850_000, text);
  assert(result.latencyMicroseconds.p99 < 100_000, text);
});

test({
  name: "Ctrl+C in the middle of an open loop: the report so far, exit 130",
  ignore: Deno.build.os === "windows",
  async fn() {
    const running = Promise.withResolvers<void>();
    let lines = 0;
    await using server = new EchoFixture({ onLine: () => ++lines === 200 && running.resolve() });
    const { port } = await server.listen();
    await using bench = startProgram(
      ["bench", "echo", `127.0.0.1:${port}`, "-c", "4", "-R", "500", "-d", "60"],
    );
    await Promise.race([running.promise, bench.exit]);
    bench.child.kill("SIGINT");
    const text = await bench.stdout.all();
    assertEquals(await bench.exit, 130, text);
    assertMatch(text, /\d+ replies of \d+ messages/);
    assertStringIncludes(text, "Interrupted.");
    assert(!text.includes("FAILED"), text);
  },
});

test("the limit is looked for between two rates, and where none holds that is reported", async () => {
  const range = ["--find-from", "50", "--find-to", "120", "-d", "0.3", "-c", "2"];
  const all = await measureEcho({}, "--find-limit", "lost=0,p99<60s", ...range);
  assertEquals(all.exit, 0, all.text);
  assertEquals([all.result.highestRate, all.result.lowestFailedRate], [120, null]);
  assertEquals(all.result.curve.map(({ rate }: { rate: number }) => rate), [50, 100, 120]);
  const none = await measureEcho({ delay: 100 }, "--find-limit", "p50<99ms", ...range);
  assertEquals(none.exit, 1, none.text);
  assertEquals([none.result.highestRate, none.result.lowestFailedRate], [null, 50]);
  assertMatch(none.result.curve[0].failures[0], /^Asserted p50<99ms: it was 1\d\d\.\d\d ms\.$/);
});

test({
  name: "Ctrl+C while the limit is looked for: what is known so far, exit 130",
  ignore: Deno.build.os === "windows",
  async fn() {
    const running = Promise.withResolvers<void>();
    let lines = 0;
    await using server = new EchoFixture({ onLine: () => ++lines === 150 && running.resolve() });
    const { port } = await server.listen();
    await using bench = startProgram([
      ...["bench", "echo", `127.0.0.1:${port}`, "-c", "2", "-d", "1s", "-j"],
      ...["--find-limit", "lost=0"],
    ]);
    await Promise.race([running.promise, bench.exit]);
    bench.child.kill("SIGINT");
    const text = await bench.stdout.all();
    assertEquals(await bench.exit, 130, text);
    const { interrupted, curve, highestRate } = JSON.parse(text);
    assertEquals([interrupted, curve.length, highestRate], [true, 1, 100]);
  },
});

/** Whether a process can be kept on one core. */
const canPin = Deno.build.os === "linux" &&
  (await new Deno.Command("sh", { args: ["-c", "command -v taskset"], stdout: "null" }).output())
    .success;

test({
  name: "a load tester on a busy core is named as the limit",
  ignore: !canPin,
  async fn() {
    await using server = new EchoFixture();
    const { port } = await server.listen();
    const busy = Array.from({ length: 5 }, () =>
      new Deno.Command("taskset", {
        args: ["-c", "0", "sh", "-c", "while :; do :; done"],
      }).spawn());
    try {
      await using bench = startProgram(
        ["bench", "echo", `127.0.0.1:${port}`, "-c", "4", "-R", "1000", "-d", "2", "--json"],
        { shell: 'exec taskset -c 0 "$@"' },
      );
      const text = await bench.stdout.all();
      await bench.exit;
      const { verdict } = JSON.parse(text);
      assertEquals(verdict.limitedBy, "client", text);
    } finally {
      for (const process of busy) process.kill("SIGKILL");
      await Promise.all(busy.map((process) => process.status));
    }
  },
});
