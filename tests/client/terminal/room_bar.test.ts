import { assertEquals } from "@std/assert";
import { COLORFUL, PLAIN } from "../../../client/terminal/chat_lines.ts";
import { RoomBar, roomPrompt } from "../../../client/terminal/room_bar.ts";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { message } from "../fakes.ts";

const ROOMS = ["lobby", "tea", "a-room-with-a-long-name"];

function barOf() {
  const bar = new RoomBar(PLAIN);
  const rows = (current = "lobby", rooms: readonly string[] = ROOMS) => bar.rows(rooms, current);
  return { bar, rows, receive: (frame: ServerFrame) => bar.receive(frame, "lobby", "Ann") };
}

const inTea = (text: string, from?: string) => ({ ...message(1, text, from), room: "tea" });

Deno.test("the bar counts unread messages and mentions, until the user turns to the room", () => {
  const { bar, rows, receive } = barOf();
  assertEquals(rows()[0], "[1 lobby]  2 tea  3 a-room-with-a-long-name");
  const counted = [
    receive(inTea("hi")),
    receive(inTea("hi, ann")),
    receive({ type: "skipped", room: "Tea", count: 40, from: 1, to: 40 }),
  ];
  assertEquals(counted, [true, true, true]);
  const others = [
    receive(message(1, "hi Ann")),
    receive(inTea("my own", "Ann")),
    receive({ type: "topic", room: "tea", text: "Cake" }),
    receive({ type: "joined", room: "tea", name: "Bob", time: 1 }),
    receive({ type: "left", room: "tea", name: "Bob", time: 1, online: true }),
  ];
  assertEquals(others, [false, false, false, false, false]);
  assertEquals(rows()[0], "[1 lobby]  2 tea (42, @1)  3 a-room-with-a-long-name");
  bar.read("TEA");
  assertEquals(rows("tea")[0], "1 lobby  [2 tea]  3 a-room-with-a-long-name");
  receive(inTea("hi"));
  receive({ type: "left", room: "tea", name: "Ann", time: 1, online: true });
  assertEquals(rows()[0], "[1 lobby]  2 tea  3 a-room-with-a-long-name", "it starts anew");
});

Deno.test("a row has shorter forms, and is left out for one room", () => {
  const { rows, receive } = barOf();
  receive(inTea("hi"));
  assertEquals(rows(), [
    "[1 lobby]  2 tea (1)  3 a-room-with-a-long-name",
    "[1 lobby]  2 tea (1)  3 a-room-with…",
    "[1 lobby]  2 tea (1)  and 1 more",
    "[1 lobby]  2 tea (1)  and 1 more",
    "[1 lobby]  2 tea (1)",
  ]);
  assertEquals([rows("lobby", ["lobby"]), rows("", [])], [[], []]);
});

Deno.test("the form that is cut in a narrow window begins with the current room", () => {
  const { bar, rows } = barOf();
  bar.receive({ ...message(1, "hi"), room: "tea" }, "lobby", "Ann");
  bar.receive({ ...message(2, "hi"), room: "ci" }, "lobby", "Ann");
  assertEquals(rows("lobby", ["tea", "ci", "lobby"]).at(-1), "[3 lobby]  1 tea (1)  2 ci (1)");
});

Deno.test("of very many rooms only those with unread messages are in the row", () => {
  const { bar, rows } = barOf();
  const many = Array.from({ length: 1000 }, (_, index) => `room${index}`);
  for (const room of many.slice(100, 300)) {
    bar.receive({ ...message(1, "hi"), room }, "room7", "Ann");
  }
  const all = rows("room7", many);
  assertEquals(all.length, 3);
  for (const row of all) assertEquals(row.startsWith("[8 room7]  101 room100 (1)  "), true, row);
  assertEquals(all.every((row) => row.length < 1000), true);
  assertEquals(all[0]!.endsWith("  149 room148 (1)  and 950 more"), true, all[0]);
});

Deno.test("colours change nothing but colours, and the last form has none", () => {
  const [plain, colorful] = [PLAIN, COLORFUL].map((style) => {
    const bar = new RoomBar(style);
    bar.receive(inTea("Ann?"), "lobby", "Ann");
    return bar.rows(ROOMS, "lobby");
  });
  // deno-lint-ignore no-control-regex -- matches escape sequences
  assertEquals(colorful!.map((row) => row.replaceAll(/\x1b\[[\d;]*m/g, "")), plain);
  assertEquals(colorful![0]!.includes("\x1b[7m@1"), true);
  assertEquals(colorful!.at(-1), plain!.at(-1));
});

Deno.test("the prompt names the room, unless the user is in the lobby alone", () => {
  assertEquals(roomPrompt(["lobby"], "lobby"), "> ");
  assertEquals(roomPrompt(["tea"], "tea"), "tea> ");
  assertEquals(roomPrompt(["lobby", "tea"], "lobby"), "lobby> ");
  assertEquals(roomPrompt(["lobby"], "tea"), "tea> ", "it was requested");
  assertEquals(roomPrompt(ROOMS, ROOMS[2]!), "a-room-with…> ");
});
