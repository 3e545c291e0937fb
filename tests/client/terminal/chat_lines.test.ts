import { assertEquals } from "@std/assert";
import { ChatLines, COLORFUL, PLAIN } from "../../../client/terminal/chat_lines.ts";
import { DayBreaks, type ServerFrame } from "../../../protocol/mod.ts";
import { runLocally } from "../../../client/terminal/local_commands.ts";
import { nameColor } from "../../../client/terminal/palette.ts";
import { PendingLines } from "../../../client/terminal/pending_lines.ts";
import { statusLine } from "../../../client/terminal/room_context.ts";
import { FakeClock, message, withoutTimes } from "../fakes.ts";

const at = (day: number, hours: number) => new Date(2026, 10, day, hours).getTime();

Deno.test("a new date is printed once", () => {
  const days = new DayBreaks(at(21, 22));
  assertEquals(days.before(at(21, 23)), "");
  assertEquals(days.before(at(22, 0)), "--- Sunday, 22 November 2026 ---\n");
  assertEquals(days.before(at(22, 1)), "");
  assertEquals(days.before(at(21, 23)), "", "a clock that is late");
  assertEquals(days.before(new Date(2027, 0, 1).getTime()), "--- Friday, 1 January 2027 ---\n");
});

/** A stopped clock. */
function clockAt(time: number) {
  return { now: () => time, after: () => () => {} };
}

Deno.test("the history has its dates, and later lines have today's", () => {
  const lines = new ChatLines(clockAt(at(21, 12)), PLAIN);
  const messages = [[18, "old"], [20, "newer"], [20, "same day"]].map(([day, text], index) => ({
    ...message(index + 1, text as string),
    time: at(day as number, 9),
  })) as Extract<ServerFrame, { type: "history" }>["messages"];
  const text = lines.of({ type: "history", room: "lobby", messages, more: false }, "Ann") +
    lines.of({ type: "notice", text: "now" }, "Ann");
  assertEquals(withoutTimes(text).split("\n"), [
    "[SYSTEM]: The last 3 messages in the room lobby:",
    "--- Wednesday, 18 November 2026 ---",
    "Bob: old",
    "--- Friday, 20 November 2026 ---",
    "Bob: newer",
    "Bob: same day",
    "--- Saturday, 21 November 2026 ---",
    "[SYSTEM]: now",
    "",
  ]);
});

Deno.test("without colours there are no escape sequences, and with them the same text", () => {
  const frames: ServerFrame[] = [
    message(1, "Ann: two\nlines, ann"),
    { ...message(2, "waves at Ann"), action: true } as ServerFrame,
    { type: "whisper", from: "Bob", to: "Ann", text: "psst]: ", time: 1 },
    { type: "whisper", from: "Ann", to: "Bob", text: "psst", time: 1 },
    { type: "error", code: "muted", text: "No." },
    { type: "notice", text: "A list:\n  one\n  two" },
    { type: "history", room: "lobby", messages: [message(1, "x") as never], more: false },
    { type: "left", room: "lobby", name: "Bob", time: 1 },
  ];
  for (const [frame, mark] of frames.flatMap((each) => [[each, ""], [each, "#tea "]] as const)) {
    const plain = new ChatLines(new FakeClock(), PLAIN).of(frame, "Ann", mark);
    const colorful = new ChatLines(new FakeClock(), COLORFUL).of(frame, "Ann", mark);
    assertEquals(plain.includes("\x1b"), false);
    // deno-lint-ignore no-control-regex -- matches escape sequences
    assertEquals(colorful.replaceAll(/\x1b\[[\d;]*m/g, ""), plain);
    assertEquals(colorful.includes("\x1b"), true);
  }
});

Deno.test("each line of another room has its mark behind the time, also in the history", () => {
  const lines = new ChatLines(clockAt(at(21, 12)), PLAIN);
  const messages = [{ ...message(1, "one\ntwo"), time: at(20, 9) }];
  const text = lines.of({ type: "history", room: "tea", messages, more: false }, "Ann", "#tea ") +
    lines.of({ type: "notice", text: "A list:\n  one" }, "Ann", "#tea ");
  assertEquals(withoutTimes(text).split("\n"), [
    "#tea [SYSTEM]: The last message in the room tea:",
    "--- Friday, 20 November 2026 ---",
    "#tea Bob: one",
    "#tea Bob: two",
    "--- Saturday, 21 November 2026 ---",
    "#tea [SYSTEM]: A list:",
    "  one",
    "",
  ]);
  const colorful = new ChatLines(clockAt(at(21, 12)), COLORFUL);
  const painted = withoutTimes(
    colorful.of({ ...message(1, "hi"), time: at(21, 12) }, "Ann", "#tea "),
  );
  assertEquals(painted, `\x1b[1m#tea\x1b[22m \x1b[38;5;${nameColor("Bob")}mBob\x1b[39m: hi\n`);
});

Deno.test("names are coloured, and the user's own name is highlighted", () => {
  const lines = new ChatLines(new FakeClock(), COLORFUL);
  const text = withoutTimes(lines.of(message(1, "hi Ann!"), "Ann"));
  assertEquals(
    text,
    `\x1b[38;5;${nameColor("Bob")}mBob\x1b[39m: hi \x1b[1m\x1b[7mAnn\x1b[27m\x1b[22m!\n`,
  );
});

Deno.test("a list has the time before its first line only", () => {
  const lines = new ChatLines(new FakeClock(), PLAIN);
  assertEquals(
    withoutTimes(lines.of({ type: "notice", text: "A list:\n  one\n  two" }, "Ann")),
    "[SYSTEM]: A list:\n  one\n  two\n",
  );
  assertEquals(
    withoutTimes(lines.of(message(1, "one\n[SYSTEM]: two"), "Ann")),
    "Bob: one\nBob: [SYSTEM]: two\n",
    "messages always have the name of their sender in front",
  );
});

Deno.test("sent messages have You before every line", () => {
  const lines = new ChatLines(new FakeClock(), PLAIN);
  assertEquals(withoutTimes(lines.own("one\ntwo", false, "Ann")), "You: one\nYou: two\n");
  assertEquals(
    withoutTimes(lines.own("waves", true, "Ann", "#tea ")),
    "#tea * Ann waves\n",
  );
  assertEquals(
    withoutTimes(lines.ofLine("one\ntwo", "#tea ", "(refused)")),
    "#tea one (refused)\n#tea two (refused)\n",
  );
});

Deno.test("up to three pending lines are shown, and the others counted", () => {
  let shown: readonly string[] = [];
  const pending = new PendingLines((lines) => shown = lines);
  const settle = ["one", "two\nlines", "three", "four", "five"].map((text) => pending.add(text));
  assertEquals(shown, ["one …", "two lines …", "three …", "and 2 more …"]);
  settle[0]!();
  settle[3]!();
  assertEquals(shown, ["two lines …", "three …", "five …"]);
  for (const settled of settle) settled();
  assertEquals(shown, []);
});

Deno.test("the status line names few users, and counts many", () => {
  const line = (others: string[], total: number) =>
    statusLine({ room: "lobby", address: "host:1", others, total });
  assertEquals(line([], 1), "You are in the room lobby on host:1. No other users are here.");
  assertEquals(line(["Bob"], 2), "You are in the room lobby on host:1 with 1 other: Bob.");
  assertEquals(
    line(["Bob", "Cid"], 3),
    "You are in the room lobby on host:1 with 2 others: Bob, Cid.",
  );
  assertEquals(line(["Bob", "Cid"], 2000), "You are in the room lobby on host:1 with 1999 others.");
});

Deno.test("local commands are executed, and others left to the server", () => {
  const told: string[] = [];
  let bell: "off" | "mentions" | "all" = "mentions";
  const run = (line: string) =>
    runLocally(line, {
      bell,
      setBell: (mode) => bell = mode,
      clear: () => told.push("cleared"),
      turn: (room) => told.push(`turned to ${room}`),
      files: (line) => told.push(`files: ${line}`),
      notify: (text) => told.push(text),
      refuse: (text) => told.push(`refused: ${text}`),
    });
  assertEquals(["/users", "hello", "/", "//bell", "/belly"].map(run), Array(5).fill(false));
  assertEquals(told, []);
  const commands = ["/bell", "/BELL all ", "/bell loud", "/clear", "/send Bob a b"];
  for (const line of [...commands, "/room #tea ", "/ROOM 2", "/room"]) run(line);
  assertEquals(bell, "all");
  assertEquals(told, [
    "The bell rings when you are mentioned, and for whispers.",
    "The bell rings for every message.",
    "refused: Use /bell off, /bell mentions or /bell all.",
    "cleared",
    "files: /send Bob a b",
    "turned to #tea",
    "turned to 2",
    "refused: Missing argument. Usage: /room NAME",
  ]);
});
