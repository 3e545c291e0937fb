/**
 * The load tester against servers with known behaviour: it must report just that.
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Socket } from "node:net";
import { type EchoFaults, EchoFixture, type Reply } from "../bench/echo_fixture.ts";
import { startProgram } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";

const test = isThorough("reports of the load tester on servers with known faults")
  ? Deno.test
  : Deno.test.ignore;

interface Measured {
  readonly exit: number;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly result: any;
  /** The replies as the fixture has sent them. */
  readonly replies: readonly Reply[];
}

/** Runs `hubbub bench echo` against a fixture and returns its JSON. */
async function measure(faults: EchoFaults, ...parameters: string[]): Promise<Measured> {
  await using server = new EchoFixture(faults);
  const { host, port } = await server.listen();
  await using bench = startProgram(
    ["bench", "echo", `${host}:${port}`, "--json", ...parameters],
  );
  const text = await bench.stdout.all();
  const exit = await bench.exit;
  assert(text !== "", await bench.stderr.all());
  return { exit, text, result: JSON.parse(text), replies: server.replies };
}

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
    const { exit, text, result, replies } = await measure(
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
  const { exit, text, result } = await measure(
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
  const { text, result } = await measure(
    { freeze: { every: 5000, for: 1000 } },
    ...["-c", "5", "-d", "5"],
  );
  assert(result.latencyMicroseconds.max > 850_000, text);
  assert(result.latencyMicroseconds.p99 < 100_000, text);
});

for (const pace of [["-p", "50"], ["-R", "5000"]]) {
  test(`every 1000th dropped, every 777th doubled, neighbours swapped, ${pace[0]}`, async () => {
    const counts = { drop: 0, double: 0, hold: 0 };
    const { exit, text, result } = await measure(
      {
        fault(n) {
          const fault = n % 500 === 250
            ? "hold"
            : n % 500 === 251
            ? undefined
            : n % 1000 === 999
            ? "drop"
            : n % 777 === 776
            ? "double"
            : undefined;
          if (fault !== undefined) counts[fault]++;
          return fault;
        },
      },
      ...["-c", "1", "-a", "8000", ...pace],
    );
    assertEquals(exit, 1, text);
    const { expected, received, lost, duplicated, reordered, misdelivered } = result.deliveries;
    assertEquals(counts, { drop: 8, double: 10, hold: 16 });
    assertEquals({ expected, lost, duplicated, reordered, misdelivered }, {
      expected: 8000,
      lost: counts.drop,
      duplicated: counts.double,
      reordered: counts.hold,
      misdelivered: 0,
    });
    assertEquals(received, 8000 - counts.drop);
  });
}

test("a server that reads and sends nothing", async () => {
  const { exit, text, result } = await measure(
    { instead: (socket) => void socket.resume() },
    ...["-c", "3", "-R", "100", "-d", "0.5", "-t", "1", "--assert", "p99<1s"],
  );
  assertEquals(exit, 1);
  assertEquals([result.joined, result.messages, result.deliveries.received], [3, 50, 0]);
  assertEquals([result.latencyMicroseconds, result.verdict.limitedBy], [null, null]);
  assertStringIncludes(text, "No reply was received.");
  assertStringIncludes(text, "Asserted p99<1s: nothing was measured.");
});

test("a chat that accepts and sends nothing", async () => {
  await using server = new EchoFixture({ instead: (socket) => void socket.resume() });
  const { port } = await server.listen();
  await using bench = startProgram(
    ["bench", "broadcast", `127.0.0.1:${port}`, "-c", "3", "-t", "0.5"],
  );
  const text = await bench.stdout.all();
  assertEquals(await bench.exit, 3, text);
  assertMatch(
    text,
    /FAILED: Cannot join the chat at .*no welcome before the timeout; the server sent nothing/,
  );
  assert(!/Deliveries\/s/.test(text), text);
});

test("a server that closes at once", async () => {
  const { exit, text, result } = await measure(
    { instead: (socket) => void socket.end() },
    ...["-c", "3", "-d", "1"],
  );
  assert(exit === 1 || exit === 3, text);
  assertEquals(result.deliveries.received, 0);
  assert(result.errors.length > 0, text);
});

test("a server that sends a line of 100 MB before the reply", async () => {
  const piece = "x".repeat(1_000_000);
  const { exit, text, result } = await measure(
    {
      instead(socket) {
        socket.once("data", (message) => {
          let left = 100;
          const more = () => {
            while (left > 0) {
              left--;
              if (!socket.write(piece)) break;
            }
            if (left === 0) socket.off("drain", more).write(message);
          };
          socket.on("drain", more);
          more();
        });
      },
    },
    ...["-c", "1", "-a", "1", "-t", "30"],
  );
  assertEquals([exit, result.deliveries.received], [0, 1], text);
  assertEquals(result.bytes.received, 100_000_065);
});

test("a closed port: no throughput, exit 3, whatever is looked for", async () => {
  for (const parameters of [["-R", "100"], ["--find-limit", "p99<1s"], ["-a", "10"]]) {
    await using bench = startProgram(["bench", "echo", "127.0.0.1:1", "-c", "2", ...parameters]);
    const text = await bench.stdout.all();
    assertEquals(await bench.exit, 3, text);
    assertStringIncludes(text, "ECONNREFUSED");
    assert(!text.includes("Replies/s"), text);
  }
});

test({
  name: "more connections than descriptors: a sentence, exit 2",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const scenario of ["echo", "broadcast"]) {
      await using bench = startProgram(
        ["bench", scenario, "127.0.0.1:1", "-c", scenario === "echo" ? "17000" : "100000"],
        { shell: 'ulimit -n 2000; exec "$@"' },
      );
      assertEquals(await bench.exit, 2);
      assertMatch(await bench.stderr.all(), /Cannot open \d+ connections: .*ulimit -n/);
    }
  },
});

test("invalid rates and conditions: a sentence with the valid ones, exit 2", async () => {
  for (
    const [parameters, reason] of [
      [["-R", "0"], /messages per second such as 1000\/s, from 1 to 500000/],
      [["-R", "600000"], /from 1 to 500000/],
      [["-R", "fast"], /from 1 to 500000/],
      [["--ramp", "0:0/s@5s"], /Cannot use 0:0 as rate/],
      [["--ramp", "0:10/s@5s", "-W", "1s"], /warm-up with a ramp/],
      [["-R", "5", "--find-limit", "lost=0"], /Cannot use --find-limit together with --rate/],
      [["--assert", "p99<50"], /units us, ms, s\. An assertion is .* Metrics: p50/],
    ] as const
  ) {
    await using bench = startProgram(["bench", "echo", ...parameters]);
    assertEquals(await bench.exit, 2, parameters.join(" "));
    assertMatch(await bench.stderr.all(), reason);
  }
});

test("what is asserted decides the exit code, a line each", async () => {
  const parameters = ["-c", "2", "-a", "100", "-n"];
  const good = await measure({}, ...parameters, "--assert", "p99<60s", "--assert", "lost=0");
  assertEquals([good.exit, good.result.failures], [0, []]);
  const bad = await measure({}, ...parameters, "--assert", "p99<1us,received=99");
  assertEquals([bad.exit, bad.result.failures.length], [1, 2]);
  assertMatch(bad.result.failures[0], /^Asserted p99<1us: it was \d+\.\d\d ms\.$/);
  assertEquals(bad.result.failures[1], "Asserted received=99: it was 100.");
});

test("a server that cannot keep up with the rate is named as the limit", async () => {
  // It answers one line of 20, however fast it runs, and no message expires while others are sent: in
  // the end it is 3.8 s behind.
  const serve = (socket: Socket) => {
    const waiting: string[] = [];
    let count = 0;
    let rest = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        waiting.push(`${line}\n`);
        if (count++ % 20 === 0) socket.write(waiting.shift()!);
      }
    });
  };
  const { exit, result, text } = await measure(
    { instead: serve },
    ...["-c", "1", "-R", "200", "-d", "4", "-t", "5"],
  );
  const { received, lost } = result.deliveries;
  assertEquals([exit, result.messages, received, lost], [1, 800, 40, 760], text);
  // The load tester names itself only if it was late by more than a tenth of the server's backlog, and
  // then it must: both are figures of the same run.
  const late = Math.max(
    result.slipMicroseconds.p99,
    result.generator.eventLoopLagMicroseconds.p99,
  ) / 1_000_000;
  assertEquals(result.verdict.limitedBy, lost / 200 > 10 * late ? "server" : "client", text);
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
  const all = await measure({}, "--find-limit", "lost=0,p99<60s", ...range);
  assertEquals(all.exit, 0, all.text);
  assertEquals([all.result.highestRate, all.result.lowestFailedRate], [120, null]);
  assertEquals(all.result.curve.map(({ rate }: { rate: number }) => rate), [50, 100, 120]);
  const none = await measure({ delay: 100 }, "--find-limit", "p50<99ms", ...range);
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
