/** Several rooms on a terminal. */

import { assertEquals } from "@std/assert";
import { chatWith } from "./chat_on_screen.ts";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { FakeServer, message, settle } from "../fakes.ts";

/** A chat in the lobby and in tea, which is current. */
async function chatInTwoRooms(columns?: number) {
  const server = new FakeServer().beFriendly();
  const chat = chatWith(server, { name: "Alice" });
  if (columns !== undefined) chat.output.columns = columns;
  await settle();
  await chat.type("/join tea\r");
  await chat.type("/clear\r");
  return { ...chat, server, last: async (count: number) => (await chat.lines()).slice(-count) };
}

Deno.test("other rooms are marked and counted, and messages go to the current one", async () => {
  const chat = await chatInTwoRooms();
  chat.server.send(message(1, "hi"), message(2, "Alice?"), { ...message(1, "here"), room: "tea" });
  await chat.type("hello");
  assertEquals(await chat.lines(), [
    "#lobby Bob: hi",
    "#lobby Bob: Alice?",
    "Bob: here",
    "1 lobby (2, @1)  [2 tea]",
    "tea> hello",
  ]);
  await chat.type("\r\x1b1");
  await chat.type("to the lobby\r");
  await chat.type("/room tea\r");
  await chat.type("/room nowhere\r\x1b9");
  assertEquals(await chat.last(7), [
    "Bob: here",
    "#tea You: hello",
    "You: to the lobby",
    "[ERROR]: You are not in nowhere. Enter it first, with /join nowhere.",
    "[ERROR]: You have no room with the number 9, only 2 rooms.",
    "1 lobby  [2 tea]",
    "tea>",
  ]);
  const sent = chat.server.received.flatMap((frame) =>
    frame.type === "message" ? [[frame.room, frame.text]] : []
  );
  assertEquals(sent, [["tea", "hello"], ["lobby", "to the lobby"]]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a message that is acknowledged after the user has turned away has its mark", async () => {
  const chat = await chatInTwoRooms();
  chat.server.onFrame = () => {};
  await chat.type("for tea\r\x1b1");
  assertEquals(await chat.last(3), ["#tea You: for tea …", "[1 lobby]  2 tea", "lobby>"]);
  const { id = "" } = chat.server.received.find(({ type }) => type === "message")!;
  chat.server.send({ type: "ack", id, room: "tea", seq: 1 });
  assertEquals(await chat.last(3), ["#tea You: for tea", "[1 lobby]  2 tea", "lobby>"]);
  await chat.type("\x03\x03");
  await chat.outcome;
});

Deno.test("commands are for the current room", async () => {
  const chat = await chatInTwoRooms();
  chat.server.received.length = 0;
  await chat.type("/room lobby\r/users\r/topic\r/topic Cake\r/history 3\r/leave tea\r");
  const sent = chat.server.received.map((frame) => [frame.type, "room" in frame ? frame.room : ""]);
  assertEquals(sent.filter(([type]) => type !== "ping"), [
    ["users", "lobby"],
    ["topic", "lobby"],
    ["topic", "lobby"],
    ["history", "lobby"],
    ["leave", "tea"],
  ]);
  assertEquals(await chat.last(2), ["[SYSTEM]: You have left tea. You are in lobby.", ">"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("/search is for the current room, and without words continues", async () => {
  const chat = await chatInTwoRooms();
  chat.server.received.length = 0;
  await chat.type("/search\r/search cake\r");
  const found = (seq: number, before?: number): ServerFrame => ({
    ...{
      type: "search",
      room: "tea",
      words: "cake",
      messages: [{ ...message(seq, "cake"), room: "tea" }],
    },
    ...(before === undefined ? { more: false } : { more: true, before }),
  });
  chat.server.send(found(8, 8));
  await chat.type("\x1b1");
  await chat.type("/find\r");
  chat.server.send(found(3));
  await settle();
  await chat.type("/search\r");
  assertEquals((await chat.lines()).slice(0, -2), [
    "[ERROR]: Missing argument. Usage: /search WORDS",
    "[SYSTEM]: 1 message in the room tea with cake (older messages were no",
    "t searched):",
    "Bob: cake",
    "[SYSTEM]: /search without words continues with older messages.",
    "#tea [SYSTEM]: 1 message in the room tea with cake:",
    "#tea Bob: cake",
    "[ERROR]: Missing argument. Usage: /search WORDS",
  ]);
  const sent = chat.server.received.filter(({ type }) => type === "search");
  assertEquals(sent, [
    { type: "search", room: "tea", words: "cake" },
    { type: "search", room: "tea", words: "cake", before: 8 },
  ]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("the bar takes one row in any width, also after a change of the window", async () => {
  const chat = await chatInTwoRooms();
  for (const room of ["first-long-name", "second-long-name"]) await chat.type(`/join ${room}\r`);
  chat.server.send(message(1, "hi"));
  await chat.type("typed");
  const full = "1 lobby (1)  2 tea  3 first-long-name  [4 second-long-name]";
  assertEquals(await chat.last(2), [full, "second-long…> typed"]);
  await chat.type("\x1b1\x1b2");
  chat.output.columns = 40;
  chat.output.emit("resize");
  chat.server.send(message(2, "hi"));
  const lines = await chat.last(2);
  assertEquals(lines, ["1 lobby (1)  [2 tea]  and 2 more", "tea> typed"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a deleted room ends the turn, and a question about a paste survives it", async () => {
  const chat = await chatInTwoRooms();
  await chat.type("\x1b[200~one\ntwo\x1b[201~");
  assertEquals(await chat.last(1), ["Send 2 lines? [y]es, [o]ne message, [n]o"]);
  chat.server.send({ type: "left", room: "tea", name: "Alice", time: 1, online: true });
  assertEquals(await chat.last(2), [
    "[SYSTEM]: You have left tea. You are in lobby.",
    "Send 2 lines? [y]es, [o]ne message, [n]o",
  ]);
  await chat.type("y");
  assertEquals(await chat.last(3), ["You: one", "You: two", ">"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("after a reconnect the rooms and the turn are as before", async () => {
  const chat = await chatInTwoRooms();
  const friendly = chat.server.onFrame;
  chat.server.onFrame = (frame) => {
    if (frame.type !== "hello") return friendly(frame);
    const rooms = frame.rooms!.map((room) => ({ room, seq: 5 }));
    const session = { server: "fake", session: "s" };
    chat.server.send(
      { type: "welcome", name: "Alice", rooms, ...session, resumed: true },
      { ...message(5, "missed"), room: "tea" },
      message(5, "missed there"),
    );
  };
  chat.server.drop();
  await settle();
  chat.clock.advance(1000);
  assertEquals(await chat.last(5), [
    "*** Connected again. ***",
    "Bob: missed",
    "#lobby Bob: missed there",
    "1 lobby (1)  [2 tea]",
    "tea>",
  ]);
  await chat.type("\x03");
  await chat.outcome;
});
