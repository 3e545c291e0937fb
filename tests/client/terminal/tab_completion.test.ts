import { assertEquals } from "@std/assert";
import { completionsOf, TabCompletion } from "../../../client/terminal/tab_completion.ts";

const COMMANDS = ["/help", "/history", "/ignore", "/join", "/whisper"];

const SOURCE = {
  commandsLike: (word: string) => COMMANDS.filter((name) => name.startsWith(word.toLowerCase())),
  users: ["Alice", "alan", "Bob"],
  elsewhere: ["Bea"],
  rooms: ["lobby", "Lounge", "dev"],
  argumentsOf: {
    "/bell": ["off", "mentions", "all"],
    "/send": ["Alice", "alan", "Bob", "Bea", "lobby", "Lounge", "dev"],
  },
  paths: (beginning: string) =>
    ["my\\ notes/", "my\\ photo.png"]
      .filter((path) => path.startsWith(beginning)),
};

const ROWS: [before: string, start: number, candidates: string[], why: string][] = [
  ["ali", 0, ["Alice: "], "a name at the start addresses a user"],
  ["AL", 0, ["Alice: ", "alan: "], "case does not matter, the likeliest first"],
  ["hi ali", 3, ["Alice "], "elsewhere a name is a word"],
  ["@bo", 1, ["Bob "], "the sign of a mention stays"],
  ["hi @bo", 4, ["Bob "], "also elsewhere"],
  ["", 0, [], "an empty line is not completed"],
  ["hi ", 3, [], "nor is a space"],
  ["x", 0, [], "no user has that name"],
  ["/h", 0, ["/help ", "/history "], "a command"],
  ["/H", 0, ["/help ", "/history "], "in capitals"],
  ["//h", 0, [], "text"],
  ["say /h", 4, [], "text, too"],
  ["/w b", 3, ["Bob ", "Bea "], "a whisper also goes to another room"],
  ["hi b", 3, ["Bob "], "a message does not"],
  ["/w bo", 3, ["Bob "], "a whisper goes on with its text"],
  ["/msg bo", 5, ["Bob "], "by any of its names"],
  ["/Query bo", 7, ["Bob "], "also by one that it has elsewhere"],
  ["/j l", 3, ["lobby", "Lounge"], "so is a room"],
  ["/whisper bob al", 13, ["Alice ", "alan "], "text follows the name"],
  ["/ignore ", 8, ["Alice", "alan", "Bob", "Bea"], "all users"],
  ["/kick a", 6, ["Alice", "alan"], "a bare name"],
  ["/join l", 6, ["lobby", "Lounge"], "a room"],
  ["/join  d", 7, ["dev"], "behind two spaces"],
  ["/join #l", 6, ["lobby", "Lounge"], "without the sign of a room"],
  ["/w @bo", 3, ["Bob "], "without the sign of a mention"],
  ["/nick b", 6, ["Bob "], "a new name is no argument to complete"],
  ["/send l", 6, ["lobby ", "Lounge "], "a file goes to a person or a room"],
  ["/send Bob ", 10, ["my\\ notes/", "my\\ photo.png"], "then a path, whatever it begins with"],
  ["/send Bob my\\ n", 10, ["my\\ notes/"], "or with some of it"],
  ["/bell m", 6, ["mentions"], "what the bell can do"],
  ["/me hugs al", 9, ["Alice ", "alan "], "an action may name a user"],
];

for (const [before, start, candidates, why] of ROWS) {
  Deno.test(`completion of ${JSON.stringify(before)}: ${why}`, () => {
    assertEquals(completionsOf(before, SOURCE), { start, candidates });
  });
}

Deno.test("another Tab inserts the next candidate, and Shift+Tab the previous one", () => {
  const completion = new TabCompletion(() => SOURCE);
  let line = { text: "al", cursor: 2 };
  const press = (isBack = false) => (line = completion.press(line, isBack)!).text;
  assertEquals([press(), press(), press()], ["Alice: ", "alan: ", "Alice: "]);
  assertEquals([press(true), press(true)], ["alan: ", "Alice: "]);
  line = { text: "Alice: b", cursor: 8 };
  assertEquals(press(), "Alice: Bob ");
});

Deno.test("Tab continues after the only candidate: into a folder", () => {
  const files: Record<string, string[]> = {
    "a": ["a/"],
    "a/": ["a/b/"],
    "a/b/": ["a/b/c", "a/b/d"],
  };
  const paths = (beginning: string) => files[beginning] ?? [];
  const completion = new TabCompletion(() => ({ ...SOURCE, paths }));
  let line = { text: "/send Bob a", cursor: 11 };
  const press = () => (line = completion.press(line, false) ?? line).text.slice(10);
  assertEquals([press(), press(), press(), press(), press()], [
    "a/",
    "a/b/",
    "a/b/c",
    "a/b/d",
    "a/b/c",
  ]);
});

Deno.test("the text after the cursor stays, without a second space", () => {
  const completion = new TabCompletion(() => SOURCE);
  assertEquals(completion.press({ text: "hi bo how", cursor: 5 }, false), {
    text: "hi Bob how",
    cursor: 7,
  });
});

Deno.test("without a candidate the line stays unchanged", () => {
  const completion = new TabCompletion(() => SOURCE);
  assertEquals(completion.press({ text: "zz", cursor: 2 }, false), undefined);
  assertEquals(completion.press({ text: "zz", cursor: 2 }, false), undefined);
});
