/**
 * Files at two real terminals: sent, accepted, refused, stopped, and what the screens say.
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

async function withTerminals(
  test: (alice: Tmux, bob: Tmux, folder: string) => Promise<void>,
): Promise<void> {
  await using server = await startServer();
  const address = `127.0.0.1:${server.port}`;
  const folder = await Deno.makeTempDir({ prefix: "hubbub-terminal-" });
  try {
    await using alice = await Tmux.start(["chat", address, "--name", "Alice"]);
    await alice.until(/Welcome, Alice!/);
    await using bob = await Tmux.start(["chat", address, "--name", "Bob"]);
    await alice.until(/Bob has joined/);
    await test(alice, bob, folder);
    await alice.line("/quit");
    await bob.line("/quit");
    await Promise.all([alice.until(/exit code 0/), bob.until(/exit code 0/)]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "terminal: a file is offered, accepted under another name, and is there",
  ignore,
  fn: () =>
    withTerminals(async (alice, bob, folder) => {
      const path = join(folder, "my notes.txt");
      await Deno.writeTextFile(path, "x".repeat(100_000));
      await alice.line(`/send Bob "${path}"`);
      await alice.until(/You offer my notes\.txt \(100 KB\) to Bob\. \/cancel takes it back\./);
      await bob.until(
        /Alice offers you my notes\.txt \(100 KB\)\. \/accept saves it in the current folder, \/accept PATH elsewhere;/,
      );
      await bob.line(`/accept ${folder}/copy.txt`);
      await bob.until(/Receiving my notes\.txt \(100 KB\) from Alice\./);
      await bob.until(/my notes\.txt from Alice is saved and checked: \S+\/copy\.txt/);
      await alice.until(/Bob has accepted: sending my notes\.txt to Bob\./);
      await alice.until(/Bob has received and verified my notes\.txt\./);
      assertEquals(await Deno.readTextFile(join(folder, "copy.txt")), "x".repeat(100_000));

      await alice.line(`/send lobby '${path}'`);
      await bob.until(/Alice offers all users in lobby my notes\.txt/);
      await bob.line(`/accept ${folder}`);
      await bob.until(/saved and checked: \S+\/my notes \(2\)\.txt/);
      await alice.line("/cancel");
      await alice.until(/my notes\.txt is not offered any more\./);
    }),
});

Deno.test({
  name: "terminal: a FIFO is refused, and the terminal is free again",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const folder = await Deno.makeTempDir({ prefix: "hubbub-terminal-" });
    try {
      const fifo = join(folder, "fifo");
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      await using alice = await Tmux.start(
        ["chat", `127.0.0.1:${server.port}`, "--name", "Alice"],
      );
      await alice.until(/Welcome, Alice!/);
      await alice.line(`/send lobby ${fifo}`);
      await alice.until(/\[ERROR\]: Cannot send \S+fifo: it is no ordinary file\./);
      await alice.press("C-c");
      await alice.until(/Disconnected from server\.\nexit code 130/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "terminal: refused, taken back, nothing to answer, no such file, and the help",
  ignore,
  fn: () =>
    withTerminals(async (alice, bob, folder) => {
      const path = join(folder, "a.txt");
      await Deno.writeTextFile(path, "hi");
      await bob.line("/accept");
      await bob.until(/\[ERROR\]: No file is offered to you\./);
      await alice.line(`/send Bob ${path}`);
      await bob.until(/Alice offers you a\.txt \(2 bytes\)\./);
      await bob.line("/refuse");
      await alice.until(/\[SYSTEM\]: Bob refused a\.txt\./);
      await alice.line(`/send Bob ${path}`);
      await bob.until(/(Alice offers you a\.txt[^]*){2}/);
      await alice.line("/cancel");
      await alice.until(/\[SYSTEM\]: You have stopped sending a\.txt\./);
      await bob.until(/a\.txt from Alice is not offered any more\./);
      await alice.line(`/send Bob ${folder}/none`);
      await alice.until(/\[ERROR\]: Cannot send \S+none: there is no such file\./);
      await alice.line("/send Bob");
      await alice.until(/\[ERROR\]: Missing argument\. Usage: \/send NAME\|ROOM PATH/);
      await alice.line(`/send Carol ${path}`);
      await alice.until(/\[ERROR\]: No user named "Carol" is online\./);
      await alice.line("/help");
      await alice.until(/\/accept \[PATH\] +saves the first offered file/);
      await alice.line("/clear");
      await alice.line(`/send lobby ${path}`);
      await bob.until(/Alice offers all users in lobby a\.txt/);
      await bob.line("/refuse");
      await alice.until(/to lobby\.[^]*\[SYSTEM\]: Bob refused a\.txt\./);
    }),
});
