import { assertEquals } from "@std/assert";
import { Roster } from "../../../client/core/roster.ts";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { message } from "../fakes.ts";

const room = "lobby";

Deno.test("the roster lists the members of the room, the last sender first", () => {
  const roster = new Roster();
  const names = () => roster.names("me").join(" ");
  roster.receive({
    type: "users",
    room,
    total: 4,
    users: ["me", "Ann", "Bob", "Cid"].map((name) => ({ name })),
  });
  assertEquals(names(), "Ann Bob Cid");
  roster.receive(message(1, "hi", "Cid"));
  roster.receive({ type: "joined", room, name: "Dan", time: 1 });
  assertEquals(names(), "Cid Ann Bob Dan");
  roster.receive({ type: "renamed", room, from: "Bob", to: "Rob", time: 1 });
  roster.receive({ type: "left", room, name: "ann", time: 1 });
  assertEquals(names(), "Cid Dan Rob");
  roster.receive({ type: "joined", room: "dev", name: "me", time: 1, seq: 0 });
  assertEquals([names(), roster.elsewhere("me").join(" ")], ["", "Cid Dan Rob"]);
  assertEquals(roster.rooms.map(({ name }) => name), ["dev"]);
  roster.receive({ type: "rooms", total: 1, rooms: [{ name: "lobby", members: 1 }] });
  assertEquals(roster.rooms.map(({ name }) => name), ["lobby"]);
});

Deno.test("the roster lists the senders and recipients of whispers in other rooms", () => {
  const roster = new Roster();
  const elsewhere = () => roster.elsewhere("me").join(" ");
  roster.receive({ type: "whisper", from: "Eve", to: "me", text: "hi", time: 1 });
  roster.receive({ type: "whisper", from: "me", to: "Fay", text: "hi", time: 2 });
  assertEquals([roster.names("me"), elsewhere()], [[], "Fay Eve"]);
  roster.receive({ type: "joined", room, name: "Eve", time: 3 });
  assertEquals([roster.names("me"), elsewhere()], [["Eve"], "Fay"]);
  roster.receive({ type: "users", room, total: 1, users: [{ name: "me" }] });
  assertEquals(elsewhere(), "Fay Eve");
  roster.receive({ type: "joined", room, name: "Gus", time: 4 });
  roster.receive({ type: "left", room, name: "Gus", time: 4, to: "tea" });
  assertEquals(elsewhere(), "Gus Fay Eve");
  for (const name of ["Eve", "Gus"]) roster.receive({ type: "left", room, name, time: 4 });
  assertEquals(elsewhere(), "Fay");
  for (let n = 1; n <= 100; n++) {
    roster.receive({ type: "whisper", from: `user${n}`, to: "me", text: "hi", time: 5 });
  }
  assertEquals(roster.elsewhere("me").length, 99);
});

Deno.test("the roster lists members by name, with their number and away texts", () => {
  const roster = new Roster();
  const frames: ServerFrame[] = [
    { type: "users", room, total: 2, users: [{ name: "Cyd" }, { name: "ben", away: "" }] },
    { type: "joined", room, name: "Ann", time: 1 },
    { type: "joined", room, name: "ANN", time: 1 },
    { type: "away", room, name: "cyd", text: "lunch" },
    { type: "away", room, name: "Ben" },
    { type: "renamed", room, from: "cyd", to: "Dora", time: 1 },
    { type: "away", room, name: "absent", text: "x" },
    { type: "left", room, name: "absent", time: 1 },
  ];
  for (const frame of frames) roster.receive(frame);
  assertEquals(roster.list, [
    { name: "ANN" },
    { name: "ben" },
    { name: "Dora", away: "lunch" },
  ]);
  assertEquals(roster.total, 3);
  roster.receive({ type: "presence", room, joined: 0, left: 1, members: 2, time: 1 });
  assertEquals(roster.total, 2);
});

Deno.test("the roster does not count clients that listen", () => {
  const roster = new Roster();
  const users = [{ name: "Ann" }, { name: "log", listening: true as const }];
  roster.receive({ type: "users", room, total: 1001, users });
  assertEquals([roster.list, roster.total], [[{ name: "Ann" }], 1000]);
});

Deno.test("the roster of a large room lists the last senders for completion only", () => {
  const roster = new Roster();
  roster.receive({ type: "users", room, total: 5000, users: [{ name: "me" }, { name: "Ann" }] });
  for (let n = 1; n <= 101; n++) roster.receive(message(n, "hi", `user${n}`));
  assertEquals(roster.names("me").slice(0, 2), ["user101", "user100"]);
  assertEquals(roster.names("me").slice(-2), ["user2", "Ann"]);
  assertEquals([roster.list, roster.total], [[{ name: "Ann" }, { name: "me" }], 5000]);
  roster.receive({ type: "renamed", room, from: "user101", to: "Zoe", time: 1 });
  assertEquals(roster.names("me")[0], "Zoe");
  roster.receive({ type: "joined", room: "tea", name: "me", time: 1, seq: 0 });
  assertEquals([roster.list, roster.total], [[{ name: "me" }], 1]);
});

Deno.test("the roster lists an entered room beside any number of listed ones", () => {
  const roster = new Roster();
  const enter = (room: string) =>
    roster.receive({ type: "joined", room, name: "me", time: 1, seq: 0 });
  const listed = Array.from({ length: 150 }, (_, n) => ({ name: `room${n}`, members: 1 }));
  roster.receive({ type: "rooms", total: 150, rooms: listed });
  for (const room of ["mine", "Mine", "ROOM7"]) enter(room);
  assertEquals(roster.rooms, [...listed, { name: "Mine", members: 1 }]);
  for (let n = 1; n <= 101; n++) enter(`other${n}`);
  assertEquals(roster.rooms.slice(listed.length).map(({ name }) => name).slice(0, 2), [
    "other2",
    "other3",
  ]);
  assertEquals(roster.rooms.length, listed.length + 100);
});

Deno.test("a renamed user is a sender only after a message", () => {
  const roster = new Roster();
  const rename = (from: string, to: string) =>
    roster.receive({ type: "renamed", room, from, to, time: 1 });
  roster.receive({ type: "users", room, total: 5000, users: [{ name: "me" }, { name: "Ann" }] });
  rename("unlisted", "silent");
  assertEquals(roster.names("me"), ["Ann"]);
  roster.receive(message(1, "hi", "Bob"));
  roster.receive(message(2, "hi", "Ann"));
  rename("Ann", "Eve");
  assertEquals(roster.names("me"), ["Eve", "Bob"]);
  rename("Bob", "Rob");
  assertEquals(roster.names("me"), ["Rob", "Eve"]);
});

Deno.test("the roster marks operators, from when they are ones until they have another name", () => {
  const roster = new Roster();
  const operators = () => roster.list.flatMap(({ name, operator }) => operator ? [name] : []);
  const users = [{ name: "Ann", operator: true as const }, { name: "Bob" }];
  roster.receive({ type: "users", room, total: 2, users });
  roster.receive({ type: "joined", room, name: "Cyd", time: 1, operator: true });
  roster.receive({ type: "away", room, name: "Ann", text: "tea" });
  assertEquals(operators(), ["Ann", "Cyd"]);
  roster.receive({ type: "renamed", room, from: "Ann", to: "Dan", time: 2 });
  roster.receive({ type: "renamed", room, from: "Bob", to: "Eve", time: 3, operator: true });
  assertEquals(operators(), ["Cyd", "Eve"]);
  const foreign = { type: "joined", room, name: "Fay", time: 4, operator: "yes" };
  roster.receive(foreign as unknown as ServerFrame);
  assertEquals(operators(), ["Cyd", "Eve"]);
  roster.receive({ type: "account", room, name: "Fay", time: 5, operator: true });
  roster.receive({ type: "account", room, name: "Eve", time: 5, operator: false });
  roster.receive({ type: "account", room, name: "Cyd", time: 6, loggedIn: true });
  assertEquals(operators().toSorted(), ["Cyd", "Fay"]);
});
