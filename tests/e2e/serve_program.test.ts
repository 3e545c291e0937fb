/**
 * `hubbub serve` as a real process: what it prints, its signals, its exit codes, a low limit on
 * descriptors.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { assertPortInUse, startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { eventuallyDone } from "../support/eventually.ts";

const isWindows = Deno.build.os === "windows";

/** Whether the system lets only administrators listen on port 80, and the right can be dropped. */
function keepsPortsFromUsers(): boolean {
  if (Deno.build.os !== "linux") return false;
  const file = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
  const { stdout } = new Deno.Command("cat", { args: [file], stderr: "null" }).outputSync();
  const first = Number(new TextDecoder().decode(stdout));
  return first > 80 && (Deno.uid() !== 0 || hasCommand("setpriv", "--version"));
}

Deno.test({
  name: "SIGINT with 100 clients: each is notified, and the process exits 0",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const clients = await Promise.all(
      Array.from({ length: 100 }, (_, index) => RawClient.join(serve.port, `user${index}`)),
    );
    const program = await RawClient.connect(serve.port);
    program.sendFrame({ type: "hello", name: "program" });
    await program.frame("welcome");
    serve.child.kill("SIGINT");
    await Promise.all(clients.map(async (client) => {
      const told = await client.untilEnd();
      assertMatch(told, /\[\d\d:\d\d:\d\d\] \[SYSTEM\]: The server is shutting down\.\n$/);
      client.close();
    }));
    assertEquals((await program.frame("bye")).reason, "shutdown");
    program.close();
    assertEquals(await serve.exit, 0);
  },
});

Deno.test({
  name: "SIGTERM stops as SIGINT does, also with a client that does not read or close",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const stuck = await RawClient.join(serve.port, "stuck");
    stuck.socket.pause();
    serve.child.kill("SIGTERM");
    assertEquals(await serve.exit, 0);
    stuck.close();
  },
});

Deno.test({
  name: "a second signal ends at once, with 130",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const stuck = await RawClient.join(serve.port, "stuck");
    stuck.socket.pause();
    serve.child.kill("SIGINT");
    await serve.stdout.until(/Ctrl\+C again/);
    // Not SIGINT: so soon after the first one it would count as the same press.
    serve.child.kill("SIGTERM");
    assertEquals(await serve.exit, 130);
    stuck.close();
  },
});

Deno.test({
  name: "the same port can be listened on again at once",
  ignore: isWindows,
  fn: async () => {
    const port = freePort();
    await using first = await startServe(["--port", String(port)]);
    const client = await RawClient.join(port, "visiting");
    first.child.kill("SIGINT");
    await first.exit;
    await using second = startProgram(["serve", "127.0.0.1", String(port)]);
    await second.stdout.until(new RegExp(`^Listening on 127\\.0\\.0\\.1:${port}$`, "m"));
    client.close();
  },
});

Deno.test({
  name: "a port that only an administrator may take: one line that says what to do, exit 3",
  ignore: !keepsPortsFromUsers(),
  fn: async () => {
    // An administrator who runs the tests does so without that right.
    const shell = Deno.uid() === 0
      ? 'exec setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service "$@"'
      : 'exec "$@"';
    await using denied = startProgram(["serve", "--port", "80"], { shell });
    assertEquals(await denied.exit, 3);
    assertEquals(
      (await denied.stderr.all()).split("\n").at(-2),
      "Cannot listen on 127.0.0.1:80: permission denied. Ports below 1024 need an administrator; " +
        "try --port 8080.",
    );
  },
});

Deno.test("E2 a port in use: one line that says what to do, exit 3", async () => {
  await using serve = await startServe();
  await assertPortInUse(["serve", "--port", String(serve.port)], serve.port);
});

Deno.test("E2 an address that is not this machine's, or none at all: exit 3", async () => {
  await using foreign = startProgram(["serve", "192.0.2.1:8080"]);
  assertEquals(await foreign.exit, 3);
  assertMatch(
    await foreign.stderr.all(),
    /^Cannot listen on 192\.0\.2\.1:8080: this machine does not have that address\. Try --host/,
  );
  await using none = startProgram(["serve", "--host", "no.such.host.invalid"]);
  assertEquals(await none.exit, 3);
  assertMatch(await none.stderr.all(), /^Cannot listen on no\.such\.host\.invalid:8080: .+ Try/);
});

Deno.test("a wrong option or value: the reason, exit 2", async () => {
  for (
    const [parameters, reason] of [
      [
        ["serve", "--prot", "1"],
        /^Unknown option "--prot"\. Did you mean "--port"\?\n\(--help lists/,
      ],
      [["serve", "--port", "70000"], /whole number from 0 to 65535/],
      [["serve", "--rate", "fast"], /messages per second such as 20/],
      [["sevre"], /^Unknown command "sevre"\. Did you mean "serve"\?\n/],
      [["serve", "--port"], /^Missing value of --port <number>\.\n/],
      [["check", "a", "1", "2"], /^Too many arguments: expected at most 2, got 3: a, 1, 2\.\n/],
      [["bench", "restart", "127.0.0.1:1"], /^Cannot restart another server: /],
      [["bench", "restart", "--", "x"], /^Cannot restart another server: /],
      [["bench", "codec", "127.0.0.1:1"], /^Cannot use a server for codec: /],
      [["bench", "-P", "5"], /^Invalid --payload "5": expected a whole number from 16 to 4096/],
      [
        ["bench", "--payload-file", "/nofile"],
        /^Cannot make messages .*: there is no such file\.\n/,
      ],
      [
        ["bench", "--assert", "firt.p50<1ms"],
        /Unknown metric "firt\.p50"\. Did you mean "first\.p50"\?/,
      ],
      [["completions"], /^Missing argument <shell>\.\n/],
      [["completions", "tcsh"], /^Invalid shell "tcsh": expected bash, zsh, fish or powershell\./],
    ] as const
  ) {
    await using program = startProgram(parameters);
    assertEquals(await program.exit, 2, parameters.join(" "));
    assertMatch(await program.stderr.all(), reason);
  }
});

Deno.test("options come from the command line before the environment", async () => {
  await using serve = await startServe(["--log-level", "info"], {
    env: { HUBBUB_MAX_CLIENTS: "7", HUBBUB_LOG_LEVEL: "debug" },
  });
  await serve.stdout.until(/room for +7 clients/);
  const client = await RawClient.join(serve.port, "Visiting");
  client.send("a message\n/quit\n");
  await client.untilEnd();
  await serve.stderr.until(/ info {2}left name=Visiting address=127\.0\.0\.1:\d+\n/);
  assert(serve.stderr.text.includes(" info  joined name=Visiting room=lobby "), serve.stderr.text);
  assert(!serve.stderr.text.includes("debug"), "debug was not asked for on the command line");
  assert(!serve.stderr.text.includes("a message"), "messages are never logged");
});

Deno.test({
  name: "under ulimit -n 64 and 300 connects it keeps serving, and serves newcomers afterwards",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe([], { shell: 'ulimit -n 64; exec "$@"' });
    await serve.stderr.until(/the limit on open files leaves room for \d+ clients; raise it/);
    const ann = await RawClient.join(serve.port, "ann");
    const clients = await Promise.allSettled(
      Array.from({ length: 300 }, () => RawClient.connect(serve.port)),
    );
    ann.send("/users\n");
    await ann.until("Online users (1): ann\n");
    for (const result of clients) if (result.status === "fulfilled") result.value.close();
    // A client that comes while the listener is dead waits in the kernel's queue, and is refused or reset
    // when it is replaced: a person would try again, and so does this.
    const ben = await eventuallyDone(() => RawClient.join(serve.port, "ben"));
    ann.send("hello ben\n");
    await ben.until("ann: hello ben\n");
    ann.close();
    ben.close();
  },
});
