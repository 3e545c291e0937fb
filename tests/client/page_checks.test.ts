import { assertEquals, assertRejects } from "@std/assert";
import type { CheckResult } from "../../client/check/mod.ts";
import { ChatClient, ConnectionError } from "../../client/mod.ts";
import { runPageChecks } from "../../client/page_checks.ts";
import { freePort } from "../support/addresses.ts";
import { startServer } from "../support/server.ts";

const connectTo = (port: number) => (name: string) =>
  ChatClient.connect({ url: `ws://127.0.0.1:${port}/`, name });

Deno.test("page checks: hubbub passes all of them", async () => {
  await using server = await startServer();
  const results: CheckResult[] = [];
  const summary = await runPageChecks({
    connect: connectTo(server.port),
    patienceMilliseconds: 60_000,
    onResult: (result) => results.push(result),
  });
  assertEquals(summary, { passed: 8, failed: 0, skipped: 0 }, JSON.stringify(results));
});

Deno.test("page checks: the first failure ends them, and silence is one", async () => {
  await using server = await startServer();
  const results: string[] = [];
  const summary = await runPageChecks({
    async connect(name) {
      const client = await connectTo(server.port)(name);
      client.whisper = () => new Promise(() => {});
      return client;
    },
    patienceMilliseconds: 2000,
    onResult: ({ verdict, name, detail }) => results.push(`${verdict} ${name}: ${detail}`),
  });
  assertEquals(summary, { passed: 4, failed: 1, skipped: 3 }, results.join());
  assertEquals(results[4], "FAIL whispers: nothing arrived in 2 s");
});

Deno.test("page checks: without a server they are not run", async () => {
  const connect = connectTo(freePort());
  const onResult = () => {};
  const run = runPageChecks({ connect, patienceMilliseconds: 60_000, onResult });
  await assertRejects(() => run, ConnectionError);
});
