/**
 * What makes `hubbub chat` pleasant, on a real terminal: completion, pastes, colours, what is typed
 * while the network is away, and a line that survives.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startForwarder } from "../support/forwarder.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

interface Scene {
  readonly server: TestServer;
  readonly bob: RawClient;
  readonly terminal: Tmux;
}

/** A test with Bob at `nc` and Alice at a terminal. */
function terminalTest(
  name: string,
  play: (scene: Scene) => Promise<void>,
  { parameters = [] as string[], environment = "" } = {},
): void {
  Deno.test({
    name: `terminal: ${name}`,
    ignore,
    fn: async () => {
      await using server = await startServer();
      const bob = await RawClient.join(server.port, "Bob");
      await using terminal = await Tmux.start(
        ["chat", `127.0.0.1:${server.port}`, "--name", "Alice", ...parameters],
        environment,
      );
      await terminal.until(/You are in the room lobby on \S+ with 1 other: Bob\.\n> /);
      await play({ server, bob, terminal });
      await terminal.press("C-e", "C-u");
      await terminal.line("/quit");
      await terminal.until(/Disconnected from server\.\nexit code 0/);
      bob.close();
    },
  });
}

terminalTest("Tab completes names, commands, and rooms", async ({ server, bob, terminal }) => {
  const bert = await RawClient.join(server.port, "Bert");
  await terminal.until(/Bert has joined the chat!/);
  await terminal.type("bo");
  await terminal.press("Tab");
  await terminal.until(/^> Bob: $/m);
  await terminal.line("hi");
  await bob.until("Alice: Bob: hi\n");

  bert.send("it is me\n");
  await terminal.until(/Bert: it is me/);
  await terminal.type("well b");
  await terminal.press("Tab");
  await terminal.until(/^> well Bert $/m);
  await terminal.press("Tab");
  await terminal.until(/^> well Bob $/m);
  await terminal.press("BTab");
  await terminal.until(/^> well Bert $/m);
  await terminal.press("C-u");

  await terminal.type("/whi");
  await terminal.press("Tab");
  await terminal.type("bo");
  await terminal.press("Tab");
  await terminal.until(/^> \/whisper Bob $/m);
  await terminal.line("psst");
  await bob.until("[WHISPER from Alice]: psst\n");

  bert.send("/join workshop\n");
  await terminal.until(/Bert has left the chat for the room workshop/);
  // The first Tab may be too early to know of the room; it asks.
  await terminal.type("/join w");
  for (let press = 0; !/\/join workshop/.test(await terminal.screen()); press++) {
    assert(press < 1000, "the room is never known");
    await terminal.press("Tab");
  }
  await terminal.press("Enter");
  await bert.until("Alice has joined the chat! ***\n");
  await terminal.until(/You are in the room workshop on \S+ with 1 other: Bert\./);
  await terminal.type("/w bo");
  await terminal.press("Tab");
  await terminal.until(/^workshop> \/w Bob $/m);
  await terminal.press("C-u");
  await terminal.type("/send Bob READ");
  await terminal.press("Tab");
  await terminal.until(/^workshop> \/send Bob README\.md$/m);
  bert.close();
});

terminalTest("a paste of several lines asks before it sends", async ({ bob, terminal }) => {
  const question = /^Send 3 lines\? \[y\]es, \[o\]ne message, \[n\]o $/m;
  await terminal.type("half ");
  await terminal.paste("one\n/quit\nthree\n");
  await terminal.until(question);
  bob.send("meanwhile\n");
  await terminal.until(/Bob: meanwhile\nSend 3 lines\?/);
  await terminal.press("Enter", "x", "n");
  await terminal.until(/Bob: meanwhile\n> half $/m);
  await terminal.paste("one\n/quit\nthree\n");
  await terminal.until(question);
  await terminal.press("y");
  await bob.until("Alice: half one\n");
  await bob.until("Alice: /quit\n");
  await bob.until("Alice: three\n");
  await terminal.until(/You: half one\n.*You: \/quit\n.*You: three\n> $/m);

  await terminal.paste("def f():\n\treturn 1\nf()");
  await terminal.until(question);
  await terminal.press("o");
  await bob.until("Alice: def f():\n");
  await terminal.until(/You: def f\(\):\n.*You: {9}return 1\n.*You: f\(\)\n> $/m);

  await terminal.type("/w Bob ");
  await terminal.paste("secret\nlines");
  await terminal.until(/^Send 2 lines as one message\? \[y\]es, \[n\]o $/m);
  await terminal.press("y");
  await bob.until("[WHISPER from Alice]: secret\n");
  await bob.until("[WHISPER from Alice]: lines\n");

  await terminal.paste("just one\n");
  await terminal.until(/^> just one$/m);
});

terminalTest(
  "wide characters, emoji and arrows survive a thousand lines and two resizes",
  async ({ bob, terminal }) => {
    await terminal.line("said before");
    await bob.until("Alice: said before\n");
    const words = Array.from({ length: 24 }, (_, index) => `日本${index}😀`);
    for (const [index, word] of words.entries()) {
      bob.send(Array.from({ length: 42 }, (_, n) => `line ${index * 42 + n}\n`).join(""));
      await terminal.type(`${word} `);
      const columns = { 8: 61, 16: 97 }[index];
      if (columns === undefined) continue;
      await terminal.until(new RegExp(`Bob: line ${index * 42 + 41}\n`));
      await terminal.resize(columns, 24);
    }
    await terminal.until(/Bob: line 1007\n/);
    await terminal.press("Home");
    await terminal.type("start ");
    await terminal.press("End");
    await terminal.type("end");
    bob.send("and on\n");
    await terminal.until(/Bob: and on\n> start 日本0😀/);
    await terminal.press("Enter");
    const said = `start ${words.join(" ")} end`;
    await bob.until(`Alice: ${said}\n`);
    const screen = await terminal.until(/You: start/);
    const numbers = [...screen.matchAll(/Bob: line (\d+)\n/g)].map(([, number]) => Number(number));
    assert(numbers.length > 500);
    for (const [index, number] of numbers.entries()) assertEquals(number, numbers[0]! + index);
    await terminal.press("Up", "Up");
    await terminal.until(/^> said before$/m);
  },
);

terminalTest("a name has its colour, and one's own stands out", async ({ bob, terminal }) => {
  bob.send("hello Alice\n");
  await terminal.until(/Bob: hello Alice/);
  const colors = await terminal.colors();
  // deno-lint-ignore no-control-regex -- escape sequences are what is looked for
  assert(/\x1b\[38;5;\d+mBob\x1b\[39m: hello \x1b\[1;7mAlice/.test(colors), colors);
});

for (
  const [how, options] of [
    ["--no-color", { parameters: ["--no-color"] }],
    ["NO_COLOR", { environment: "NO_COLOR=1" }],
  ] as const
) {
  terminalTest(`${how}: no colours`, async ({ bob, terminal }) => {
    bob.send("hello Alice\n/whisper alice psst\n");
    await terminal.until(/\[WHISPER from Bob\]: psst/);
    assertEquals((await terminal.colors()).includes("\x1b"), false);
  }, { ...options, parameters: [...("parameters" in options ? options.parameters : [])] });
}

terminalTest("the screen is cleared, the bell set, and help tells of both", async (scene) => {
  const { bob, terminal } = scene;
  await terminal.line("/help");
  await terminal.until(/\/clear +clears the screen\n/);
  await terminal.line("/bell off");
  await terminal.until(/\[SYSTEM\]: The bell is off\.\n> $/m);
  await terminal.type("half");
  await terminal.press("C-u");
  await terminal.line("/clear");
  bob.send("first\n");
  await terminal.until(/Bob: first\n> $/m);
  await terminal.type("typed");
  await terminal.until(/> typed$/m);
});

terminalTest("no prompt stays behind when the screen is cleared", async ({ bob, terminal }) => {
  await terminal.type("half");
  for (const round of [1, 2]) {
    await terminal.press("C-l");
    bob.send(`hello ${round}\n`);
    await terminal.until(new RegExp(`Bob: hello ${round}\n> half$`, "m"));
  }
  await terminal.press("C-u");
  await terminal.line("/clear");
  bob.send("hello 3\n");
  const screen = await terminal.until(/Bob: hello 3\n> $/m);
  assertEquals(screen.match(/^>/gm)?.length, 1, screen);
});

for (
  const [where, keys, before, rows] of [
    ["at its end", [], 30, 24],
    ["at its start", ["Home"], 0, 24],
    ["in it", ["Home", ...Array.from({ length: 8 }, () => "M-f"), "Right"], 8, 24],
    ["at its end, on a low screen", [], 30, 8],
  ] as const
) {
  terminalTest(
    `no copy stays behind when the window changes, with the cursor of a long line ${where}`,
    async ({ bob, terminal }) => {
      const words = Array.from({ length: 30 }, (_, index) => `word${index} `);
      const offset = `> ${words.slice(0, before).join("")}`.length;
      await terminal.type(words.join(""));
      // Before it is drawn, the cursor is where it is going to be at the start of the line.
      await terminal.until(/^> word0 .*word29 *$/m);
      await terminal.press("End", ...keys);
      await terminal.untilCursorIn(offset % 80);
      for (const columns of [40, 120, 60, 117]) {
        await terminal.resize(columns, rows);
        bob.send(`at ${columns}\n`);
        await terminal.until(new RegExp(`Bob: at ${columns}\n> word0 .*word29 *$`, "m"));
        // A window that changes in the middle of a drawing gets the rest of it in the wrong place.
        await terminal.untilCursorIn(offset % columns);
      }
      const screen = await terminal.screen();
      assertEquals(screen.split("word0 ").length - 1, 1, screen);
      assertEquals(screen.match(/Bob: at/g)?.length, 4, screen);
    },
  );
}

terminalTest("ten thousand characters at once, a line break, and a search", async (scene) => {
  const { bob, terminal } = scene;
  await terminal.type("x".repeat(10_000));
  await terminal.press("C-u");
  await terminal.type("/w Bob one");
  await terminal.press("M-Enter");
  await terminal.line("two");
  await bob.until("[WHISPER from Alice]: one\n");
  await bob.until("[WHISPER from Alice]: two\n");
  await terminal.press("C-r");
  await terminal.type("Bob");
  await terminal.until(/^\(search\) Bob: \/w Bob one\ntwo$/m);
  await terminal.press("C-g");
});

Deno.test({
  name: "terminal: what is typed while the network is away is kept, marked, and said once",
  ignore,
  fn: async () => {
    await using server = await startServer();
    await using network = await startForwarder(server.port);
    const bob = await RawClient.join(server.port, "Bob");
    await using terminal = await Tmux.start(
      ["chat", `127.0.0.1:${network.port}`, "--name", "Alice"],
    );
    await terminal.until(/with 1 other: Bob\.\n> /);
    network.hold();
    await terminal.line("into the void");
    await terminal.until(/with 1 other: Bob\.\nYou: into the void …\n> $/m);
    await terminal.type("half");
    network.mend();
    await bob.until("Alice: into the void\n");
    await terminal.until(/\] You: into the void\n> half$/m);

    await terminal.press("C-u");
    network.cut();
    await terminal.until(/\*\*\* Lost the connection to .* Trying again in \d+ s\. \*\*\*/);
    for (const word of ["one", "two", "three", "four", "five"]) await terminal.line(word);
    await terminal.until(/You: one …\nYou: two …\nYou: three …\nand 2 more …\n> $/m);
    bob.send("are you there?\n");
    network.mend();
    await bob.until("Alice: five\n");
    const screen = await terminal.until(
      /Connected again\. \*\*\*\n.*Bob: are you there\?\n.*You: one\n.*\n.*\n.*\n.*You: five\n> $/m,
    );
    for (const word of ["one", "two", "three", "four", "five"]) {
      assertEquals(screen.split(`You: ${word}\n`).length - 1, 1);
      assertEquals(bob.received.split(`Alice: ${word}\n`).length - 1, 1);
    }
    network.cut();
    await terminal.line("never");
    await terminal.press("C-d");
    const last = await terminal.until(/exit code 1/);
    assertStringIncludes(last, "You: never (not delivered)\nDisconnected from server.");
    bob.close();
  },
});

Deno.test({
  name: "terminal: a protected name is asked for its password, which is not shown",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "hubbub-terminal-" });
    try {
      await using server = await startServer({ data: folder });
      const owner = await RawClient.join(server.port, "Alice");
      owner.send("/register correct horse\n");
      await owner.until("[SYSTEM]");
      owner.send("/quit\n");
      await owner.until("Goodbye");
      await using terminal = await Tmux.start(
        // On a busy machine the check of a password takes its time.
        ["chat", `127.0.0.1:${server.port}`, "--name", "Alice", "--connect-timeout", "2m"],
      );
      await terminal.until(/Password: $/m);
      await terminal.line("wrong one");
      await terminal.until(/\[ERROR\].*\n.*Password: $/m);
      await terminal.type("correct horses");
      await terminal.press("BSpace", "Enter");
      const screen = await terminal.until(/Welcome, Alice!/);
      assert(!/wrong one|correct/.test(screen), screen);
      await terminal.line("quit");
      await terminal.until(/exit code 0/);
      owner.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
