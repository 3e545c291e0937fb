import { assertEquals } from "@std/assert";
import { rings } from "../../../client/terminal/local_commands.ts";
import { Roster } from "../../../client/terminal/roster.ts";
import { message } from "../fakes.ts";

Deno.test("the bell rings for mentions and whispers, for all, or never", () => {
  const whisper = { type: "whisper", from: "Bob", to: "Ann", text: "psst", time: 1 } as const;
  const frames = [message(1, "hello"), message(2, "Ann?"), whisper, {
    type: "notice",
    text: "Ann",
  }] as const;
  const ringing = (mode: "off" | "mentions" | "all") =>
    frames.map((frame) => rings(mode, frame, "Ann"));
  assertEquals(ringing("mentions"), [false, true, true, false]);
  assertEquals(ringing("all"), [true, true, true, false]);
  assertEquals(ringing("off"), [false, false, false, false]);
});

Deno.test("the roster lists the members of the room, the last sender first", () => {
  const roster = new Roster();
  const room = "lobby";
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
  assertEquals(roster.rooms(), ["dev"]);
  roster.receive({ type: "rooms", total: 1, rooms: [{ name: "lobby", members: 1 }] });
  assertEquals(roster.rooms(), ["lobby"]);
});

Deno.test("the roster lists the senders and recipients of whispers in other rooms", () => {
  const roster = new Roster();
  const room = "lobby";
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
