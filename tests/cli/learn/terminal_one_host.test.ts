import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connect, type Socket } from "node:net";
import { existsSync, readdirSync } from "node:fs";
import type { LessonEvent } from "../../../client/learn/conditions.ts";
import { PortInUseError, TerminalOneHost } from "../../../cli/learn/terminal_one_host.ts";
import type { CliError } from "../../../cli/exit.ts";
import { freePort } from "../../support/addresses.ts";
import { configHome } from "../../support/config_home.ts";
import { eventually } from "../../support/eventually.ts";

/** Terminal 1 with a free port in place of 8080. */
function newHost() {
  const port = freePort();
  const folder = configHome();
  const lines: string[] = [];
  const events: LessonEvent[] = [];
  const terminal = new TerminalOneHost({
    print: (line) => lines.push(line),
    event: (event) => events.push(event),
  }, folder);
  const host = {
    run: (command: string, isTraced: boolean) =>
      terminal.run(command, new Map([[8080, port]]), isTraced),
    stop: () => terminal.stop(),
  };
  const kinds = () => events.map(({ kind, text }) => text === undefined ? kind : `${kind} ${text}`);
  return { host, port, folder, lines, kinds, [Symbol.asyncDispose]: () => host.stop() };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  await new Promise((resolve) => socket.on("connect", resolve));
  return socket;
}

Deno.test("terminal 1: a server listens at its port, and reports its clients and the end of each once", async () => {
  await using terminal = newHost();
  const { host, port, lines, kinds } = terminal;
  await host.run("deno task hubbub echo --prefix 'got: '", true);
  assert(lines.includes(`Listening on 127.0.0.1:${port}`), lines.join("\n"));
  const expected: string[] = [];
  for (const end of ["destroy", "resetAndDestroy"] as const) {
    const socket = await connected(port);
    socket.write("Hello\n");
    expected.push("connects", "sends Hello", "closes");
    await eventually(() => kinds().length === expected.length - 1, "the text");
    socket[end]();
    await eventually(() => kinds().length >= expected.length, "the end");
  }
  assert(lines.some((line) => line.startsWith("Lost the connection")), lines.join("\n"));
  assertEquals(kinds(), expected);
});

Deno.test("terminal 1: a traced text is one event, and comes when it is read", async () => {
  await using terminal = newHost();
  const { host, port, lines, kinds } = terminal;
  await host.run("deno task hubbub echo --trace", true);
  const socket = await connected(port);
  socket.write("Hello\n");
  await eventually(() => lines.some((line) => line.startsWith("Received from")), "the log");
  assertEquals(kinds(), ["connects", "sends Hello\n"]);
  socket.destroy();
});

Deno.test("terminal 1: what a chat prints because of added options is an event and not shown", async () => {
  await using terminal = newHost();
  const { host, port, lines, kinds } = terminal;
  await host.run("deno task hubbub serve", true);
  const socket = await connected(port);
  socket.write("Ann\nHow are you?\n");
  await eventually(() => kinds().some((kind) => kind.includes("How are you?")), "the text");
  socket.destroy();
  await eventually(() => kinds().includes("leaves Ann"), "the end");
  assert(kinds().includes("connects"));
  assert(kinds().includes("joins Ann"));
  assert(lines.some((line) => line.includes("joined name=Ann")), "the log is shown");
  assertEquals(lines.filter((line) => / read |debug|stop with/.test(line)), []);
});

Deno.test("terminal 1: nothing outlives the end, not even a server's folder", async () => {
  const { host, port, folder } = newHost();
  await host.run('deno task hubbub serve --data "$(mktemp -d)"', false);
  assertEquals(readdirSync(folder).length, 1);
  await host.stop();
  assertEquals(readdirSync(folder), []);
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.on("error", resolve));
});

Deno.test("terminal 1: another command ends the one that runs", async () => {
  await using terminal = newHost();
  const { host, port, lines } = terminal;
  await host.run("deno task hubbub echo", false);
  await host.run("nc -l 127.0.0.1 8080", false); // on the same port
  const socket = await connected(port);
  socket.end("to nc\n");
  await eventually(() => lines.includes("to nc"), "the text");
});

Deno.test("terminal 1: a command that is no server is run to its end", async () => {
  await using terminal = newHost();
  await terminal.host.run("deno task hubbub check 127.0.0.1:1", false);
  assertMatch(terminal.lines.join("\n"), /connection refused/);
});

Deno.test("terminal 1: a server that cannot start is an error with its reason", async () => {
  await using terminal = newHost();
  const { host, port, folder } = terminal;
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  for (const command of ["deno task hubbub echo", "nc -l 127.0.0.1 8080"]) {
    const error = await assertRejects(() => host.run(command, false), PortInUseError) as CliError;
    assertMatch(error.message, /^The server of this lesson did not start: .*in use.*\.$/i);
  }
  listener.close();
  assert(!existsSync(folder));
});
