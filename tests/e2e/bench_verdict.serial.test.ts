/**
 * What `hubbub bench` says limits a run, against servers whose limit is known.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram, startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";

/** Runs a benchmark as JSON. */
async function measure(...parameters: string[]) {
  const { code, stdout, stderr } = await runProgram(["bench", ...parameters, "--json"]);
  assert(stdout !== "", stderr);
  return { exit: code, text: stdout, result: JSON.parse(stdout) };
}

Deno.test("a server at its default rate is recognised, in each profile of hubbub's", async () => {
  await using server = await startServer({ rate: { perSecond: 20, burst: 40 } });
  const target = `127.0.0.1:${server.port}`;
  const load = ["-c", "4", "-s", "2", "-p", "8", "-d", "2"];
  const tell = async (profile: string) => {
    const { result } = await measure("broadcast", target, "--profile", profile, ...load);
    return [result.serverLimits, result.verdict.limitedBy];
  };
  assertEquals(
    await Promise.all(["json", "text", "websocket"].map(tell)),
    Array.from({ length: 3 }, () => [{ perSecond: 20, burst: 40 }, "throttle"]),
  );
  await using bench = startProgram(["bench", "broadcast", target, ...load, "-n"]);
  const [first, ...others] = (await bench.stdout.all()).split("\n");
  assertEquals(
    first,
    `Running 2s broadcast @ ${target} (the server accepts 20 messages/s from each client)`,
  );
  assertStringIncludes(others.join("\n"), "Limited by: throttle (the server accepts 20 messages");
});

Deno.test("a server without a limit of the rate is not called one that has it", async () => {
  await using server = await startServer();
  const { result } = await measure(
    ...["broadcast", `127.0.0.1:${server.port}`, "-c", "4", "-s", "2", "-d", "0.3"],
  );
  assertEquals(result.serverLimits, null);
  assert(["client", "window"].includes(result.verdict.limitedBy), result.verdict.reason);
});
