import { assertEquals, assertMatch } from "@std/assert";
import { createServer } from "node:net";
import type { GeneratorMeasurement } from "../../../bench/load/generator_health.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { runScenario } from "../../../bench/mod.ts";
import { joinMeasurement } from "../../../bench/load/joining.ts";
import { noTraffic } from "../../../bench/load/measurement.ts";
import { ConnectionPool } from "../../../bench/load/connection_pool.ts";
import { ErrorTally } from "../../../bench/load/error_tally.ts";
import { UNKNOWN_SERVER } from "../../../bench/results/run_health.ts";
import { connect } from "../../../bench/scenarios/connect.ts";
import { json } from "../../../bench/profiles/json.ts";
import { connectReport } from "../../../bench/reports/connection_reports.ts";
import { FixtureServer } from "../fixture_server.ts";

Deno.test({
  name: "connect: uses the given source addresses, or other ones if those are in use",
  ignore: Deno.build.os === "darwin", // it has 127.0.0.1 only
  fn: async () => {
    const seen: string[] = [];
    const server = createServer((socket) => {
      seen.push(socket.remoteAddress!);
      socket.on("error", () => {}).resume();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const accepted = new Promise<void>((resolve) =>
      server.on("connection", () => seen.length === 4 && resolve())
    );
    const pool = new ConnectionPool();
    const errors = new ErrorTally();
    await pool.open({
      ...{ target: { host: "127.0.0.1", port }, connections: 4, timeout: 5000 },
      ...{ until: "connected", isRun: true, profile: json, nameOf: String, errors },
      // Two are of one source, which the second finds taken.
      sourceOf: (index, attempt) => ({ address: `127.7.7.${2 + index % 2 + 2 * attempt}`, port }),
      now: () => performance.now(),
      signal: new AbortController().signal,
    });
    assertEquals([pool.times.connected.length, errors.list()], [4, []]);
    await pool.close();
    await accepted;
    await new Promise((resolve) => server.close(resolve));
    assertEquals(seen.toSorted(), [2, 3, 4, 5].map((last) => `127.7.7.${last}`));
  },
});

/** Runs `connect` against a server, which is then closed. */
async function connectTo(server: FixtureServer, connections: number, timeoutSeconds: number) {
  const target = await server.listen();
  const load = { target, profile: "json", connections, timeoutSeconds } as const;
  const result = await runScenario("connect", load);
  await server.close();
  return result;
}

Deno.test("connect: counts clients that are connected but not admitted separately", async () => {
  const result = await connectTo(new FixtureServer({ capacity: 3 }), 5, 5);
  assertEquals([result.connected, result.greeted, result.joined], [5, 5, 3]);
  assertEquals(result.errors.map(({ phase, count, firstSecond }) => [phase, count, firstSecond]), [
    ["login", 2, 0],
  ]);
  assertEquals(result.failures.length, 1);
});

Deno.test("connect: connections to a silent server are connected and not greeted", async () => {
  const result = await connectTo(new FixtureServer({ silent: true }), 3, 2);
  assertEquals([result.connected, result.greeted, result.joined], [3, 0, 0]);
  assertEquals(result.joinMicroseconds, null);
  assertEquals(result.errors.map(({ phase, code, count }) => [phase, code, count]), [
    ["login", "timeout", 3],
  ]);
});

/** A load tester that had nothing to do. */
const IDLE: GeneratorMeasurement = {
  ...{ cpuSeconds: 0, processCpuSeconds: 0, processors: 1, seconds: 4 },
  lag: new LatencyHistogram().snapshot(),
};

Deno.test("connect: explains delays of seconds by dropped SYNs that were sent again", () => {
  const options = {
    ...{ target: { host: "127.0.0.1", port: 9 }, profile: "json", connections: 6 } as const,
    timeoutSeconds: 10,
  };
  const linesOf = (connected: number[]) =>
    connectReport(connect.result(options, {
      ...{ ...noTraffic(IDLE), ...joinMeasurement(undefined, 4), errors: [], interrupted: false },
      connected: connected.length,
      own: { times: { connected, greeted: connected, joined: connected } },
    }, UNKNOWN_SERVER)).lines.join("\n");
  const late = linesOf([1, 2, 3, 1010, 1030, 3050]);
  assertMatch(late, /3 connections took 1 s or longer .*after 1\.01 s, 3\.05 s/);
  assertMatch(late, /dropped their SYN packets.* full accept queue/);
  assertMatch(linesOf([1, 2, 3, 4, 5, 1010]), /^1 connection took 1 s/m);
  assertEquals(/SYN/.test(linesOf([1, 2, 3, 4, 5, 80])), false);
  assertEquals(/SYN/.test(linesOf([1, 2, 3, 4, 600, 650])), false, "a slow server, and no step");
});
