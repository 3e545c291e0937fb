import { assertEquals } from "@std/assert";
import { MAX_MEMBERS_ANNOUNCED_BY_NAME } from "../../../protocol/mod.ts";
import { Room } from "../../../server/chat/room.ts";
import { memberOf } from "../fakes.ts";

/** A room with that number of members. */
function roomOf(members: number): Room {
  const room = new Room("lobby", "lobby", true);
  for (let number = 0; number < members; number++) {
    room.members.add(memberOf(`u${number}`));
  }
  return room;
}

Deno.test("room: announces names up to the limit, and numbers beyond", () => {
  assertEquals(roomOf(0).announcesByName, true);
  assertEquals(roomOf(MAX_MEMBERS_ANNOUNCED_BY_NAME).announcesByName, true);
  assertEquals(roomOf(MAX_MEMBERS_ANNOUNCED_BY_NAME + 1).announcesByName, false);
});

Deno.test("room: a summary counts the joins and leaves since the last one", () => {
  const room = roomOf(2);
  assertEquals(room.takePresence(5000), undefined);
  room.countJoined();
  room.countJoined();
  room.countLeft();
  assertEquals(room.takePresence(6000), { joined: 2, left: 1 });
  assertEquals(room.takePresence(7000), undefined);
  room.countLeft();
  assertEquals(room.takePresence(8000), { joined: 0, left: 1 });
});

Deno.test("room: a summary to 10,000 is sent every two seconds, and is complete", () => {
  const room = roomOf(10_000);
  room.countJoined();
  assertEquals(room.takePresence(5000), { joined: 1, left: 0 });
  room.countJoined();
  assertEquals(room.takePresence(6000), undefined);
  room.countJoined();
  assertEquals(room.takePresence(6999), undefined);
  assertEquals(room.takePresence(7000), { joined: 2, left: 0 });
});
