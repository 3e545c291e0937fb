import { Command } from "../../cli/options/commander.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { TARGET_OPTIONS } from "../../cli/options/clients.ts";
import { addOptions } from "../../cli/options/command_line.ts";
import { Settings } from "../../cli/options/settings.ts";
import { plainEndpoint, resolveServer, serverOf } from "../../cli/server_target.ts";

/** The settings of a command line such as `--port 9000`, and of the environment. */
function settings(options: readonly string[], environment: Record<string, string> = {}) {
  const command = new Command("x").exitOverride().configureOutput({ writeErr: () => {} })
    .action(() => {});
  addOptions(command, TARGET_OPTIONS);
  command.parse([...options], { from: "user" });
  const typed = Object.entries(command.opts()) as [string, string][];
  return new Settings(TARGET_OPTIONS, {
    "command line": new Map(typed),
    environment: new Map(Object.entries(environment)),
  });
}

Deno.test("server target: each part comes from the words or from the options", () => {
  const of = (words: string[], options: string[], environment = {}) =>
    resolveServer(settings(options, environment), [words[0], words[1]]).address;
  assertEquals(of([], []), {});
  assertEquals(of([], ["--host", "::1", "--port", "9000"]), { host: "::1", port: 9000 });
  assertEquals(of([], ["--host", "[::1]"]), { host: "::1" });
  assertEquals(of(["chat.example"], ["--port", "9000"]), { host: "chat.example", port: 9000 });
  assertEquals(of(["9000"], ["--host", "chat.example"]), { host: "chat.example", port: 9000 });
  assertEquals(of(["9000"], [], { host: "a.example", port: "1" }), {
    host: "a.example",
    port: 9000,
  });
  assertEquals(of(["b.example:2"], [], { host: "a.example", port: "1" }), {
    host: "b.example",
    port: 2,
  });
});

Deno.test("server target: a part that the command line gives twice is refused", () => {
  assertThrows(
    () => resolveServer(settings(["--port", "1"]), ["chat.example", "2"]),
    Error,
    "Cannot use --port: the address chat.example 2 has a port already.",
  );
  assertThrows(
    () => resolveServer(settings(["--host", "a.example"]), ["b.example"]),
    Error,
    "Cannot use --host: the address b.example has a host already.",
  );
});

Deno.test("server target: --host has no port in it, and --port is not 0", () => {
  for (const options of [["--host", "a:1"], ["--host", "http://a/?b"], ["--port", "0"]]) {
    assertThrows(() => settings(options), Error);
  }
});

Deno.test("server target: a command without TLS accepts no URL of an encrypted connection", () => {
  assertEquals(plainEndpoint(settings([]), []), undefined);
  assertEquals(plainEndpoint(settings(["--port", "9000"]), []), { host: "127.0.0.1", port: 9000 });
  assertEquals(plainEndpoint(settings([]), ["http://[::1]:9000/"]), { host: "::1", port: 9000 });
  assertEquals(plainEndpoint(settings([]), ["ws://a.example:1/ws"]), {
    host: "a.example",
    port: 1,
  });
  for (const url of ["http://a.example/chat/", "http://x:y@a.example/"]) {
    assertThrows(() => plainEndpoint(settings([]), [url]), Error, "path or user");
    assertThrows(() => plainEndpoint(settings(["--host", url]), []), Error, "path or user");
  }
  assertEquals(serverOf("chat.example"), { host: "chat.example" });
  for (const url of ["https://a.example/", "wss://a.example/", "tls://a.example:1"]) {
    assertThrows(() => plainEndpoint(settings([]), [url]), Error, "this command connects without");
  }
});

Deno.test("server target: a URL names the server as --host and in the environment, too", () => {
  const url = "wss://a.example/chat/";
  const expected = {
    host: "a.example",
    port: 443,
    isEncrypted: true,
    webSocket: { path: "/chat/ws", isEncrypted: true },
  };
  const of = (words: string[], options: string[], environment = {}) =>
    resolveServer(settings(options, environment), [words[0], words[1]]).address;
  assertEquals(of([url], []), expected);
  assertEquals(of([], ["--host", url]), expected);
  assertEquals(of([], [], { host: url }), expected);
  assertEquals(of([], [], { host: url, port: "1" }), expected);
  assertEquals(of([url], [], { host: "b.example", port: "1" }), expected);
  assertEquals(of([], ["--host", "tls://a.example", "--port", "2"]), {
    host: "a.example",
    port: 2,
    isEncrypted: true,
  });
  assertEquals(of(["b.example"], [], { host: url }), { host: "b.example" });
  for (const [words, options] of [[[url], ["--port", "2"]], [[], ["--host", url, "--port", "2"]]]) {
    assertThrows(() => of(words!, options!), Error, "a.example/chat/ has a port already");
  }
});
