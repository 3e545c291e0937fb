/**
 * The profiles against the real servers that they are for. What is not installed is skipped.
 */

import { assertEquals } from "@std/assert";
import { type BenchmarkOptions, fullOptions } from "../../bench/options.ts";
import { type BenchmarkResult, resultOf } from "../../bench/result.ts";
import { broadcast } from "../../bench/scenarios/broadcast.ts";
import { pathOf, PEERS, startPeer } from "../../tools/peers.ts";
import { startServer } from "../support/server.ts";

async function measure(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const full = fullOptions(options);
  const measurement = await broadcast(full, {
    now: () => performance.now(),
    runId: "test",
    signal: new AbortController().signal,
    onProgress: () => {},
    drain: { quiet: 2000, most: 10_000, settle: 50 },
  });
  return resultOf(full, measurement);
}

/** Eight clients, all of whom talk, and nothing lost. */
async function assertNothingLost(options: BenchmarkOptions): Promise<void> {
  const crowd = { connections: 8, senders: 8, amount: 400, pipelining: 4 };
  const result = await measure({ ...crowd, ...options });
  assertEquals(result.failures, []);
  assertEquals(result.errors, []);
  assertEquals(result.deliveries.received, 400 * 7);
}

for (const peer of PEERS) {
  const isMissing = pathOf(peer.program) === undefined;
  Deno.test({
    name: `profile ${peer.profile}: nothing lost with ${peer.program}` +
      (isMissing ? " (skipped: it is not installed)" : ""),
    ignore: isMissing,
    async fn() {
      await using server = await startPeer(peer);
      await assertNothingLost({
        target: { host: "127.0.0.1", port: server.port },
        profile: peer.profile,
        lines: peer.lines,
      });
    },
  });
}

for (const profile of ["json", "text", "websocket"] as const) {
  Deno.test(`profile ${profile}: nothing lost with hubbub`, async () => {
    await using server = await startServer();
    await assertNothingLost({ target: { host: "127.0.0.1", port: server.port }, profile });
  });
}
