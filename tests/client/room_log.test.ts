import { assertEquals } from "@std/assert";
import { CurrentRoom } from "../../client/current_room.ts";
import { marked, RoomLog } from "../../client/room_log.ts";
import { type ServerFrame, textLines } from "../../protocol/mod.ts";
import { message } from "./fakes.ts";

/** A log of a user in the lobby, which is current, and in tea. */
function logIn() {
  const joinedRooms = ["lobby", "tea"];
  const client = { name: "Ann", joinedRooms, join: fail, leave: fail };
  const log = new RoomLog(client, new CurrentRoom(client));
  return (frame: ServerFrame) => {
    const logged = log.logged(frame);
    const stamps = marked({ at: () => "" }, logged?.mark ?? "");
    return logged === undefined ? undefined : textLines(logged.frame, stamps, 1, "Ann");
  };
}

function fail(): never {
  throw new Error("no request was expected");
}

Deno.test("only lines of other rooms have a mark", () => {
  const log = logIn();
  const rows: readonly [ServerFrame, string][] = [
    [message(1, "hi"), "Bob: hi\n"],
    [{ ...message(1, "one\ntwo"), room: "tea" }, "#tea Bob: one\n#tea Bob: two\n"],
    [{ ...message(1, "hi"), room: "LOBBY" }, "Bob: hi\n"],
    [
      { type: "skipped", room: "tea", count: 2, from: 1, to: 2 },
      "#tea *** 2 messages skipped. " +
      "/history shows them. ***\n",
    ],
    [
      { type: "joined", room: "tea", name: "Bob", time: 1 },
      "#tea *** Bob has joined the chat! ***\n",
    ],
    [
      { type: "left", room: "tea", name: "Bob", time: 1, online: true },
      "#tea *** Bob has left the " +
      "room. ***\n",
    ],
    [
      { type: "joined", room: "tea", name: "Ann", time: 1, seq: 1 },
      "[SYSTEM]: You have entered tea.\n",
    ],
    [
      { type: "joined", room: "lobby", name: "Ann", time: 1, seq: 1 },
      "[SYSTEM]: You are now in lobby.\n",
    ],
    [
      { type: "left", room: "tea", name: "Ann", time: 1, online: true },
      "[SYSTEM]: You have left tea. You are in lobby.\n",
    ],
    [
      { type: "whisper", from: "Bob", to: "Ann", text: "psst", time: 1 },
      "[WHISPER from Bob]: psst\n",
    ],
    [{ type: "notice", text: "hi" }, "[SYSTEM]: hi\n"],
    // `room` of an offer is no name.
    [
      { type: "offered", file: 1, from: "Bob", to: "tea", room: true, name: "a", size: 1, time: 1 },
      "*** Bob offers the file a (1 byte). hubbub chat on a terminal and browsers can receive it. ***\n",
    ],
  ];
  for (const [frame, text] of rows) assertEquals(log(frame), text);
});

Deno.test("a user who leaves the chat or has a new name is reported once for all rooms", () => {
  const log = logIn();
  const left = (name: string, room: string, time: number): ServerFrame => ({
    type: "left",
    ...{ name, room, time },
  });
  const renamed = (room: string, time: number): ServerFrame => ({
    type: "renamed",
    ...{ from: "Eve", to: "Eva", room, time },
  });
  assertEquals(log(left("Bob", "tea", 1)), "*** Bob has left the chat. ***\n");
  assertEquals(log(left("Cid", "tea", 1)), "*** Cid has left the chat. ***\n");
  assertEquals(log(left("Bob", "lobby", 2)), undefined);
  assertEquals(log(left("Cid", "lobby", 2)), undefined);
  assertEquals(log(renamed("tea", 1)), "*** Eve is now known as Eva. ***\n");
  assertEquals(log(renamed("lobby", 1)), undefined);
  // Later it happened again.
  assertEquals(log(renamed("tea", 9_000)), "*** Eve is now known as Eva. ***\n");
  log({ type: "joined", room: "tea", name: "Bob", time: 3 });
  assertEquals(log(left("Bob", "tea", 4)), "*** Bob has left the chat. ***\n");
});

Deno.test("the list of rooms shows the rooms of the user", () => {
  const log = logIn();
  const rooms = [
    { name: "lobby", members: 3, topic: "All" },
    { name: "tea", members: 2 },
    { name: "den", members: 1, topic: "Quiet" },
  ];
  assertEquals(
    log({ type: "rooms", total: 4, rooms }),
    "[SYSTEM]: Rooms (4):\n[SYSTEM]:   lobby (3; you are here): All\n[SYSTEM]:   tea (2; joined)\n" +
      "[SYSTEM]:   den (1): Quiet\n[SYSTEM]:   and 1 more\n",
  );
});
