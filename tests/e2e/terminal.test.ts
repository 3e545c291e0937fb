/**
 * `hubbub chat` on a real terminal: it is driven by keys, and its screen is read.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

Deno.test({
  name: "P5 P8 a person gives a name, talks, whispers, is answered, and quits",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using terminal = await Tmux.start(["chat", `127.0.0.1:${server.port}`]);
    await terminal.until(/Connected to server at 127\.0\.0\.1:\d+\n+Enter your username: /);
    await terminal.line("bob");
    await terminal.until(/\[ERROR\]: The name "bob" is taken\. Choose another\.\n+Enter your/);
    await terminal.line("Alice");
    await terminal.until(
      /Welcome, Alice! Type \/help for available commands\.\n.*You are in the room lobby on \S+ with 1 other: Bob\.\n> /,
    );
    await bob.until("Alice has joined the chat! ***\n");

    await terminal.line("Hello Bob");
    await bob.until("Alice: Hello Bob\n");
    await terminal.until(/\[\d\d:\d\d:\d\d\] You: Hello Bob\n> /);
    bob.send("Hello Alice\n/whisper alice psst\n");
    await terminal.until(/\] Bob: Hello Alice\n\[.{8}\] \[WHISPER from Bob\]: psst\n> /);
    await terminal.line("/reply yes?");
    await bob.until("[WHISPER from Alice]: yes?\n");
    await terminal.until(/\[WHISPER to Bob\]: yes\?\n> /);
    await terminal.line("/whisper Carol hi");
    await terminal.until(/\[ERROR\]: No user named "Carol" is online\.\n> /);
    await terminal.line("/users");
    await terminal.until(/\[SYSTEM\]: Online users \(2\): Bob, Alice\n> /);

    await terminal.line("quit");
    const screen = await terminal.until(/Disconnected from server\.\nexit code 0\n/);
    assertEquals(screen.split("You: Hello Bob").length - 1, 1, "the typed line was replaced");
    await bob.until("*** Alice has left the chat. ***\n");
    bob.close();
  },
});

Deno.test({
  name: "the half-typed line, longer than a row, survives a thousand incoming lines",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using terminal = await Tmux.start(
      ["chat", `127.0.0.1:${server.port}`, "--name", "Alice"],
    );
    await bob.until("Alice has joined the chat! ***\n");
    await terminal.until(/Welcome, Alice!/);
    const words = Array.from({ length: 30 }, (_, index) => `word${index}`);
    for (const [index, word] of words.entries()) {
      const from = index * 34;
      bob.send(Array.from({ length: 34 }, (_, n) => `incoming ${from + n}\n`).join(""));
      await terminal.type(`${word} `);
    }
    await terminal.until(/Bob: incoming 1019\n/);
    await terminal.until(new RegExp(`> ${words.join(" ")}`));
    await terminal.resize(50, 20);
    bob.send("after the resize\n");
    await terminal.until(/Bob: after the resize/);
    await terminal.press("Enter");
    await bob.until(`Alice: ${words.join(" ")} \n`);
    const screen = await terminal.until(/You: word0 word1/);
    const numbers = [...screen.matchAll(/Bob: incoming (\d+)\n/g)].map(([, number]) =>
      Number(number)
    );
    assert(numbers.length > 500, "tmux keeps 2000 lines");
    for (const [index, number] of numbers.entries()) {
      assertEquals(number, numbers[0]! + index, "every incoming line is whole, and in order");
    }
    bob.close();
  },
});

for (const [key, name, code] of [["C-c", "Ctrl+C", 130], ["C-d", "Ctrl+D", 0]] as const) {
  Deno.test({
    name: `${name} leaves with exit code ${code}`,
    ignore,
    fn: async () => {
      await using server = await startServer();
      const bob = await RawClient.join(server.port, "Bob");
      await using terminal = await Tmux.start(
        ["chat", "127.0.0.1", String(server.port), "--name", "Alice"],
      );
      await terminal.until(/Welcome, Alice!/);
      await terminal.press(key);
      await terminal.until(new RegExp(`Disconnected from server\\.\nexit code ${code}\n`));
      await bob.until("*** Alice has left the chat. ***\n");
      bob.close();
    },
  });
}
