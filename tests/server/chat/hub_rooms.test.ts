import { assert, assertEquals } from "@std/assert";
import type { Hub } from "../../../server/chat/hub.ts";
import { listRooms } from "../../../server/chat/listing.ts";
import { withStage } from "../stage.ts";

Deno.test("hub: names of rooms ignore case, and keep that of the first", () => {
  const { join, hub } = withStage();
  const alice = join("Alice", "Tea");
  const bob = join("Bob", "TEA");
  assertEquals(bob.memberships.only!, alice.memberships.only!);
  assertEquals(bob.memberships.only!.name, "Tea");
  assertEquals(roomNames(hub), ["Tea", "lobby"]);
  assertEquals(hub.rooms.size, 2);
});

Deno.test("hub: a room ends with its last member, and its numbers with it", () => {
  const { join, hub } = withStage();
  const alice = join("Alice", "tea");
  hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined);
  hub.unregister(alice);
  assertEquals([roomNames(hub), hub.rooms.size], [["lobby"], 1]);
  assertEquals(join("Alice", "tea").memberships.only!.seq, 0);
});

Deno.test("hub: the lobby stays, and its numbers with it", () => {
  const { join, hub } = withStage();
  const alice = join("Alice");
  hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined);
  hub.unregister(alice);
  assertEquals([roomNames(hub), hub.rooms.size], [["lobby"], 1]);
  assertEquals(join("Bob").memberships.only!.seq, 1);
});

Deno.test("hub: the lobby is named lobby, also if the first client writes another case", () => {
  const { join } = withStage();
  join("Alice", "LOBBY");
  assertEquals(join("Bob").memberships.only!.name, "lobby");
});

Deno.test("hub: permanent rooms exist from the start, once each, in their own case", () => {
  const { hub, join } = withStage(["Help", " help ", "LOBBY", "Tea"]);
  assertEquals(roomNames(hub), ["lobby", "Help", "Tea"]);
  const alice = join("Alice", "help");
  assertEquals(alice.memberships.only!.name, "Help");
  hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined);
  hub.unregister(alice);
  assertEquals(hub.rooms.size, 3);
  assertEquals(join("Bob", "Help").memberships.only!.seq, 1);
});

Deno.test("hub: lists rooms with members and topics, the fullest first", () => {
  const { hub, join } = withStage(["help"]);
  join("Alice");
  const bob = join("Bob", "tea");
  join("Carol", "tea");
  hub.setTopic(bob, bob.memberships.only!, "Tea, and cake");
  hub.rooms.open("made for no member yet".replaceAll(" ", "-"));
  assertEquals(listRooms(hub.rooms.all()), {
    type: "rooms",
    total: 3,
    rooms: [
      { name: "tea", members: 2, topic: "Tea, and cake" },
      { name: "lobby", members: 1 },
      { name: "help", members: 0 },
    ],
  });
});

Deno.test("hub: lists the first 200 of many rooms, and counts all", () => {
  const { hub, join } = withStage();
  for (let number = 0; number < 205; number++) join(`u${number}`, `r${number}`);
  const frame = listRooms(hub.rooms.all());
  assert(frame.type === "rooms");
  assertEquals([frame.total, frame.rooms.length], [206, 200]);
});

Deno.test("hub: a move is sent to the member and to both rooms, in order", () => {
  const { hub, join, received, time } = withStage();
  const [alice, bob, carol] = [join("Alice"), join("Bob"), join("Carol", "tea")];
  hub.setTopic(carol, carol.memberships.only!, "Tea");
  hub.sendMessage(carol, carol.memberships.only!, "early", undefined, undefined);
  for (const each of [alice, bob, carol]) received(each);
  hub.sendMessage(bob, bob.memberships.only!, "before", undefined, undefined);
  const { value: tea } = hub.rooms.open("tea");
  hub.move(alice, tea!);
  hub.sendMessage(bob, bob.memberships.only!, "not for Alice", undefined, undefined);
  hub.sendMessage(carol, carol.memberships.only!, "welcome", undefined, undefined);
  assertEquals(received(alice).map((frame) => "text" in frame ? frame.text : frame), [
    "before",
    { type: "joined", room: "tea", name: "Alice", time, seq: 1, topic: "Tea" },
    "welcome",
  ]);
  assertEquals(received(bob), [{ type: "left", room: "lobby", name: "Alice", time, to: "tea" }]);
  assertEquals(received(carol), [{ type: "joined", room: "tea", name: "Alice", time }]);
  assertEquals([...alice.memberships], [{ room: tea!, since: 1 }]);
  assertEquals(hub.members.size, 3);
});

Deno.test("hub: a room ends when its last member moves, with its history", () => {
  const { hub, join, store } = withStage();
  const alice = join("Alice", "tea");
  hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined);
  assertEquals(store.history.read("tea", { limit: 9 }).length, 1);
  hub.move(alice, hub.rooms.open("lobby").value!);
  assertEquals(hub.rooms.size, 1);
  assertEquals(store.history.read("tea", { limit: 9 }), []);
  hub.move(alice, hub.rooms.open("tea").value!);
  assertEquals(alice.memberships.only!.seq, 0);
});

Deno.test("hub: in memory a room loses its topic when it ends", () => {
  const { hub, join, store } = withStage();
  const alice = join("Alice", "tea");
  hub.setTopic(alice, alice.memberships.only!, "Tea");
  hub.unregister(alice);
  assertEquals(store.topics.find("tea"), undefined, "or topics would fill the memory for ever");
  assertEquals(join("Bob", "tea").memberships.only!.topic, undefined);
});

Deno.test("hub: with a database, numbers and topics outlive a room", () => {
  const { hub, join, store } = withStage();
  const rooms = {
    size: 0,
    has: () => false,
    usedAt: () => 0,
    use: () => {},
    unusedSince: () => [],
  };
  Object.assign(store, { rooms });
  const alice = join("Alice", "tea");
  hub.setTopic(alice, alice.memberships.only!, "Tea");
  hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined);
  hub.unregister(alice);
  assertEquals(hub.rooms.size, 1);
  const room = join("Bob", "tea").memberships.only!;
  assertEquals([room.seq, room.topic], [1, "Tea"]);
  assertEquals(store.history.read("tea", { limit: 9 }).length, 1);
});

Deno.test("hub: a room exists for sessions that may be resumed in it, until it is released", () => {
  const { hub, join } = withStage();
  const alice = join("Alice", "tea");
  const room = alice.memberships.only!;
  room.resumable++;
  hub.unregister(alice);
  assertEquals(hub.rooms.open("tea").value, room);
  assertEquals(roomNames(hub), ["lobby"], "without any member");
  room.resumable--;
  hub.rooms.release(room);
  assertEquals(hub.rooms.size, 1);
  hub.rooms.release(hub.rooms.open("lobby").value!);
  assertEquals(hub.rooms.size, 1);
});

Deno.test("hub: a topic is sent to the room with its author, and removed by an empty text", () => {
  const { hub, join, received, store, time } = withStage();
  const [alice, bob, carol] = [join("Alice"), join("Bob"), join("Carol", "tea")];
  for (const each of [alice, bob, carol]) received(each);
  hub.setTopic(alice, alice.memberships.only!, "Cake");
  const topic = { type: "topic", room: "lobby", text: "Cake", by: "Alice", time } as const;
  assertEquals([received(alice), received(bob), received(carol)], [[topic], [topic], []]);
  assertEquals(store.topics.find("lobby"), { text: "Cake", by: "Alice", time });
  hub.setTopic(bob, bob.memberships.only!, "");
  assertEquals(received(alice), [{ ...topic, text: "", by: "Bob" }]);
  assertEquals([alice.memberships.only!.topic, store.topics.find("lobby")], [undefined, undefined]);
});

/** The rooms in the order in which they are listed. */
function roomNames(hub: Hub): string[] {
  const frame = listRooms(hub.rooms.all());
  assert(frame.type === "rooms");
  assertEquals(frame.total, frame.rooms.length);
  return frame.rooms.map(({ name }) => name);
}

Deno.test("hub: the members of a large deleted room are announced as a number", () => {
  const { hub, join, received, clock } = withStage();
  const alice = join("Alice");
  const many = Array.from({ length: 60 }, (_, index) => join(`u${index}`, "den"));
  received(alice);
  for (const member of many) received(member);
  hub.deleteRoom(many[0]!.memberships.only!, alice.memberships.only!, "gone");
  assertEquals(received(alice), []);
  assertEquals(received(many[59]!).map(({ type }) => type), ["notice", "left", "joined"]);
  clock.advance(1000);
  hub.sendPresence(clock.monotonic());
  const [presence] = received(alice);
  assertEquals(presence?.type === "presence" && [presence.joined, presence.members], [60, 61]);
  assertEquals(hub.rooms.size, 1);
});
