/**
 * The profiles against the real servers that they are for. What is not installed is skipped.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { type BenchmarkOptions, fullOptions } from "../../bench/load/options.ts";
import { type BenchmarkResult, resultOf } from "../../bench/results/result.ts";
import { broadcast } from "../../bench/scenarios/messages.ts";
import { pathOf, PEERS, startPeer } from "../../tools/peers.ts";
import { startServer } from "../support/server.ts";

async function measure(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const full = fullOptions(options);
  const measurement = await broadcast.measure(full, {
    now: () => performance.now(),
    runId: "test",
    signal: new AbortController().signal,
    onProgress: () => {},
    drain: { quiet: 2000, settle: 50 },
  });
  return resultOf(full, measurement);
}

/** Eight clients, all of whom talk, and nothing lost. */
async function assertNothingLost(options: BenchmarkOptions): Promise<void> {
  const load = { connections: 8, senders: 8, amount: 400, pipelining: 4 };
  const result = await measure({ ...load, ...options });
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
        ...(peer.lines !== undefined && { lines: peer.lines }),
      });
    },
  });
}

for (const profile of ["json", "text", "websocket", "irc"] as const) {
  Deno.test(`profile ${profile}: nothing lost with hubbub`, async () => {
    await using server = await startServer();
    await assertNothingLost({ target: { host: "127.0.0.1", port: server.port }, profile });
  });
}

for (const profile of ["json", "websocket"] as const) {
  Deno.test(`profile ${profile}: a receiver that says nothing is kept, since pings are answered`, async () => {
    await using server = await startServer({ pingMilliseconds: 200 });
    const result = await measure({
      target: { host: "127.0.0.1", port: server.port },
      profile,
      connections: 4,
      senders: 1,
      durationSeconds: 1.5,
    });
    // Silence of three times the interval ends a connection.
    assertEquals(result.failures, []);
  });
}

Deno.test("profile json: what the server refuses is an error of the run by its code", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      void (async () => {
        let frames = [
          `{"type":"welcome","name":"x","rooms":[{"room":"lobby","seq":0}],"server":"x","session":"s"}\n`,
          `{"type":"error","code":"muted","text":"You are muted."}\n` +
          `{"type":"skipped","room":"lobby","count":2,"from":1,"to":2}\n`,
        ];
        for await (const _ of connection.readable) {
          // Each of the two comes in a segment of its own: the hello, the one message.
          await write(connection, frames[0] ?? "");
          frames = frames.slice(1);
        }
      })().catch(() => {});
    }
  })();
  const target = { host: "127.0.0.1", port: listener.addr.port };
  const result = await measure({
    target,
    connections: 2,
    senders: 1,
    amount: 1,
    timeoutSeconds: 2,
  });
  listener.close();
  await serving.catch(() => {});
  assertEquals(
    result.errors.map(({ phase, code, count }) => [phase, code, count]),
    [["run", "muted", 1]],
  );
  // What the server says that it skipped is in the ledger, and not an error once more.
  assertEquals([result.deliveries.skipped, result.deliveries.lost], [1, 0]);
});

/** Servers that are of no use, and what is said of them. */
const WRONG: readonly {
  why: string;
  profile: BenchmarkOptions["profile"];
  serve: (connection: Deno.Conn) => Promise<unknown>;
  said: RegExp;
}[] = [
  {
    why: "another kind of server",
    profile: "json",
    serve: (connection) => write(connection, "-ERR unknown command 'x'\r\n"),
    said: /no welcome before the timeout; it sent "-ERR unknown command 'x'"; check the profile/,
  },
  {
    why: "an echo server",
    profile: "json",
    serve: (connection) => echo(connection, ""),
    said: /: the server repeats the login; check the profile\.$/,
  },
  {
    why: "an echo server that says so",
    profile: "text",
    serve: (connection) => echo(connection, "Echo: "),
    said: /: the server repeats the login; check the profile\.$/,
  },
  {
    why: "one that says nothing",
    profile: "nats",
    serve: () => Promise.resolve(),
    said: /no welcome before the timeout; the server sent nothing/,
  },
  {
    why: "one that closes at once",
    profile: "irc",
    serve: (connection) => Promise.resolve(connection.closeWrite()),
    said: /the server closed the connection; the server sent nothing|ECONNRESET/,
  },
  {
    why: "one that sends a line of 100 MB",
    profile: "redis",
    serve: (connection) => write(connection, "x".repeat(1_000_000), 100),
    said: /no welcome before the timeout; it sent "x{80}"; check the profile/,
  },
];

async function write(connection: Deno.Conn, text: string, times = 1): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let time = 0; time < times; time++) {
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    }
  } catch {
    // The load tester has stopped waiting.
  }
}

async function echo(connection: Deno.Conn, prefix: string): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    for (let length; (length = await connection.read(buffer)) !== null;) {
      await write(connection, prefix + new TextDecoder().decode(buffer.subarray(0, length)));
    }
  } catch {
    // The load tester has stopped waiting.
  }
}

for (const { why, profile, serve, said } of WRONG) {
  Deno.test(`profile ${profile}: ${why} is reported in a sentence`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connections: Deno.Conn[] = [];
    const serving = (async () => {
      for await (const connection of listener) {
        connections.push(connection);
        void serve(connection);
      }
    })();
    const target = { host: "127.0.0.1", port: listener.addr.port };
    const result = await measure({
      ...{ target, connections: 2, timeoutSeconds: 2 },
      ...(profile !== undefined && { profile }),
    });
    listener.close();
    await serving.catch(() => {});
    for (const connection of connections) connection.close();
    assertEquals(result.joined, 0);
    assertMatch(result.failures[0]!, /^Cannot join the chat at 127\.0\.0\.1:\d+: /);
    assertMatch(result.failures[0]!, said);
  });
}
