/**
 * The load tester against servers with known faults: it must report just those, also on a busy machine.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Socket } from "node:net";
import { EchoFixture } from "../bench/echo_fixture.ts";
import { measureEcho } from "../support/measured_echo.ts";
import { startProgram } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";

const test = isThorough("reports of the load tester on servers with known faults")
  ? Deno.test
  : Deno.test.ignore;

for (const pace of [["-p", "50"], ["-R", "5000"]]) {
  test(`every 1000th dropped, every 777th doubled, neighbours swapped, ${pace[0]}`, async () => {
    const counts = { drop: 0, double: 0, hold: 0 };
    const { exit, text, result } = await measureEcho(
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
  const { exit, text, result } = await measureEcho(
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
  const { exit, text, result } = await measureEcho(
    { instead: (socket) => void socket.end() },
    ...["-c", "3", "-d", "1"],
  );
  assert(exit === 1 || exit === 3, text);
  assertEquals(result.deliveries.received, 0);
  assert(result.errors.length > 0, text);
});

test("a server that sends a line of 100 MB before the reply", async () => {
  const piece = "x".repeat(1_000_000);
  const { exit, text, result } = await measureEcho(
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
  const good = await measureEcho({}, ...parameters, "--assert", "p99<60s", "--assert", "lost=0");
  assertEquals([good.exit, good.result.failures], [0, []]);
  const bad = await measureEcho({}, ...parameters, "--assert", "p99<1us,received=99");
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
  const { exit, result, text } = await measureEcho(
    { instead: serve },
    ...["-c", "1", "-R", "200", "-d", "4", "-t", "8"],
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

Deno.test("a server that stands still for 1.5 s has not kept up", async () => {
  let chunks = 0;
  let isStill = false;
  const held: (() => void)[] = [];
  const serve = (socket: Socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const answer = () => void socket.write(chunk);
      if (++chunks === 100) {
        isStill = true;
        setTimeout(() => {
          isStill = false;
          for (const next of held.splice(0)) next();
        }, 1500);
      }
      if (isStill) held.push(answer);
      else answer();
    });
  };
  const { result, text } = await measureEcho(
    { instead: serve },
    ...["-c", "2", "-R", "100", "-d", "4"],
  );
  assert(result.latencyMicroseconds.max > 1_400_000, text);
  // On a busy machine the load tester may be late, too, and then that is what it says.
  assert(["server", "client"].includes(result.verdict.limitedBy), text);
  assert(!result.verdict.reason.includes("kept up"), text);
});
