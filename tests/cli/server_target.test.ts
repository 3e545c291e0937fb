import { Command } from "@commander-js/extra-typings";
import { assertEquals, assertThrows } from "@std/assert";
import { plainTarget, serverOf, serverTarget, TARGET_OPTIONS } from "../../cli/server_target.ts";

/** A client's command after a command line was read; the environment has given some of its options. */
function commandOf(options: readonly string[], environment: Record<string, unknown> = {}) {
  const command = new Command("x").exitOverride().configureOutput({ writeErr: () => {} })
    .addOption(TARGET_OPTIONS.host()).addOption(TARGET_OPTIONS.port())
    .argument("[words...]").action(() => {});
  for (const [name, value] of Object.entries(environment)) {
    command.setOptionValueWithSource(name as "host", value as string, "env");
  }
  return command.parse([...options], { from: "user" });
}

Deno.test("server target: words and options, each part from where it was given", () => {
  const of = (words: string[], options: string[], environment = {}) =>
    serverTarget(commandOf(options, environment), words as [string, string]);
  assertEquals(of([], []), {});
  assertEquals(of([], ["--host", "::1", "--port", "9000"]), { host: "::1", port: 9000 });
  assertEquals(of([], ["--host", "[::1]"]), { host: "::1" });
  assertEquals(of(["chat.example"], ["--port", "9000"]), { host: "chat.example", port: 9000 });
  assertEquals(of(["9000"], ["--host", "chat.example"]), { host: "chat.example", port: 9000 });
  assertEquals(of(["9000"], [], { host: "a.example", port: 1 }), { host: "a.example", port: 9000 });
  assertEquals(of(["b.example:2"], [], { host: "a.example", port: 1 }), {
    host: "b.example",
    port: 2,
  });
});

Deno.test("server target: a part that the command line gives twice is refused", () => {
  assertThrows(
    () => serverTarget(commandOf(["--port", "1"]), ["chat.example", "2"]),
    Error,
    "Cannot use --port: the address chat.example 2 has a port already.",
  );
  assertThrows(
    () => serverTarget(commandOf(["--host", "a.example"]), ["b.example"]),
    Error,
    "Cannot use --host: the address b.example has a host already.",
  );
});

Deno.test("server target: --host has no port in it, and --port is not 0", () => {
  for (const options of [["--host", "a:1"], ["--host", "http://a/"], ["--port", "0"]]) {
    assertThrows(() => commandOf(options), Error);
  }
});

Deno.test("server target: a command without TLS takes no URL of an encrypted connection", () => {
  assertEquals(plainTarget(commandOf([]), []), undefined);
  assertEquals(plainTarget(commandOf(["--port", "9000"]), []), { host: "127.0.0.1", port: 9000 });
  assertEquals(plainTarget(commandOf([]), ["http://[::1]:9000/"]), { host: "::1", port: 9000 });
  assertEquals(serverOf("chat.example"), { host: "chat.example" });
  for (const url of ["https://a.example/", "wss://a.example/", "tls://a.example:1"]) {
    assertThrows(() => plainTarget(commandOf([]), [url]), Error, "this command connects without");
  }
});
