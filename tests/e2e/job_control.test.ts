/**
 * Ctrl+Z on a real terminal: the shell gets it where it can give it back, and elsewhere nothing freezes.
 */

import { assert } from "@std/assert";
import { shellWord } from "../../cli/shell_word.ts";
import { PROGRAM, PROJECT } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

const DENO_RUN = PROGRAM.map(shellWord).join(" ");
const DENO_TASK = `'${Deno.execPath()}' task -q --config '${PROJECT}deno.json' hubbub`;

/** A shell with jobs, as a person has it. */
async function startShell(): Promise<Tmux> {
  const shell = await Tmux.run("unset NO_COLOR INIT_CWD; PS1='$ ' exec bash --norc --noprofile -i");
  await shell.until(/^\$ $/m);
  return shell;
}

Deno.test({
  name: "job control: Ctrl+Z stops the chat, fg goes on with the line that was being typed",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using shell = await startShell();
    await shell.line(`${DENO_RUN} chat 127.0.0.1:${server.port} --name Alice`);
    await shell.until(/with 1 other: Bob\.\n> $/m);
    for (const round of [1, 2]) {
      await shell.type(`half ${round}x`);
      await shell.until(new RegExp(`^> half ${round}x$`, "m"));
      await shell.press("C-z");
      await shell.until(/Stopped .*\n\$ $/m);
      bob.send(`meanwhile ${round}\n`);
      await shell.line(`echo "the shell is" here ${round}`);
      await shell.until(new RegExp(`^the shell is here ${round}\n\\$ $`, "m"));
      await shell.line("fg");
      await shell.until(new RegExp(`Bob: meanwhile ${round}\n> half ${round}x$`, "m"));
      await shell.press("BSpace", "Enter");
      await bob.until(`Alice: half ${round}\n`);
      await shell.until(new RegExp(`You: half ${round}\n> $`, "m"));
    }
    await shell.line("/quit");
    await shell.until(/Disconnected from server\.\n\$ $/m);
    bob.close();
  },
});

Deno.test({
  name: "job control: below deno task Ctrl+Z is refused with the reason, and nothing freezes",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using shell = await startShell();
    await shell.line(`${DENO_TASK} chat 127.0.0.1:${server.port} --name Alice`);
    await shell.until(/with 1 other: Bob\.\n> $/m);
    await shell.type("half");
    await shell.press("C-z");
    await shell.until(
      /\*\*\* Ctrl\+Z would freeze this terminal: .* to\s+use Ctrl\+Z\. \*\*\*\n> half$/m,
    );
    await shell.press("Enter");
    await bob.until("Alice: half\n");
    await shell.press("C-c");
    await shell.until(/Disconnected from server\.\n\$ $/m);

    // Programs that leave the keys to the terminal are stopped by its signal.
    await shell.line(`${DENO_TASK} tail 127.0.0.1:${server.port} --name tail; echo "code $?"`);
    await server.logged("joined", "tail");
    await shell.press("C-z");
    await shell.until(/^\^ZCtrl\+Z would freeze this terminal: /m);
    await shell.press("C-c");
    await shell.until(/code 130\n\$ $/m);
    bob.close();
  },
});

Deno.test({
  name: "job control: where no shell could go on with it, the chat goes on by itself",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using terminal = await Tmux.start([
      "chat",
      `127.0.0.1:${server.port}`,
      "--name",
      "Alice",
    ]);
    await terminal.until(/with 1 other: Bob\.\n> $/m);
    await terminal.type("half");
    await terminal.press("C-z");
    await terminal.type(" done");
    await terminal.press("Enter");
    await bob.until("Alice: half done\n");
    const screen = await terminal.until(/You: half done\n> $/m);
    assert(!screen.includes("^Z"));
    await terminal.press("C-d");
    await terminal.until(/exit code 0/);
    bob.close();
  },
});
