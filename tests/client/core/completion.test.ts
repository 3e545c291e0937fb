import { assertEquals } from "@std/assert";
import { Completer, completionsOf } from "../../../client/core/completion.ts";

const VOCABULARY = {
  commands: ["/help", "/history", "/ignore", "/join", "/whisper"],
  names: ["Alice", "alan", "Bob"],
  elsewhere: ["Bea"],
  rooms: ["lobby", "Lounge", "dev"],
  paths: (beginning: string) =>
    ["my\\ notes/", "my\\ photo.png"]
      .filter((path) => path.startsWith(beginning)),
};

const ROWS: [before: string, start: number, candidates: string[], why: string][] = [
  ["ali", 0, ["Alice: "], "at the start of a line somebody is addressed"],
  ["AL", 0, ["Alice: ", "alan: "], "case does not matter, the likeliest first"],
  ["hi ali", 3, ["Alice "], "elsewhere a name is a word"],
  ["@bo", 1, ["Bob "], "the sign of a mention stays"],
  ["hi @bo", 4, ["Bob "], "also elsewhere"],
  ["", 0, [], "nothing is nobody's beginning"],
  ["hi ", 3, [], "nor is a space"],
  ["x", 0, [], "nobody has that name"],
  ["/h", 0, ["/help ", "/history "], "a command"],
  ["/H", 0, ["/help ", "/history "], "in capitals"],
  ["//h", 0, [], "that is text"],
  ["say /h", 4, [], "so is that"],
  ["/w b", 3, ["Bob ", "Bea "], "a whisper also goes to another room"],
  ["hi b", 3, ["Bob "], "what is said to the room does not"],
  ["/w bo", 3, ["Bob "], "a whisper goes on with its text"],
  ["/msg bo", 5, ["Bob "], "by any of its names"],
  ["/Query bo", 7, ["Bob "], "also by one that it has elsewhere"],
  ["/j l", 3, ["lobby", "Lounge"], "so is a room"],
  ["/whisper bob al", 13, ["Alice ", "alan "], "behind the name stands text"],
  ["/ignore ", 8, ["Alice", "alan", "Bob", "Bea"], "everybody"],
  ["/kick a", 6, ["Alice", "alan"], "a bare name"],
  ["/join l", 6, ["lobby", "Lounge"], "a room"],
  ["/join  d", 7, ["dev"], "behind two spaces"],
  ["/send l", 6, ["lobby ", "Lounge "], "a file goes to a person or a room"],
  ["/send Bob ", 10, ["my\\ notes/", "my\\ photo.png"], "then a path, whatever it begins with"],
  ["/send Bob my\\ n", 10, ["my\\ notes/"], "or with some of it"],
  ["/bell m", 6, ["mentions"], "what the bell can do"],
  ["/me hugs al", 9, ["Alice ", "alan "], "what one does may be about somebody"],
];

for (const [before, start, candidates, why] of ROWS) {
  Deno.test(`completion of ${JSON.stringify(before)}: ${why}`, () => {
    assertEquals(completionsOf(before, VOCABULARY), { start, candidates });
  });
}

Deno.test("Tab again puts the next candidate in its place, and Shift+Tab the one before", () => {
  const completer = new Completer(() => VOCABULARY);
  let line = { text: "al", cursor: 2 };
  const press = (isBack = false) => (line = completer.press(line, isBack)!).text;
  assertEquals([press(), press(), press()], ["Alice: ", "alan: ", "Alice: "]);
  assertEquals([press(true), press(true)], ["alan: ", "Alice: "]);
  line = { text: "Alice: b", cursor: 8 };
  assertEquals(press(), "Alice: Bob ");
});

Deno.test("Tab goes on behind the only candidate: into a folder", () => {
  const files: Record<string, string[]> = {
    "a": ["a/"],
    "a/": ["a/b/"],
    "a/b/": ["a/b/c", "a/b/d"],
  };
  const paths = (beginning: string) => files[beginning] ?? [];
  const completer = new Completer(() => ({ ...VOCABULARY, paths }));
  let line = { text: "/send Bob a", cursor: 11 };
  const press = () => (line = completer.press(line, false) ?? line).text.slice(10);
  assertEquals([press(), press(), press(), press(), press()], [
    "a/",
    "a/b/",
    "a/b/c",
    "a/b/d",
    "a/b/c",
  ]);
});

Deno.test("what stands behind the cursor stays, without a second space", () => {
  const completer = new Completer(() => VOCABULARY);
  assertEquals(completer.press({ text: "hi bo how", cursor: 5 }, false), {
    text: "hi Bob how",
    cursor: 7,
  });
});

Deno.test("where there is nothing to complete the line stays as it is", () => {
  const completer = new Completer(() => VOCABULARY);
  assertEquals(completer.press({ text: "zz", cursor: 2 }, false), undefined);
  assertEquals(completer.press({ text: "zz", cursor: 2 }, false), undefined);
});
