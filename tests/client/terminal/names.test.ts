import { assert, assertEquals } from "@std/assert";
import { rings } from "../../../client/terminal/local_commands.ts";
import { mentionsOf } from "../../../client/core/mentions.ts";
import { NAME_COLORS, nameColor } from "../../../client/core/name_colors.ts";
import { Roster } from "../../../client/terminal/roster.ts";
import { message } from "../fakes.ts";

/** Relative luminance (WCAG 2.2) of sRGB values from 0 to 255. */
function luminance(...rgb: number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour of the cube that xterm has from 16 to 231. */
function cubeColor(color: number): number[] {
  const levels = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((level) =>
    levels[level]!
  );
}

function contrast(one: number, other: number): number {
  const [dark = 0, light = 0] = [one, other].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

Deno.test("every colour of a name can be read on white, black and dark grey", () => {
  for (const color of NAME_COLORS) {
    const own = luminance(...cubeColor(color));
    assert(contrast(own, luminance(255, 255, 255)) >= 3.5, `${color} on white`);
    assert(contrast(own, luminance(0, 0, 0)) >= 3.5, `${color} on black`);
    assert(contrast(own, luminance(30, 30, 30)) >= 3, `${color} on dark grey`);
  }
});

Deno.test("a name has one colour, whatever its case, and names have many", () => {
  assertEquals(nameColor("Alice"), nameColor("aLICE"));
  const names = Array.from({ length: 200 }, (_, index) => `user${index}`);
  assertEquals(new Set(names.map(nameColor)).size, NAME_COLORS.length);
});

const MENTIONS: [text: string, name: string, count: number, why: string][] = [
  ["Ann: look", "Ann", 1, "addressed"],
  ["hey ann, and @ANN!", "Ann", 2, "without regard to case"],
  ["Annie and Joann", "Ann", 0, "within other names"],
  ["ann_b ann2", "Ann", 0, "underscores and digits are of a word"],
  ["Änn änn", "änn", 2, "beyond ASCII"],
  ["Joänn", "änn", 0, "within a word beyond ASCII"],
  ["𝒜nn", "nn", 0, "behind a letter of two code units"],
  ["😀ann😀", "Ann", 1, "between emoji"],
  ["a.b a+b", "a.b", 1, "a name is no pattern"],
  ["İ ann", "Ann", 0, "a letter that grows in lower case shifts nothing"],
  ["anything", "", 0, "nobody yet"],
];

for (const [text, name, count, why] of MENTIONS) {
  Deno.test(`mentions of ${JSON.stringify(name)} in ${JSON.stringify(text)}: ${why}`, () => {
    const spans = mentionsOf(text, name);
    assertEquals(spans.length, count);
    for (const [start, end] of spans) {
      assertEquals(text.slice(start, end).toLowerCase(), name.toLowerCase());
    }
  });
}

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

Deno.test("the roster knows who is here, who spoke last first", () => {
  const roster = new Roster();
  const room = "lobby";
  const names = () => roster.names("me").join(" ");
  roster.heard({
    type: "users",
    room,
    total: 4,
    users: ["me", "Ann", "Bob", "Cid"].map((name) => ({ name })),
  });
  assertEquals(names(), "Ann Bob Cid");
  roster.heard(message(1, "hi", "Cid"));
  roster.heard({ type: "joined", room, name: "Dan", time: 1 });
  assertEquals(names(), "Cid Ann Bob Dan");
  roster.heard({ type: "renamed", room, from: "Bob", to: "Rob", time: 1 });
  roster.heard({ type: "left", room, name: "ann", time: 1 });
  assertEquals(names(), "Cid Dan Rob");
  roster.heard({ type: "joined", room: "dev", name: "me", time: 1, seq: 0 });
  assertEquals([names(), roster.elsewhere("me").join(" ")], ["", "Cid Dan Rob"]);
  assertEquals(roster.rooms(), ["dev"]);
  roster.heard({ type: "rooms", total: 1, rooms: [{ name: "lobby", members: 1 }] });
  assertEquals(roster.rooms(), ["lobby"]);
});

Deno.test("the roster knows those who whisper from other rooms, and with whom one whispers", () => {
  const roster = new Roster();
  const room = "lobby";
  const elsewhere = () => roster.elsewhere("me").join(" ");
  roster.heard({ type: "whisper", from: "Eve", to: "me", text: "hi", time: 1 });
  roster.heard({ type: "whisper", from: "me", to: "Fay", text: "hi", time: 2 });
  assertEquals([roster.names("me"), elsewhere()], [[], "Fay Eve"]);
  roster.heard({ type: "joined", room, name: "Eve", time: 3 });
  assertEquals([roster.names("me"), elsewhere()], [["Eve"], "Fay"]);
  roster.heard({ type: "users", room, total: 1, users: [{ name: "me" }] });
  assertEquals(elsewhere(), "Fay Eve");
  roster.heard({ type: "joined", room, name: "Gus", time: 4 });
  roster.heard({ type: "left", room, name: "Gus", time: 4, to: "tea" });
  assertEquals(elsewhere(), "Gus Fay Eve");
  for (const name of ["Eve", "Gus"]) roster.heard({ type: "left", room, name, time: 4 });
  assertEquals(elsewhere(), "Fay");
  for (let n = 1; n <= 100; n++) {
    roster.heard({ type: "whisper", from: `user${n}`, to: "me", text: "hi", time: 5 });
  }
  assertEquals(roster.elsewhere("me").length, 99);
});
