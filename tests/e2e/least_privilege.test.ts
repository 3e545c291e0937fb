/** What a running server may still do, asked from inside of it. */

import { assert, assertEquals } from "@std/assert";
import { isFromSources, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { eventually } from "../support/eventually.ts";

const isLinux = Deno.build.os === "linux";
const isProbed = isFromSources("least privilege: only Deno has permissions");

/** Starts a server whose threads answer a line of input with what they may do. */
const startProbed = (parameters: readonly string[]) =>
  startServe(parameters, { preload: "tests/fixtures/permission_probe.ts" });

async function probed(serve: Awaited<ReturnType<typeof startProbed>>) {
  await serve.stdin.write(new TextEncoder().encode("probe\n"));
  const [, main] = await serve.stdout.until(/^main thread: (.*)$/m);
  const [, network] = await serve.stdout.until(/^network thread: (.*)$/m);
  return { main: JSON.parse(main!), network: JSON.parse(network!) } as Record<
    "main" | "network",
    Record<string, string>
  >;
}

/** Waits until a file has that size. */
function grown(path: string, bytes: number): Promise<void> {
  const isGrown = async () => (await Deno.stat(path)).size >= bytes;
  return eventually(isGrown, `${bytes} bytes in ${path}`);
}

Deno.test({
  name: "least privilege: neither thread of a server may read, write or run what it does not need",
  ignore: !isLinux || !isProbed,
  fn: async () => {
    const data = await Deno.makeTempDir();
    try {
      await using serve = await startProbed(["--data", `${data}/chat`]);
      const { main, network } = await probed(serve);
      const denied = Object.fromEntries(Object.keys(main).map((name) => [name, "denied"]));
      assert(Object.keys(main).length > 8);
      assertEquals(main, denied);
      assertEquals(network, denied);

      // It still serves, stores, and makes a checkpoint in a thread that is started only now.
      const client = await RawClient.join(serve.port, "Ann");
      client.send("hello\n");
      client.send("/history\n");
      await client.until("Ann: hello");
      const response = await fetch(`http://127.0.0.1:${serve.port}/metrics`);
      assert((await response.text()).includes("process_resident_memory_bytes"));
      client.close();
      serve.child.kill("SIGTERM");
      assertEquals(await serve.exit, 0);
      const log = await serve.stderr.all();
      assert(!log.includes("error"), log);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});

Deno.test({
  name: "least privilege: a server with --hook-out may use the network, and nothing else",
  ignore: !isLinux || !isProbed,
  fn: async () => {
    await using serve = await startProbed(["--hook-out", "lobby=https://hooks.example.org/T0"]);
    const { main, network } = await probed(serve);
    assertEquals(new Set(Object.values(main)), new Set(["denied"]));
    const allowed = Object.keys(network).filter((name) => network[name] !== "denied");
    assertEquals(allowed, ["listen on all interfaces", "connect to another host"]);
  },
});

Deno.test({
  name: "least privilege: the thread of the checkpoints starts after the permissions are gone",
  ignore: !isLinux,
  fn: async () => {
    const data = await Deno.makeTempDir();
    try {
      await using serve = await startServe([
        "--data",
        data,
        "--rate",
        "off",
        "--log-level",
        "debug",
      ]);
      const { client } = await RawClient.hello(serve.port, { name: "Ann" });
      const text = "x".repeat(4000);
      // A checkpoint is asked for after 8 MB, and moves them from the log into the database.
      for (let count = 0; count < 3000; count++) {
        client.sendFrame({ type: "message", text, id: String(count) });
        if (count % 100 === 99) await client.until(`"id":"${count}"`);
      }
      await grown(`${data}/hubbub.db`, 4_000_000);
      client.close();
      serve.child.kill("SIGTERM");
      assertEquals(await serve.exit, 0);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});
