import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import type { Socket } from "node:net";
import { type BenchmarkOptions, runBenchmark } from "../../../bench/mod.ts";
import { DRAIN_LIMITS } from "../../../bench/load/run_context.ts";
import { type EchoFaults, EchoFixture } from "../echo_fixture.ts";

async function measure(
  options: Omit<BenchmarkOptions, "target" | "scenario">,
  how: EchoFaults = {},
  signal = new AbortController().signal,
) {
  await using server = new EchoFixture(how);
  const target = await server.listen();
  return await runBenchmark({ ...options, scenario: "echo", target }, { signal });
}

Deno.test("echo: every message comes back once, on one connection and on many", async () => {
  for (const [connections, pipelining] of [[1, 1], [1, 64], [50, 8]] as const) {
    const result = await measure({ connections, pipelining, amount: 1000 });
    assertEquals(result.failures, []);
    assertEquals([result.messages, result.deliveries.received], [1000, 1000]);
    assertEquals([result.senders, result.profile], [connections, "echo"]);
    assertEquals([result.connected, result.joined], [connections, connections]);
    assertEquals(result.firstLatencyMicroseconds, result.latencyMicroseconds);
    assertEquals(result.lastLatencyMicroseconds, result.latencyMicroseconds);
  }
});

Deno.test("echo: in an open loop, all connections take turns", async () => {
  const result = await measure({ connections: 7, rate: 1000, amount: 500 });
  assertEquals(result.failures, []);
  assertEquals(result.deliveries.received, 500);
});

Deno.test("echo: a server that puts words before the reply, and one with a greeting", async () => {
  const result = await measure({
    connections: 3,
    amount: 30,
    profile: "line",
    lines: {
      login: "",
      welcome: "Hello",
      message: "SAY {text}\n",
    },
  }, {
    instead(socket) {
      socket.setEncoding("latin1");
      socket.write("Hello!\n");
      socket.on(
        "data",
        (text) => socket.write(String(text).replaceAll("SAY", "You said"), "latin1"),
      );
    },
  });
  assertEquals(result.failures, []);
  assertEquals(result.deliveries.received, 30);
});

Deno.test("echo: a changed reply is corrupt, with all compared and with a sample", async () => {
  for (const verify of ["all", "sample"] as const) {
    const result = await measure(
      { connections: 1, pipelining: 4, amount: 400, verify },
      { fault: (n) => n < 160 ? "flip" : undefined },
    );
    const { expected, received, lost, corrupted } = result.deliveries;
    assertEquals([expected, lost, received + corrupted], [400, 0, 400]);
    assertEquals(corrupted, verify === "all" ? 160 : 10);
    assertEquals(result.failures, [`${corrupted} replies corrupted.`]);
  }
});

/** A server that sends what one of two clients says to the other. */
function crossed(): EchoFaults {
  let first: Socket | undefined;
  return {
    instead(socket) {
      // The first one may talk before the second one is accepted.
      if (first === undefined) first = socket;
      else first.pipe(socket).pipe(first);
    },
  };
}

Deno.test("echo: a reply to another client is misdelivered", async () => {
  const result = await measure({ connections: 2, amount: 2, timeoutSeconds: 2 }, crossed());
  assertEquals([result.deliveries.received, result.deliveries.misdelivered], [0, 2]);
  assertEquals(result.failures.slice(0, 3), [
    "No reply was received.",
    "2 replies lost.",
    "2 replies misdelivered.",
  ]);
});

Deno.test("echo: a connection that breaks is an error, and nothing is expected of it", async () => {
  let lines = 0;
  const result = await measure({ connections: 2, amount: 500 }, {
    instead(socket) {
      socket.on("data", (text) => ++lines === 100 ? socket.destroy() : socket.write(text));
    },
  });
  assertEquals(result.deliveries.lost, 0);
  assertEquals(result.errors.map(({ phase, count }) => [phase, count]), [["run", 1]]);
});

Deno.test("echo: the signal ends a run, and what was measured stays", async () => {
  const stop = new AbortController();
  let lines = 0;
  const onLine = () => ++lines === 200 && stop.abort();
  const result = await measure({ connections: 4, durationSeconds: 60 }, { onLine }, stop.signal);
  assertEquals([result.interrupted, result.failures], [true, []]);
});

Deno.test("echo: a warm-up counts in no figure", async () => {
  let lines = 0;
  const onLine = () => lines++;
  const fault = () => lines < 100 ? "double" : undefined;
  const options = { connections: 2, rate: 500, warmUpSeconds: 0.4, amount: 50 };
  const result = await measure(options, { onLine, fault });
  assertEquals(result.failures, []);
  assertEquals([result.messages, result.deliveries.received, lines], [50, 50, 250]);
  assertEquals(result.warmUpSeconds, 0.4);
});

Deno.test("echo: a connection that breaks in the warm-up is an error of the run", async () => {
  let isBroken = false;
  const result = await measure({ connections: 3, rate: 500, warmUpSeconds: 1, amount: 40 }, {
    instead(socket) {
      socket.on("data", (text) => {
        if (isBroken) return void socket.write(text);
        // At the first bytes: a second is left in which a busy machine notices it.
        isBroken = true;
        socket.destroy();
      });
    },
  });
  assertEquals(result.failures, [
    "1 error during the run: connections closed during the warm-up.",
  ]);
  assertEquals(result.deliveries.received, 40);
});

Deno.test("echo: the same seed gives the same bytes", async () => {
  const run = async (seed: number) => {
    const received: string[] = [];
    await measure({ connections: 1, amount: 5, seed }, {
      instead(socket) {
        socket.on("data", (text) => {
          received.push(String(text));
          socket.write(text);
        });
      },
    });
    return received.join("");
  };
  assertEquals(await run(3), await run(3));
  assertNotEquals(await run(3), await run(4));
});

Deno.test("echo: threads share the connections, in a closed loop and in an open one", async () => {
  for (const pace of [{ amount: 1001 }, { rate: 1000, durationSeconds: 0.5 }]) {
    const result = await measure({ connections: 5, workers: 2, ...pace });
    assertEquals(result.failures, []);
    const messages = "amount" in pace ? 1001 : 500;
    assertEquals([result.messages, result.deliveries.received], [messages, messages]);
    assertEquals([result.joined, result.workers], [5, 2]);
  }
});

Deno.test("echo: what threads find wrong is counted together", async () => {
  const fault = (n: number) => n % 10 === 5 ? "double" : undefined;
  const result = await measure({ connections: 4, workers: 4, amount: 400 }, { fault });
  assertEquals([result.deliveries.received, result.deliveries.duplicated], [400, 40]);
});

Deno.test("echo: a reply to a connection of another thread is misdelivered", async () => {
  const load = { connections: 2, workers: 2, amount: 2, timeoutSeconds: 5 };
  const result = await measure(load, crossed());
  assertEquals([result.deliveries.received, result.deliveries.misdelivered], [0, 2]);
});

Deno.test("echo: what is under way at the end is waited for as long as a reply may take", async () => {
  // Longer than anything is waited for that is not expected any more.
  const delay = DRAIN_LIMITS.quiet + 500;
  const result = await measure({ connections: 2, rate: 50, durationSeconds: 0.2 }, { delay });
  assertEquals(result.failures, []);
  assertEquals(result.deliveries.received, result.messages);
  const { sendingSeconds, durationSeconds, messages, messagesPerSecond } = result;
  assert(durationSeconds - sendingSeconds > 1, "the wait is no sending");
  assertAlmostEquals(messagesPerSecond, messages / sendingSeconds, 1);
});

Deno.test("echo: replies behind the time-out are errors, but not out of order", async () => {
  const result = await measure(
    { connections: 2, rate: 20, durationSeconds: 4, timeoutSeconds: 2 },
    { delay: 2500 },
  );
  const { lost, reordered, duplicated, received } = result.deliveries;
  assertEquals([reordered, duplicated], [0, 0]);
  assert(received > 0 && received + lost === result.messages, "some came while others were sent");
  assertEquals(result.errors.map(({ code, count }) => [code, count > 0]), [["timeout", true]]);
});

Deno.test("echo: a server that closes all connections is what ends a run at a rate", async () => {
  let lines = 0;
  const sockets = new Set<Socket>();
  const result = await measure({ connections: 3, rate: 100, durationSeconds: 60 }, {
    instead(socket) {
      sockets.add(socket);
      socket.on("data", (bytes) => {
        socket.write(bytes);
        if (++lines >= 30) { for (const each of sockets) each.end(); }
      });
    },
  });
  assertEquals(result.verdict, {
    limitedBy: "server",
    reason: "all sending connections were closed",
  });
  assertEquals([result.unsent, result.interrupted], [0, false]);
  assert(
    result.failures.includes("Sending ended early: all sending connections were closed."),
    result.failures.join(" "),
  );
});

Deno.test("echo: the signal ends the wait for what is under way, too", async () => {
  const stop = new AbortController();
  await using server = new EchoFixture({ delay: 3_600_000 });
  const target = await server.listen();
  const options = { target, connections: 2, amount: 2, timeoutSeconds: 3600 } as const;
  const result = await runBenchmark({ ...options, scenario: "echo" }, {
    signal: stop.signal,
    onProgress: ({ stage }) => stage === "draining" && stop.abort(),
  });
  assertEquals([result.interrupted, result.deliveries.lost], [true, 2]);
  assert(
    result.failures.includes("2 replies missing when the run was interrupted."),
    result.failures.join(" "),
  );
});

Deno.test("echo: a thread without senders is reported, and the others keep sending", async () => {
  // The senders of the first thread: `a` is 0, and stands behind the opening and four of the run.
  const isFirstThread = (line: string) => ["aaa", "aab"].includes(line.slice(5, 8));
  const result = await measure(
    { connections: 4, workers: 2, rate: 400, durationSeconds: 2, timeoutSeconds: 30 },
    {
      instead(socket) {
        let lines = 0;
        socket.setEncoding("latin1");
        socket.on("data", (chunk) => {
          for (const line of String(chunk).split(/(?<=\n)/)) {
            if (isFirstThread(line) && ++lines > 20) return void socket.destroy();
            socket.write(line);
          }
        });
      },
    },
  );
  assertEquals(result.messages + result.unsent, 800);
  assert(result.messages > 400 && result.unsent > 100, `${result.messages} messages`);
  assertEquals(result.verdict, {
    limitedBy: "server",
    reason: "all sending connections were closed in 1 of 2 threads",
  });
  assertEquals(result.failures.slice(0, 1), [
    "Sending ended early in 1 of 2 threads: all sending connections were closed.",
  ]);
});

Deno.test("echo: by Little's law the rate times the mean latency is what may be in flight", async () => {
  for (const pipelining of [1, 16]) {
    const { deliveries, latencyMicroseconds, durationSeconds, generator } = await measure(
      { connections: 1, pipelining, amount: 4000 * pipelining },
      {},
    );
    // Up to the last reply, which may come long after sending has ended.
    const inFlight = deliveries.perSecond * latencyMicroseconds!.mean / 1_000_000;
    // Nothing is in flight before the first message, which a busy machine delays.
    const stalled = generator.eventLoopLagMicroseconds!.max / 1_000_000 / durationSeconds;
    const share = inFlight / pipelining;
    assert(share < 1.02 && share > 0.98 - stalled, `${inFlight} of ${pipelining} in flight`);
  }
});

Deno.test("echo: what is sent and not answered when connections close is cut off", async () => {
  let lines = 0;
  const result = await measure(
    { connections: 2, pipelining: 4, amount: 1000, timeoutSeconds: 30 },
    {
      instead: (socket) => {
        socket.on("error", () => {});
        socket.on("data", (chunk) => {
          // Of both connections together 20 chunks are answered, and the next ends its own.
          if (++lines > 20) socket.destroy();
          else socket.write(chunk);
        });
      },
    },
  );
  const { expected, received, cutOff, lost } = result.deliveries;
  assert(cutOff > 0 && received > 0, JSON.stringify(result.deliveries));
  assertEquals([lost, received + cutOff, expected], [0, expected, result.messages]);
});
