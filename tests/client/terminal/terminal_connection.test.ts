import { assertEquals } from "@std/assert";
import { exitCodeOf } from "../../../client/mod.ts";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { chatWith } from "./chat_on_screen.ts";
import { FakeServer, settle, welcomeElsewhere } from "../fakes.ts";

Deno.test("it reconnects, and sends the lines that were typed meanwhile", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  chat.server.drop();
  await chat.type("hello\r");
  const lost = [
    "*** Lost the connection to 127.0.0.1:8080: the server closed it witho",
    "ut a reason. Trying again in 1 s. ***",
  ];
  assertEquals((await chat.lines()).slice(2), [...lost, "You: hello …", ">"]);
  chat.clock.advance(1000);
  assertEquals((await chat.lines()).slice(2), [
    ...lost,
    "*** Connected again, in a new session: /history shows what was said m",
    "eanwhile. ***",
    "You: hello",
    ">",
  ]);
  const said = chat.server.received.flatMap((frame) =>
    frame.type === "message" ? [frame.text] : []
  );
  assertEquals(said, ["hello"]);
  await chat.type("\x04");
  assertEquals(exitCodeOf(await chat.outcome), 0);
});

Deno.test("offers of files end with the connection", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  const offer = { type: "offered", file: 1, from: "Bob", to: "Alice", name: "a", size: 1, time: 0 };
  chat.server.send(offer as ServerFrame);
  await settle();
  chat.server.drop();
  assertEquals((await chat.lines()).at(-2), "[SYSTEM]: a from Bob is not offered any more.");
  await chat.type("/refuse\r");
  assertEquals((await chat.lines()).at(-2), "[ERROR]: No file is offered to you.");
  assertEquals(chat.server.received.some(({ type }) => type === "refuse"), false);
  await chat.type("\x04");
  await chat.type("\x04");
  await chat.outcome;
});

Deno.test("a change of room waits for the connection above the prompt, with later lines", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  chat.server.drop();
  await chat.type("/join private\rconfidential\r");
  assertEquals((await chat.lines()).slice(4), [
    "/join private …",
    "You: confidential …",
    "private>",
  ]);
  const before = chat.server.received.length;
  chat.clock.advance(1000);
  assertEquals((await chat.lines()).slice(6), [
    "You: confidential",
    "1 lobby  [2 private]",
    "private>",
  ]);
  const said = chat.server.received.slice(before).map(({ type }) => type);
  assertEquals(said.slice(0, 3), ["hello", "join", "message"]);
  await chat.type("\x04");
  await chat.outcome;
});

Deno.test("after a reconnect into another room the status line is shown", async () => {
  const server = new FakeServer().beFriendly();
  const friendly = server.onFrame;
  let room = "lobby";
  server.onFrame = (frame) => {
    if (frame.type === "hello" && room === "tea") {
      return server.send(welcomeElsewhere("Alice", room));
    }
    if (frame.type !== "users") return friendly(frame);
    server.send({ type: "users", room, total: 1, users: [{ name: "Alice" }] });
  };
  const chat = chatWith(server, { name: "Alice" });
  await settle();
  room = "tea";
  server.drop();
  await settle();
  chat.clock.advance(1000);
  assertEquals((await chat.lines()).slice(6), [
    "*** Connected again. ***",
    "[SYSTEM]: You have left lobby. You are in tea.",
    "[SYSTEM]: You are in the room tea on 127.0.0.1:8080. No other users a",
    "re here.",
    "tea>",
  ]);
  await chat.type("\x04");
  await chat.outcome;
});

Deno.test("a lost server is reported in one line, and so is each new reason of a failed attempt", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  let reason = "ECONNREFUSED";
  chat.server.onConnect = () =>
    chat.server.drop(Object.assign(new Error("connect"), { code: reason }));
  chat.server.send({ type: "bye", reason: "restart", text: "The server is restarting." });
  chat.server.drop();
  const again = async () => {
    for (let second = 0; second < 60; second++) {
      await settle();
      chat.clock.advance(1000);
    }
    await settle();
  };
  for (let attempt = 0; attempt < 3; attempt++) await again();
  reason = "EHOSTUNREACH";
  for (let attempt = 0; attempt < 3; attempt++) await again();
  const lines = (await chat.lines()).slice(2).join("").replaceAll("***", "").trim();
  assertEquals(lines.split(/(?<=Trying again [^.]*\.) +/), [
    "Lost the connection to 127.0.0.1:8080: the server sent: The server is restarting. Trying again in 1 s.",
    "Cannot connect to 127.0.0.1:8080: connection refused. Is the server running? Trying again until it works.",
    "Cannot connect to 127.0.0.1:8080: the host cannot be reached from here. Check the network and the address. Trying again until it works.",
    ">",
  ]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("Ctrl+C leaves at once without a connection", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  chat.server.drop();
  await settle();
  await chat.type("\x03");
  assertEquals(await chat.outcome, { type: "quit", by: "interrupt", refused: 0 });
});

Deno.test("a lost connection is reported in one line, with exit code 1", async () => {
  const chat = chatWith(undefined, { name: "Alice", reconnect: false });
  await settle();
  chat.server.drop();
  assertEquals(exitCodeOf(await chat.outcome), 1);
  assertEquals((await chat.lines()).slice(2), [
    "Lost the connection to 127.0.0.1:8080: the server closed it without a reason.",
    "Disconnected from server.",
    "",
  ]);
});

Deno.test("without a server: one line on the error output, none on the terminal, exit code 3", async () => {
  const server = new FakeServer();
  server.onConnect = () =>
    server.drop(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  const chat = chatWith(server);
  assertEquals(exitCodeOf(await chat.outcome), 3);
  assertEquals(await chat.lines(), [""]);
  assertEquals(
    chat.errors.text,
    "Cannot connect to 127.0.0.1:8080: connection refused. Is the server running?\n",
  );
});
