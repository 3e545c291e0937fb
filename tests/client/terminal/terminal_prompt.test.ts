/** The prompt of a chat on a terminal, and the lines that are printed above it while the user types. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chatWith } from "./chat_on_screen.ts";
import { FakeServer, message, settle } from "../fakes.ts";

Deno.test("a half-typed line survives received lines, also when it wraps", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  const long = "word ".repeat(40);
  await chat.type(long);
  for (let seq = 1; seq <= 1000; seq++) {
    chat.server.send(message(seq, `number ${seq}`));
    if (seq % 100 === 0) {
      await chat.lines();
      await chat.type(String(seq / 100 % 10));
    }
  }
  const lines = await chat.lines();
  const incoming = lines.slice(2, 1002);
  assertEquals(incoming, Array.from({ length: 1000 }, (_, n) => `Bob: number ${n + 1}`));
  assertEquals(
    lines.slice(1002).join("").replaceAll(" ", ""),
    `>${long.replaceAll(" ", "")}1234567890`,
  );
  await chat.type("\r");
  const after = await chat.lines();
  assertStringIncludes(after.slice(1002).join(""), "You: word word");
  assertEquals(after.at(-1), ">");
  assertEquals(after.filter((line) => line.startsWith(">")).length, 1);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a line that fills the width exactly is replaced as a whole", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("x".repeat(78));
  await chat.type("\x1b[D\x1b[D\r"); // with the cursor two to the left of its end
  const lines = await chat.lines();
  assertEquals(lines.slice(2).join(""), `You: ${"x".repeat(78)}>`);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("unacknowledged lines stay above the prompt, and refused or lost ones are reported", async () => {
  const chat = chatWith(new FakeServer().beFriendly({ acknowledges: false }), {
    name: "Alice",
    reconnect: false,
  });
  await settle();
  await chat.type("one\rtwo\r/w Bob psst\rthree\rhalf");
  chat.server.send(message(1, "meanwhile"));
  assertEquals((await chat.lines()).slice(2), [
    "Bob: meanwhile",
    "You: one …",
    "You: two …",
    "/w Bob psst …",
    "and 1 more …",
    "> half",
  ]);
  const [first = "", second = "", third = ""] = chat.server.unanswered;
  chat.server.send(
    { type: "ack", id: first, room: "lobby", seq: 2 },
    { type: "error", code: "muted", text: "You are muted.", ref: second },
    { type: "ack", id: third, to: "Bob" },
  );
  assertEquals(
    (await chat.lines()).slice(3).sort(),
    [
      "> half",
      "You: one",
      "You: three …",
      "You: two (refused)",
      "[ERROR]: You are muted.",
      "[WHISPER to Bob]: psst",
    ].sort(),
  );
  chat.server.drop();
  await chat.outcome;
  assertEquals((await chat.lines()).slice(-4), [
    "You: three (not delivered)",
    "Lost the connection to 127.0.0.1:8080: the server closed it without a reason.",
    "Disconnected from server.",
    "",
  ]);
});

Deno.test("pastes wait for each other, and keys after the answer are typed", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("\x1b[200~one\ntwo\x1b[201~\x1b[200~three\nfour\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "Send 2 lines? [y]es, [o]ne message, [n]o");
  await chat.type("o");
  assertEquals((await chat.lines()).slice(2), [
    "You: one",
    "You: two",
    "Send 2 lines? [y]es, [o]ne message, [n]o",
  ]);
  await chat.type("nafter\r");
  assertEquals((await chat.lines()).slice(4), ["You: after", ">"]);
  const said = chat.server.received.flatMap((frame) =>
    frame.type === "message" ? [frame.text] : []
  );
  assertEquals(said, ["one\ntwo", "after"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a long pending line is cut to one row", async () => {
  const chat = chatWith(new FakeServer().beFriendly({ acknowledges: false }), { name: "Alice" });
  await settle();
  await chat.type("x".repeat(200) + "\r");
  const [waiting = "", prompt] = (await chat.lines()).slice(2);
  assert(/^You: x+…$/.test(waiting) && waiting.length < 80, waiting);
  assertEquals(prompt, ">");
  await chat.type("\x03\x03");
  await chat.outcome;
});

Deno.test("a search in the history continues below incoming messages, and a paste ends it", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("one\rtwo\rhalf\x12on");
  assertEquals((await chat.lines()).at(-1), "(search) on: one");
  chat.server.send(message(1, "hello"));
  assertEquals((await chat.lines()).slice(-2), ["Bob: hello", "(search) on: one"]);
  await chat.type("\x1b[200~d\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "> done");
  await chat.type("\x12t\x1b[200~a\nb\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "Send 2 lines? [y]es, [o]ne message, [n]o");
  await chat.type("n");
  assertEquals((await chat.lines()).at(-1), "> two");
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("Ctrl+Z without a shell that has jobs does nothing", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("ha\x1alf\r");
  assertEquals((await chat.lines()).slice(2), ["You: half", ">"]);
  await chat.type("\x03");
  await chat.outcome;
});
