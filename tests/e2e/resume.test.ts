/**
 * Sessions that outlive their connections: nothing lost, nothing doubled, no other disturbed.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { eventually } from "../support/eventually.ts";

Deno.test("a resumed session gets its name, its room and exactly what it missed", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "person");
  const first = await RawClient.hello(server.port, { name: "Bot" });
  await person.until("Bot has joined the chat! ***\n");
  person.send("one\n/whisper bot private one\n");
  assertEquals((await first.client.frame("message")).text, "one");
  const { number } = await first.client.frame("whisper");
  first.client.reset();
  person.send("two\n/whisper bot private two\nthree\n");
  await person.until("[WHISPER to Bot]: private two\n");

  const resume = { session: first.welcome.session, rooms: { lobby: 1 }, whisper: number };
  const second = await RawClient.hello(server.port, { name: "whatever", resume });
  const { name, rooms, resumed, session } = second.welcome;
  assertEquals([name, rooms[0]!.room, resumed, session], [
    "Bot",
    "lobby",
    true,
    first.welcome.session,
  ]);
  const missed = [];
  while (missed.length < 3) missed.push((await second.client.frame()).text);
  assertEquals(missed.toSorted(), ["private two", "three", "two"]);
  person.send("four\n/users\n");
  assertEquals((await second.client.frame()).text, "four");
  const seen = await person.until("Online users (2): person, Bot\n");
  assert(!seen.includes("***"), "no leave or join was reported");
  second.client.close();
  person.close();
});

Deno.test("what was said while the connection broke is said once, however often it is sent", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "person");
  const first = await RawClient.hello(server.port, { name: "bot" });
  first.client.sendFrame({ type: "message", text: "said once", id: "7" });
  first.client.sendFrame({ type: "whisper", to: "person", text: "whispered once", id: "8" });
  await person.until("whispered once\n");
  // As if neither acknowledgement had arrived.
  first.client.reset();
  const resume = { session: first.welcome.session, rooms: { lobby: 0 } };
  const second = await RawClient.hello(server.port, { name: "bot", resume });
  second.client.sendFrame({ type: "message", text: "said once", id: "7" });
  second.client.sendFrame({ type: "whisper", to: "person", text: "whispered once", id: "8" });
  second.client.sendFrame({ type: "message", text: "something new", id: "9" });
  const again = { type: "ack", id: "7", room: "lobby", seq: 1 };
  assertEquals(await second.client.frame("ack"), again, "among the missed frames");
  assertEquals(await second.client.frame("ack"), again, "of the repeated message");
  assertEquals(await second.client.frame("ack"), { type: "ack", id: "8", to: "person" });
  assertEquals(await second.client.frame("ack"), { type: "ack", id: "9", room: "lobby", seq: 2 });
  await person.until("bot: something new\n");
  assertEquals(person.received.split("said once").length - 1, 1);
  assertEquals(person.received.split("whispered once").length - 1, 1);
  second.client.close();
  person.close();
});

Deno.test("a resume that comes before the server knows of the break takes over", async () => {
  await using server = await startServer();
  const first = await RawClient.hello(server.port, { name: "bot" });
  const resume = { session: first.welcome.session, rooms: { lobby: 0 } };
  const second = await RawClient.hello(server.port, { name: "bot", resume });
  assertEquals(second.welcome.resumed, true);
  assertEquals((await first.client.frame("bye")).reason, "replaced");
  await first.client.untilEnd();
  second.client.sendFrame({ type: "users" });
  assertEquals((await second.client.frame("users")).total, 1);
  first.client.close();
  second.client.close();
});

Deno.test("without a resume in the time of grace the others receive that it left", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const person = await RawClient.join(server.port, "person");
  const { client, welcome } = await RawClient.hello(server.port, { name: "bot" });
  await person.until("bot has joined the chat! ***\n");
  client.reset();
  await person.until("*** bot has left the chat. ***\n");
  person.send("meanwhile\n/users\n");
  await person.until("Online users (1): person\n");
  const resume = { session: welcome.session, rooms: { lobby: 0 } };
  const back = await RawClient.hello(server.port, { name: "bot", resume });
  await person.until("bot has joined the chat! ***\n");
  assertEquals((await back.client.frame("message")).text, "meanwhile");
  back.client.close();
  person.close();
});

Deno.test("the name of a broken connection is free for the first client that comes", async () => {
  await using server = await startServer();
  const watcher = await RawClient.join(server.port, "watcher");
  const first = await RawClient.hello(server.port, { name: "bot" });
  await watcher.until("bot has joined the chat! ***\n");
  first.client.reset();
  // Whether the server knows of the break already is not known here: ask until it does.
  let other!: RawClient;
  await eventually(async () => {
    other = await RawClient.connect(server.port);
    other.send("bot\n");
    const isTaken = (await other.until(/Welcome, bot!|is taken/)).includes("taken");
    if (isTaken) other.close();
    return !isTaken;
  }, "the name to be free");
  await watcher.until("*** bot has left the chat. ***\n");
  await watcher.until("*** bot has joined the chat! ***\n");
  const late = await RawClient.connect(server.port);
  late.sendFrame({
    type: "hello",
    name: "bot2",
    resume: { session: first.welcome.session, rooms: { lobby: 0 } },
  });
  const welcome = await late.frame("welcome");
  assertEquals([welcome.name, welcome.resumed], ["bot2", undefined]);
  assertEquals((await late.frame("error")).code, "cannot_resume");
  for (const client of [watcher, other, late]) client.close();
});

Deno.test("a wrong token is reported, and the client joins with a new session", async () => {
  await using server = await startServer();
  const client = await RawClient.connect(server.port);
  client.sendFrame({
    type: "hello",
    name: "bot",
    resume: { session: "made up", rooms: { lobby: 3 } },
  });
  const welcome = await client.frame();
  assertEquals([welcome.type, welcome.name, welcome.resumed], ["welcome", "bot", undefined]);
  assertEquals((await client.frame()).code, "cannot_resume");
  client.close();
});

Deno.test("what the history has lost meanwhile is reported as skipped", async () => {
  await using server = await startServer({ historyLimit: 10 });
  const person = await RawClient.join(server.port, "person");
  const { client, welcome } = await RawClient.hello(server.port, { name: "bot" });
  client.reset();
  for (let number = 1; number <= 30; number++) person.send(`${number}\n`);
  person.send("/users\n");
  await person.until("Online users");
  const resume = { session: welcome.session, rooms: { lobby: 0 } };
  const back = await RawClient.hello(server.port, { name: "bot", resume });
  const skipped = await back.client.frame();
  assertEquals([skipped.type, skipped.count, skipped.from, skipped.to], ["skipped", 20, 1, 20]);
  for (let number = 21; number <= 30; number++) {
    assertEquals((await back.client.frame()).text, `${number}`);
  }
  back.client.close();
  person.close();
});

Deno.test("E4 a session is resumed across a restart of a server that keeps its data", async () => {
  const data = await Deno.makeTempDir();
  try {
    let session = "";
    {
      await using server = await startServer({ data });
      const { client, welcome } = await RawClient.hello(server.port, {
        name: "bot",
        rooms: ["den"],
      });
      session = welcome.session;
      client.sendFrame({ type: "message", text: "acknowledged?", id: "1" });
      const other = await RawClient.hello(server.port, { name: "other", rooms: ["den"] });
      other.client.sendFrame({ type: "message", text: "missed", id: "1" });
      other.client.sendFrame({ type: "whisper", to: "bot", text: "psst", id: "2" });
      while ((await other.client.frame("ack")).id !== "2");
      client.close();
      other.client.close();
    }
    await using server = await startServer({ data });
    const back = await RawClient.hello(server.port, {
      name: "bot",
      resume: { session, rooms: { lobby: 0 }, whisper: 0 },
    });
    assertEquals([back.welcome.resumed, back.welcome.rooms[0]!.room], [true, "den"]);
    assertEquals(await back.client.frame("ack"), { type: "ack", id: "1", room: "den", seq: 1 });
    const missed = [await back.client.frame(), await back.client.frame()];
    assertEquals(missed.map(({ text }) => text).toSorted(), ["missed", "psst"]);
    back.client.sendFrame({ type: "message", text: "acknowledged?", id: "1" });
    assertEquals((await back.client.frame("ack")).seq, 1);
    back.client.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("a user who had left before a restart is not online after it, and can still resume", async () => {
  const data = await Deno.makeTempDir();
  try {
    let session = "";
    {
      await using server = await startServer({ data, graceMilliseconds: 0 });
      const watcher = await RawClient.join(server.port, "watcher");
      const { client, welcome } = await RawClient.hello(server.port, { name: "bot" });
      session = welcome.session;
      client.close();
      await watcher.until("*** bot has left the chat. ***\n");
      watcher.close();
    }
    await using server = await startServer({ data });
    const watcher = await RawClient.join(server.port, "watcher");
    watcher.send("/users\n");
    await watcher.until("Online users (1): watcher\n");
    const back = await RawClient.hello(server.port, {
      name: "bot",
      resume: { session, rooms: { lobby: 0 } },
    });
    assertEquals(back.welcome.resumed, true);
    await watcher.until("*** bot has joined the chat! ***\n");
    back.client.close();
    watcher.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
