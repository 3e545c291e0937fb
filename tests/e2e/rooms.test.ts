/**
 * Rooms and people: going from one to another, topics, being away, ignoring, look-alikes.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const stampless = (text: string) => text.replaceAll(/\[\d\d:\d\d:\d\d\]/g, "[T]");

Deno.test("/rooms, /join, /leave and /topic, and notices only in the room", async () => {
  await using server = await startServer({ rooms: ["help"] });
  const ann = await RawClient.join(server.port, "ann");
  const ben = await RawClient.join(server.port, "ben");
  await ann.until("*** ben has joined the chat! ***\n");
  ben.send("/rooms\n");
  assertEquals(
    stampless(await ben.until("help (0)\n")),
    "[T] [SYSTEM]: Rooms (2):\n[T] [SYSTEM]:   lobby (2)\n[T] [SYSTEM]:   help (0)\n",
  );
  ben.send("/join help\n");
  assertEquals(stampless(await ben.until("\n")), "[T] [SYSTEM]: You are now in help.\n");
  assertEquals(
    stampless(await ann.until("\n")),
    "[T] *** ben has left the chat for the room help. ***\n",
  );
  ben.send("/topic Questions and answers\n");
  assertEquals(
    stampless(await ben.until("\n")),
    "[T] [SYSTEM]: The topic of help by ben: Questions and answers\n",
  );
  ben.send("only in help\n");
  ann.send("/join help\n");
  assertEquals(
    stampless(await ann.until("answers\n")),
    "[T] [SYSTEM]: You are now in help.\n[T] [SYSTEM]: Topic: Questions and answers\n",
  );
  assertEquals(stampless(await ben.until("\n")), "[T] *** ann has joined the chat! ***\n");
  ann.send("here too\n/join help\n");
  assertEquals(stampless(await ben.until("\n")), "[T] ann: here too\n");
  await ann.until("[ERROR]: You are already in help.\n");
  ann.send("/leave\n/leave\n");
  await ann.until("You are now in lobby.\n");
  await ben.until("*** ann has left the chat for the room lobby. ***\n");
  await ann.until("[ERROR]: You are already in the lobby.");
  ann.close();
  ben.close();
});

Deno.test("a room that is not listed vanishes when it is empty", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  ann.send("/join den\n/topic ours\n/leave\n/rooms\n");
  await ann.until("Rooms (1):");
  await ann.until("lobby (1)\n");
  ann.send("/join den\n/topic\n");
  await ann.until("You are now in den.\n");
  ann.close();
});

Deno.test("a member who changes rooms in the middle of a task keeps the order", async () => {
  await using server = await startServer();
  const here = await RawClient.hello(server.port, { name: "ear" });
  const there = await RawClient.hello(server.port, { name: "there", rooms: ["den"] });
  const walker = await RawClient.hello(server.port, { name: "walker" });
  await here.client.frame("joined");
  // In one segment, so in one turn: what is said before and after the move goes where it belongs.
  walker.client.send(
    [
      '{"type":"message","text":"1","id":"1"}',
      '{"type":"join","room":"den"}',
      '{"type":"leave","room":"lobby"}',
      '{"type":"message","text":"2","id":"2"}',
      '{"type":"join","room":"lobby"}',
      '{"type":"leave","room":"den"}',
      '{"type":"message","text":"3","id":"3"}',
    ].map((frame) => frame + "\n").join(""),
  );
  const types = [];
  for (let count = 0; count < 7; count++) {
    const frame = await walker.client.frame();
    types.push([frame.type, frame.id ?? frame.room]);
  }
  assertEquals(types.map((each) => each.join(" ")), [
    "ack 1",
    "joined den",
    "left lobby",
    "ack 2",
    "joined lobby",
    "left den",
    "ack 3",
  ]);
  const received = async (client: RawClient, count: number) => {
    const frames = [];
    while (frames.length < count) {
      const { type, text } = await client.frame();
      frames.push(text ?? type);
    }
    return frames;
  };
  assertEquals(await received(here.client, 4), ["1", "left", "joined", "3"]);
  assertEquals(await received(there.client, 3), ["joined", "2", "left"]);
  for (const { client } of [here, there, walker]) client.close();
});

Deno.test("/away is sent to those who whisper and shown in the list; /back takes it back", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  const ben = await RawClient.join(server.port, "ben");
  ann.send("/away for lunch\n");
  await ann.until("You are away.");
  ben.send("/w ann are you there?\n/users\n");
  await ben.until("[WHISPER to ann]: are you there?\n");
  assertEquals(stampless(await ben.until("\n")), "[T] [SYSTEM]: ann is away: for lunch\n");
  await ben.until("Online users (2): ann (away: for lunch), ben\n");
  ann.send("/back\n");
  await ann.until("You are back.\n");
  ben.send("/users\n");
  await ben.until("Online users (2): ann, ben\n");
  ann.close();
  ben.close();
});

Deno.test("/ignore hides what a user sends, whispers and history included", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  const pest = await RawClient.join(server.port, "pest");
  const ben = await RawClient.join(server.port, "ben");
  ann.send("/ignore PEST\n");
  await ann.until("You ignore pest now.");
  pest.send("buy my things\n/whisper ann buy them\n");
  await pest.until("[ERROR]: ann ignores you; nothing was sent.\n");
  await ben.until("pest: buy my things\n");
  ben.send("good morning\n");
  ann.send("/history\n/unignore pest\n");
  const received = await ann.until("You no longer ignore pest.\n");
  assert(!received.includes("buy"), received);
  assertEquals(received.split("ben: good morning\n").length - 1, 2, "said, and in the history");
  pest.send("hello again\n");
  await ann.until("pest: hello again\n");
  for (const client of [ann, pest, ben]) client.close();
});

Deno.test("a name that looks like one that is online is refused, with the reason", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const mallory = await RawClient.connect(server.port);
  mallory.send("\u0430lice\n"); // with a Cyrillic а
  await mallory.until('[ERROR]: The name "\u0430lice" looks like "Alice", who is online.');
  mallory.send("mallory\n");
  await mallory.until("Welcome, mallory!");
  mallory.send("/nick A1ice\n");
  await mallory.until('[ERROR]: The name "A1ice" looks like "Alice", who is online.');
  alice.send("/quit\n");
  await mallory.until("*** Alice has left the chat. ***\n");
  mallory.send("/nick A1ice\n");
  await mallory.until("*** mallory is now known as A1ice. ***\n");
  mallory.close();
});
