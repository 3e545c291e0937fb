/** Servers that are started by a command, at an address that answers nothing. */

import { assertRejects } from "@std/assert";
import { idleListener } from "../../cli/listeners.ts";
import { CliError } from "../../cli/exit.ts";
import { loadedServer } from "../../cli/started_server.ts";

const NEVER = new AbortController().signal;
/** macOS and Windows refuse connections where Linux drops their SYNs. */
const ignore = Deno.build.os !== "linux";

/** A port whose accept queue is full: SYNs to it are dropped. */
async function silentPort() {
  const listener = await idleListener(0);
  const queued = await Deno.connect({ port: listener.port });
  return {
    target: { host: "127.0.0.1", port: listener.port },
    [Symbol.dispose]() {
      queued.close();
      listener.close();
    },
  };
}

function start(
  target: { host: string; port: number },
  command: readonly string[],
  signal: AbortSignal,
  timeout?: number,
) {
  const startOwn = () => Promise.reject(new Error("A server of its own was started"));
  return loadedServer({ target, command }, startOwn, signal, timeout);
}

/** A command that connects to a port and stays. */
function connecting(port: number): string[] {
  return [
    Deno.execPath(),
    "eval",
    `await Deno.connect({ port: ${port} }); setInterval(() => {}, 1e6);`,
  ];
}

Deno.test({
  name: "bench -- COMMAND: an address that drops SYNs fails after the time to start",
  ignore,
  fn: async () => {
    using silent = await silentPort();
    using started = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const failed = assertRejects(
      () => start(silent.target, connecting(started.addr.port), NEVER, 10),
      CliError,
      `nothing listens at 127.0.0.1:${silent.target.port} after 0.01 s.`,
    );
    using command = await started.accept();
    await failed;
    await command.readable.pipeTo(new WritableStream()).catch(() => {}); // It was stopped.
  },
});

Deno.test({
  name: "bench -- COMMAND: Ctrl+C ends the wait for an address that drops SYNs, and the command",
  ignore,
  fn: async () => {
    using silent = await silentPort();
    using started = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const interrupt = new AbortController();
    const failed = assertRejects(
      () => start(silent.target, connecting(started.addr.port), interrupt.signal),
      CliError,
      "Interrupted before the run started.",
    );
    using command = await started.accept();
    interrupt.abort();
    await failed;
    await command.readable.pipeTo(new WritableStream()).catch(() => {}); // It was stopped.
  },
});

Deno.test({
  name: "bench -- COMMAND: Ctrl+C before the command is started starts nothing",
  ignore,
  fn: async () => {
    using silent = await silentPort();
    const interrupt = new AbortController();
    const failed = assertRejects(
      () => start(silent.target, ["/nonexistent/server"], interrupt.signal),
      CliError,
      "Interrupted before the run started.",
    );
    interrupt.abort();
    await failed;
  },
});

Deno.test("bench -- COMMAND: an unknown program is named", async () => {
  await assertRejects(
    () => start({ host: "127.0.0.1", port: 1 }, ["no-such-program", "x"], NEVER),
    CliError,
    'Cannot start "no-such-program x": program "no-such-program" not found.',
  );
});
