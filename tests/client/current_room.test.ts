import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CurrentRoom, LocalRefusal } from "../../client/current_room.ts";
import { ChatError } from "../../client/core/chat_error.ts";
import { protocolError } from "../../protocol/errors.ts";
import type { ChatEvent } from "../../client/core/connection_event.ts";

/** A client whose requests the test answers. */
function clientIn(...rooms: string[]) {
  const requests: string[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const wait = (request: string) => {
    requests.push(request);
    const answer = Promise.withResolvers<void>();
    answers.push(answer);
    return answer.promise;
  };
  const client = {
    name: "Ann",
    joinedRooms: rooms,
    join: (room: string) =>
      wait(`join ${room}`).then(() => {
        client.joinedRooms.push(room.toLowerCase());
        return { room: room.toLowerCase(), seq: 0 };
      }),
    leave: (room?: string) =>
      wait(`leave ${room}`).then(() => {
        client.joinedRooms = client.joinedRooms.filter((other) => other !== room);
      }),
  };
  const changes: string[] = [];
  const current: CurrentRoom = new CurrentRoom(client, () => void changes.push(current.name));
  return { client, current, requests, answers, changes };
}

function left(room: string): ChatEvent {
  return { type: "left", room, name: "Ann", time: 1, online: true };
}

Deno.test("a room is entered and turned to, in the spelling of the server", async () => {
  const { current, requests, answers, changes } = clientIn("lobby");
  const entered = current.enter("Tea");
  assertEquals(current.name, "Tea", "lines typed before the answer go there");
  answers[0]!.resolve();
  await entered;
  assertEquals([current.name, requests, changes], ["tea", ["join Tea"], ["Tea", "tea"]]);
  await assertRejects(() => current.enter("TEA"), LocalRefusal, "You are already in tea.");
  await current.enter("LOBBY");
  assertEquals([current.name, requests.length], ["lobby", 1], "nothing is requested twice");
});

Deno.test("after a refused room the one before stays, unless the user has turned to another", async () => {
  const { current, answers } = clientIn("lobby", "tea");
  const refused = current.enter("den");
  answers[0]!.reject(new ChatError(protocolError("too_many_rooms", 1)));
  await assertRejects(() => refused, ChatError);
  assertEquals(current.name, "lobby");
  const late = current.enter("den");
  current.turn("tea");
  answers[1]!.reject(new ChatError(protocolError("too_many_rooms", 1)));
  await assertRejects(() => late, ChatError);
  assertEquals(current.name, "tea");
});

Deno.test("it turns to rooms by name and by number", () => {
  const { current } = clientIn("lobby", "tea", "9", "2");
  const rows = [["TEA", "tea"], ["1", "lobby"], ["3", "9"], ["9", "9"], ["#2", "2"], ["2", "tea"]];
  for (const [typed, name] of [...rows, ["#Lobby", "lobby"]] as [string, string][]) {
    current.turn(typed);
    assertEquals(current.name, name);
  }
  assertThrows(() => current.turn("5"), LocalRefusal, "no room with the number 5, only 4 rooms.");
  for (const typed of ["te", "#1", "0", "-1", "", "#", "__proto__"]) {
    assertThrows(() => current.turn(typed), LocalRefusal, "You are not in");
  }
});

Deno.test("after the current room the one before it follows", async () => {
  const { current, answers, client } = clientIn("lobby", "tea", "den");
  current.turn("den");
  current.turn("tea");
  const leaving = current.leave();
  assertEquals(current.name, "den");
  answers[0]!.resolve();
  await leaving;
  client.joinedRooms = ["lobby"];
  current.receive(left("den"));
  assertEquals(current.name, "lobby");
  client.joinedRooms = [];
  current.receive(left("lobby"));
  assertEquals(current.name, "");
  client.joinedRooms = ["tea"];
  current.receive({ type: "joined", room: "tea", name: "Ann", time: 1, seq: 4 });
  assertEquals(current.name, "tea");
});

Deno.test("another room than the current one is left without a turn", async () => {
  const { current, requests, answers } = clientIn("lobby", "tea");
  const leaving = current.leave("TEA");
  answers[0]!.resolve();
  await leaving;
  assertEquals([current.name, requests], ["lobby", ["leave tea"]]);
  await assertRejects(() => current.leave("tea"), LocalRefusal, "You are not in tea.");
  await assertRejects(() => current.leave(), LocalRefusal, "You are already in the lobby.");
});

Deno.test("the last room is left for the lobby", async () => {
  const { current, requests, answers } = clientIn("tea");
  const leaving = current.leave();
  answers[0]!.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  answers[1]!.resolve();
  await leaving;
  assertEquals([current.name, requests], ["lobby", ["join lobby", "leave tea"]]);
});

Deno.test("of two rooms that are left at once, the last one is left for the lobby", async () => {
  const { current, requests, answers } = clientIn("lobby", "tea");
  const leaving = current.leave("tea");
  await assertRejects(() => current.leave(), LocalRefusal, "You are already in the lobby.");
  assertEquals([current.name, requests], ["lobby", ["leave tea"]]);
  const again = current.enter("tea");
  assertEquals([current.name, requests.at(-1)], ["tea", "join tea"]);
  answers[0]!.resolve();
  await leaving;
  current.receive(left("tea"));
  assertEquals(current.name, "tea", "it was requested again");
  answers[1]!.resolve();
  await again;
  assertEquals(current.name, "tea");
});

Deno.test("a requested room can be turned to and left before the answer", async () => {
  const { current, requests, answers } = clientIn("lobby");
  const entering = current.enter("tea");
  current.turn("lobby");
  current.turn("tea");
  const leaving = current.leave();
  assertEquals([current.name, requests], ["lobby", ["join tea", "leave tea"]]);
  for (const answer of answers) answer.resolve();
  await Promise.all([entering, leaving]);
  assertEquals(current.name, "lobby");
});

Deno.test("a new session without the room turns to another one, but not away from a requested one", () => {
  const { current, client } = clientIn("lobby", "tea");
  current.turn("tea");
  const restored = { type: "connection", state: "restored", resumed: false, uncertain: 0 } as const;
  current.receive(restored);
  assertEquals(current.name, "tea");
  client.joinedRooms = ["lobby"];
  current.receive(restored);
  assertEquals(current.name, "lobby");
  void current.enter("den");
  current.receive(restored);
  assertEquals(current.name, "den");
});
