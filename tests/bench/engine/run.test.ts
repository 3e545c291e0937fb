import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runBenchmark } from "../../../bench/mod.ts";
import { FixtureServer } from "../fixture_server.ts";

Deno.test("run: a benchmark in a thread of its own", async () => {
  const server = new FixtureServer();
  const target = await server.listen();
  const result = await runBenchmark({ target, connections: 8, amount: 200, pipelining: 8 });
  await server.close();
  assertEquals(result.failures, []);
  assertEquals(result.deliveries.received, 1400);
  assertEquals(JSON.parse(JSON.stringify(result)), result);
});

Deno.test("run: the signal ends it and the result is printed", async () => {
  const stop = new AbortController();
  let messages = 0;
  const server = new FixtureServer({ onMessage: () => ++messages === 100 && stop.abort() });
  const target = await server.listen();
  const result = await runBenchmark(
    { target, connections: 8, durationSeconds: 60 },
    { signal: stop.signal },
  );
  await server.close();
  assertEquals(result.interrupted, true);
  assertEquals(result.deliveries.lost, 0);
});

Deno.test("run: options that cannot be used are refused before anything starts", async () => {
  const target = { host: "127.0.0.1", port: 1 };
  await assertRejects(() => runBenchmark({ target, connections: 0 }), RangeError, "connections");
});

Deno.test("run: the process of a paced run that has failed ends", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fileURLToPath(new URL("failed_run.ts", import.meta.url))],
    signal: AbortSignal.timeout(60_000),
  }).output();
  const text = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr]));
  assertEquals([code, text], [0, "Error: no kill\n"]);
});
