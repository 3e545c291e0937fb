/** Several rooms on a real terminal, and a server that is killed meanwhile. */

import { assertEquals } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

Deno.test({
  name: "a terminal in three rooms turns between them, and a killed server has kept them all",
  ignore: !hasTmux(),
  fn: async () => {
    const data = await Deno.makeTempDir();
    try {
      const port = freePort();
      const options = ["--data", data, "--port", String(port)];
      let server = await startServe(options);
      await using terminal = await Tmux.start(
        ["chat", `127.0.0.1:${port}`, "--name", "Alice", "--room", "lobby,help"],
      );
      await terminal.until(/No other users are here\.\n\[1 lobby\] {2}2 help\nlobby> $/m);
      await terminal.line("/join tea");
      await terminal.until(/^1 lobby {2}2 help {2}\[3 tea\]\ntea> $/m);
      await terminal.type("half");
      await terminal.press("M-2");
      await terminal.until(/^1 lobby {2}\[2 help\] {2}3 tea\nhelp> half$/m);

      server.child.kill("SIGKILL");
      await server[Symbol.asyncDispose]();
      await terminal.until(/Lost the connection/);
      await terminal.press("Enter", "M-3");
      await terminal.line("for tea");
      await terminal.until(
        /^#help You: half …\nYou: for tea …\n1 lobby {2}2 help {2}\[3 tea\]\ntea> $/m,
      );
      server = await startServe(options);
      await using _ = server;
      await terminal.until(/Connected again/);
      const bob = await RawClient.join(port, "Bob");
      bob.send("/join help\nAlice? you there?\n/join tea\nin tea\n/history\n");
      await bob.until("Alice: for tea\n");
      await terminal.until(/#help You: half\n.*\] You: for tea\n/);
      await terminal.until(/#help Bob: Alice\? you there\?\n[^]*\] Bob: in tea\n/);
      const screen = await terminal.until(/^1 lobby {2}2 help \(1, @1\) {2}\[3 tea\]\ntea> $/m);
      for (const text of ["You: half\n", "You: for tea\n"]) {
        assertEquals(screen.split(text).length - 1, 1, screen);
      }
      bob.close();
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});
