import { assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/frames.ts";
import { FixtureChat, message, users, welcome } from "./fixture_chat.ts";

const joined = (room: string, seq = 0) =>
  ({ type: "joined", room, name: "Ann", time: 5, seq }) as const;

const left = (room: string, more: Partial<Extract<ServerFrame, { type: "left" }>> = {}) =>
  ({ type: "left", room, name: "Ann", time: 5, online: true, ...more }) as const;

/** Ann in the rooms lobby, tea and help; help is open. */
function inThreeRooms(): FixtureChat {
  const fixture = FixtureChat.inside();
  for (const room of ["tea", "help"]) {
    fixture.chat.join(room);
    fixture.addNotice(joined(room, 9));
  }
  fixture.takeSent();
  return fixture;
}

const roomsOf = ({ chat }: FixtureChat) => chat.rooms.all.map(({ name }) => name);

Deno.test("membership: messages of all rooms arrive, and mentions are counted apart", () => {
  const fixture = inThreeRooms();
  const { chat } = fixture;
  fixture.addNotice(
    message(10, { room: "tea" }),
    message(11, { room: "tea", text: "Ann: look" }),
    message(10, { room: "help" }),
    message(1),
  );
  const counts = ["lobby", "tea", "help"].map((room) => {
    const { unread, mentions } = chat.conversations.ofRoom(room);
    return [unread, mentions];
  });
  assertEquals(counts, [[1, 0], [2, 1], [0, 0]]);
  chat.open(chat.conversations.ofRoom("tea"));
  assertEquals([chat.room, chat.conversations.unread], ["tea", 1]);
  assertEquals(fixture.takeSent(), []);
});

Deno.test("membership: users and topics are those of the open room", () => {
  const fixture = inThreeRooms();
  const { chat } = fixture;
  fixture.addNotice(
    { type: "users", room: "help", total: 2, users: [{ name: "Ann" }, { name: "Cyd" }] },
    { type: "joined", room: "tea", name: "Dan", time: 6 },
    { type: "topic", room: "tea", text: "cups" },
  );
  const names = () => chat.roster.list.map(({ name }) => name);
  assertEquals([names(), chat.topic], [["Ann", "Cyd"], ""]);
  chat.open(chat.conversations.ofRoom("tea"));
  assertEquals([names(), chat.topic], [["Ann", "Dan"], "cups"]);
  chat.open(chat.conversations.ofRoom("lobby"));
  assertEquals(names(), ["Ann", "Ben"]);
  fixture.addNotice({ type: "renamed", room: "tea", from: "Ann", to: "Anna", time: 7 });
  assertEquals([names(), chat.name], [["Anna", "Ben"], "Anna"]);
  assertEquals(fixture.texts, ["You are now known as Anna."]);
});

Deno.test("membership: after a reload a room is loaded when it is first open, before what arrived", () => {
  const fixture = new FixtureChat();
  const { chat } = fixture;
  fixture.enter({ name: "Ann" }, { session: "token", rooms: { lobby: 3, tea: 5 }, whisper: 0 });
  const rooms = [{ room: "lobby", seq: 3 }, { room: "tea", seq: 7 }];
  fixture.addNotice(welcome({ resumed: true, rooms }));
  fixture.addNotice(message(6, { room: "tea" }));
  chat.open(chat.conversations.ofRoom("lobby"));
  const request = { type: "history", limit: 50, id: "history" } as const;
  assertEquals(fixture.takeSent().filter(({ type }) => type === "history"), [
    { ...request, room: "tea" },
    { ...request, room: "lobby" },
  ]);
  chat.join("help");
  fixture.addNotice(joined("help"), message(1, { room: "help" }));
  chat.open(chat.conversations.ofRoom("help"));
  fixture.disconnect();
  fixture.takeSent();
  fixture.addNotice(welcome({ resumed: true, rooms: [...rooms, { room: "help", seq: 1 }] }));
  // Its users may have changed; its messages are complete.
  assertEquals(fixture.takeSent(), [{ type: "users", room: "help" }, { type: "rooms" }]);
});

Deno.test("membership: a new session that lacks a room reports it", () => {
  const fixture = inThreeRooms();
  const { chat } = fixture;
  fixture.disconnect();
  const rooms = [{ room: "lobby", seq: 0 }, { room: "tea", seq: 9 }];
  fixture.addNotice(welcome({ session: "other", rooms }));
  assertEquals([roomsOf(fixture), chat.room], [["lobby", "tea"], "lobby"]);
  assertEquals(fixture.texts, [
    "You are not in # help any more.",
    "Connected again. What was said meanwhile is in the history.",
  ]);
});

Deno.test("membership: a room that vanished is closed, with the reason", () => {
  const fixture = inThreeRooms();
  const { chat } = fixture;
  fixture.addNotice(left("tea", { reason: "the room was deleted" }));
  assertEquals([chat.room, roomsOf(fixture)], ["help", ["lobby", "help"]]);
  assertEquals(fixture.texts, ["You are not in # tea any more: the room was deleted."]);
  fixture.addNotice(left("help"));
  assertEquals([chat.room, fixture.texts], ["lobby", ["You are not in # help any more."]]);
  // The server has moved the user to another room.
  fixture.addNotice(left("lobby"), joined("garden", 2));
  assertEquals([chat.room, roomsOf(fixture)], ["garden", ["garden"]]);
  fixture.addNotice(users("Ann"));
  assertEquals(chat.conversations.all.filter(({ kind }) => kind === "room").length, 1);
});

Deno.test("membership: rooms that are refused one after the other lead back to the first place", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  for (const room of ["tea", "help", "garden"]) chat.submit(`/join ${room}`);
  for (const { id } of fixture.takeSent()) {
    fixture.addNotice({ type: "error", code: "too_many_joined", text: "Full.", ref: id! });
  }
  assertEquals([chat.active.name, roomsOf(fixture)], ["lobby", ["lobby"]]);
  assertEquals(fixture.texts, ["Full.", "Full.", "Full."]);
  assertEquals(chat.conversations.all.map(({ name }) => name), ["lobby"]);
  assertEquals(chat.active.draft, "/join tea");
});

Deno.test("membership: a page whose session was taken by another one ends, and does not return", () => {
  const fixture = inThreeRooms();
  fixture.addNotice({ type: "bye", reason: "replaced", text: "Another client has your name." });
  fixture.takeSent();
  const { phase, leaveNotice } = fixture.chat;
  assertEquals([phase, leaveNotice?.text], ["outside", "Another client has your name."]);
  fixture.disconnect();
  assertEquals([fixture.chat.phase, fixture.takeSent()], ["outside", []]);
});

Deno.test("membership: a room name of any length is refused with a sentence, and no exception", () => {
  const fixture = FixtureChat.inside();
  assertEquals(fixture.chat.submit(`/join ${"x".repeat(20_000)}`), false);
  assertEquals([fixture.texts.length, fixture.takeSent(), roomsOf(fixture)], [1, [], ["lobby"]]);
});
