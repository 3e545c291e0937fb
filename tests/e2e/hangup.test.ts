/**
 * A terminal that is closed: every program in it says goodbye to its clients and servers before it ends,
 * unless it was started to outlive the terminal.
 */

import { assertEquals } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { eventually } from "../support/eventually.ts";
import { shellWord } from "../../cli/shell_word.ts";
import { PROGRAM } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

const commandOf = (...words: readonly string[]) => [...PROGRAM, ...words].map(shellWord).join(" ");

/** Sessions outlast the test, so that only a goodbye removes a user. */
const PATIENT = { graceMilliseconds: 3_600_000 };

async function close(terminal: Tmux): Promise<void> {
  await terminal[Symbol.asyncDispose]();
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-hangup-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until a file contains a text. */
function contains(path: string, text: string | RegExp): Promise<void> {
  const found = async () => (await Deno.readTextFile(path).catch(() => "")).search(text) >= 0;
  return eventually(found, `${text} in ${path}`);
}

async function isListening(port: number): Promise<boolean> {
  return await RawClient.connect(port).then((client) => {
    client.close();
    return true;
  }, () => false);
}

Deno.test({
  name: "hangup: a server whose terminal is closed notifies its clients",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      // In the foreground, as a job of a shell, and with its output elsewhere.
      for (
        const script of [
          (command: string) => `exec ${command}`,
          (command: string) => `bash --norc --noprofile -i -c ${shellWord(`${command} & wait`)}`,
          (command: string) => `exec ${command} > ${folder}/out`,
        ]
      ) {
        const port = freePort();
        const log = `${folder}/log${port}`;
        const command = `${commandOf("serve", "--port", String(port))} 2> ${log}`;
        const terminal = await Tmux.run(script(command));
        await contains(log, "listening");
        const { client } = await RawClient.hello(port, { name: "Ann" });
        await close(terminal);
        assertEquals((await client.frame("bye")).reason, "shutdown");
        client.close();
        await contains(log, / stopped\n$/);
        await eventually(async () => !await isListening(port), "the end of the server");
      }
    }),
});

Deno.test({
  name: "hangup: a server on an open terminal reads its files again",
  ignore,
  fn: async () => {
    const port = freePort();
    const terminal = await Tmux.run(`exec ${commandOf("serve", "--port", String(port))}`);
    await terminal.until(/^Listening on /m);
    const { client } = await RawClient.hello(port, { name: "Ann" });
    Deno.kill(await terminal.pid(), "SIGHUP");
    await terminal.until(/ files reread$/m);
    client.sendFrame({ type: "message", text: "still here", id: "1" });
    assertEquals((await client.frame("ack")).id, "1");
    await close(terminal);
    assertEquals((await client.frame("bye")).reason, "shutdown");
    client.close();
  },
});

Deno.test({
  name: "hangup: a chat whose terminal is closed leaves, with standard input in a pipe, too",
  ignore,
  fn: async () => {
    await using server = await startServer(PATIENT);
    const bob = await RawClient.join(server.port, "Bob");
    for (const input of ["", "sleep 600 | "]) {
      const words = ["chat", `127.0.0.1:${server.port}`, "--name", "Alice"];
      const terminal = await Tmux.run(`${input}${commandOf(...words)}`);
      await bob.until("Alice has joined");
      await close(terminal);
      await bob.until("Alice has left");
    }
    bob.close();
  },
});

Deno.test({
  name: "hangup: tail leaves; below nohup or with SIGHUP ignored it continues without its terminal",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      await using server = await startServer(PATIENT);
      const words = ["tail", `127.0.0.1:${server.port}`, "--name", "tail"];
      const terminal = await Tmux.run(commandOf(...words));
      await server.logged("joined", "tail");
      await close(terminal);
      await server.logged("left", "tail");

      const bob = await RawClient.join(server.port, "Bob");
      for (
        const [name, script] of [
          ["nohup", (command: string) => `nohup ${command} > ${folder}/nohup &`],
          [
            "trap",
            (command: string) => `trap '' HUP; ${command} < /dev/tty > ${folder}/trap 2>&1 &`,
          ],
        ] as const
      ) {
        const command = script(commandOf(...words.slice(0, 2), "--name", name));
        const kept = await Tmux.run(`${command} echo $! > ${folder}/pid; wait`);
        await server.logged("joined", name);
        await close(kept);
        bob.send("for the file\n");
        await contains(`${folder}/${name}`, "Bob: for the file");
        Deno.kill(Number(await Deno.readTextFile(`${folder}/pid`)), "SIGTERM");
        await server.logged("left", name);
      }
      bob.close();
    }),
});

Deno.test({
  name: "hangup: echo stops in order",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const port = freePort();
      const terminal = await Tmux.run(
        `exec ${commandOf("echo", "--port", String(port))} > ${folder}/out`,
      );
      await contains(`${folder}/out`, "Listening");
      const client = await RawClient.connect(port);
      client.send("x\n");
      await client.until("x\n");
      await close(terminal);
      await contains(`${folder}/out`, "Stopped. Clients served: 1, bytes echoed: 2.");
      client.close();
    }),
});

Deno.test({
  name: "hangup: bench stops the server that it has started",
  ignore,
  fn: async () => {
    const port = freePort();
    const server = commandOf("serve", "--port", "{port}", "--rate", "off");
    const bench = commandOf("bench", "broadcast", `127.0.0.1:${port}`, "-c", "4", "-d", "600s");
    const terminal = await Tmux.run(`${bench} -- ${server.replace("{port}", String(port))}`);
    await eventually(() => isListening(port), "the start of the server");
    // The next line of the progress comes between the end of the terminal and that of the run.
    await terminal.until(/running \[/);
    await close(terminal);
    await eventually(async () => !await isListening(port), "the end of the server");
  },
});
