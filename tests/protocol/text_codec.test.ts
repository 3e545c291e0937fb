import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  cleanBytes,
  cleanText,
  fromByteString,
  messageBytes,
  NAME_PROMPT,
  type ParsedInput,
  parseTextLine,
  PASSWORD_PROMPT,
  SERVER_PASSWORD_PROMPT,
  type ServerFrame,
  textLines,
  Timestamps,
  toByteString,
} from "../../protocol/mod.ts";
import { anyMessage, anyServerFrame } from "./server_frames.ts";
import { hostileText } from "./texts.ts";

/** A local time, so that the stamps are the same in every time zone. */
const at = (hours: number, minutes: number, seconds: number) =>
  new Date(2026, 0, 31, hours, minutes, seconds, 250).getTime();
const NOW = at(12, 35, 10);
const TIME = at(12, 36, 5);
const DAY = 86_400_000;

const room = "lobby";
const message = (text: string): ServerFrame => ({
  type: "message",
  seq: 1,
  room,
  from: "Bob",
  text,
  time: TIME,
});
const users = (total: number, ...names: string[]): ServerFrame => ({
  type: "users",
  room,
  total,
  users: names.map((name) => ({ name })),
});

/** The lines for Alice. */
const LINES: readonly (readonly [frame: ServerFrame, lines: string])[] = [
  [
    { type: "welcome", name: "Alice", rooms: [{ room, seq: 0 }], server: "hubbub", session: "s" },
    "[12:35:10] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n",
  ],
  [
    { type: "joined", room, name: "Bob", time: TIME },
    "[12:36:05] *** Bob has joined the chat! ***\n",
  ],
  [{ type: "left", room, name: "Bob", time: TIME }, "[12:36:05] *** Bob has left the chat. ***\n"],
  [
    { type: "left", room, name: "Bob", time: TIME, to: "tea" },
    "[12:36:05] *** Bob has left the chat for the room tea. ***\n",
  ],
  [
    { type: "left", room, name: "Bob", time: TIME, reason: "connection lost" },
    "[12:36:05] *** Bob has left the chat. ***\n",
  ],
  [
    { type: "left", room, name: "Bob", time: TIME, reason: "gone fishing" },
    "[12:36:05] *** Bob has left the chat (gone fishing). ***\n",
  ],
  [
    { type: "left", room, name: "Bob", time: TIME, by: "Op" },
    "[12:36:05] *** Bob was kicked by Op. ***\n",
  ],
  [
    { type: "left", room, name: "Bob", time: TIME, by: "Op", banned: true, reason: "spam" },
    "[12:36:05] *** Bob was banned by Op (spam). ***\n",
  ],
  [
    { type: "renamed", room, from: "Bob", to: "Robert", time: TIME },
    "[12:36:05] *** Bob is now known as Robert. ***\n",
  ],
  [
    { type: "presence", room, joined: 12, left: 3, members: 1009, time: TIME },
    "[12:36:05] *** 12 joined and 3 left the chat: 1009 online. ***\n",
  ],
  [message("Hey Alice!"), "[12:36:05] Bob: Hey Alice!\n"],
  [
    { type: "message", seq: 1, room, from: "Bob", text: "waves", time: TIME, action: true },
    "[12:36:05] * Bob waves\n",
  ],
  [
    { type: "message", seq: 1, room, from: "Bob", text: "up", time: TIME, notice: true },
    "[12:36:05] Bob (notice): up\n",
  ],
  [
    { type: "whisper", from: "Bob", to: "Alice", text: "up", time: TIME, notice: true },
    "[12:36:05] [NOTICE from Bob]: up\n",
  ],
  [
    { type: "whisper", from: "Bob", to: "Alice", text: "Hey!", time: TIME },
    "[12:36:05] [WHISPER from Bob]: Hey!\n",
  ],
  [
    { type: "whisper", from: "Alice", to: "Bob", text: "Hey!", time: TIME },
    "[12:36:05] [WHISPER to Bob]: Hey!\n",
  ],
  [users(2, "Alice", "Bob"), "[12:35:10] [SYSTEM]: Online users (2): Alice, Bob\n"],
  [users(5, "Alice", "Bob"), "[12:35:10] [SYSTEM]: Online users (5): Alice, Bob and 3 more\n"],
  [
    { type: "error", code: "no_such_user", text: 'No user named "Carol" is online.' },
    '[12:35:10] [ERROR]: No user named "Carol" is online.\n',
  ],
  [
    { type: "skipped", room, count: 37, from: 1, to: 40 },
    "[12:35:10] *** 37 messages skipped. /history shows them. ***\n",
  ],
  [{ type: "notice", text: "Be kind." }, "[12:35:10] [SYSTEM]: Be kind.\n"],
  [
    { type: "bye", reason: "shutdown", text: "The server is shutting down." },
    "[12:35:10] [SYSTEM]: The server is shutting down.\n",
  ],
  [
    { type: "bye", reason: "quit", text: "Goodbye, Alice!" },
    "[12:35:10] [SYSTEM]: Goodbye, Alice!\n",
  ],
  [
    {
      type: "welcome",
      name: "Alice",
      rooms: [{ room, seq: 0, topic: "Tea" }],
      server: "h",
      session: "",
    },
    "[12:35:10] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n" +
    "[12:35:10] [SYSTEM]: Topic: Tea\n",
  ],
  [
    { type: "joined", room: "tea", name: "Alice", time: TIME, seq: 0 },
    "[12:35:10] [SYSTEM]: You are now in tea.\n",
  ],
  [
    { type: "joined", room: "tea", name: "Alice", time: TIME, seq: 7, topic: "Cake" },
    "[12:35:10] [SYSTEM]: You are now in tea.\n[12:35:10] [SYSTEM]: Topic: Cake\n",
  ],
  [
    {
      type: "users",
      room,
      total: 5,
      users: [
        { name: "Alice" },
        { name: "Bob", away: "" },
        { name: "Carol", away: "tea" },
        { name: "Dave", address: "192.0.2.1" },
        { name: "Eve", away: "tea", address: "::1" },
      ],
    },
    "[12:35:10] [SYSTEM]: Online users (5): Alice, Bob (away), Carol (away: tea), " +
    "Dave (192.0.2.1), Eve (away: tea; ::1)\n",
  ],
  [
    { type: "users", room, total: 1, users: [{ name: "Alice" }], nameless: 2 },
    "[12:35:10] [SYSTEM]: Online users (1): Alice; 2 listening without a name\n",
  ],
  [
    { type: "users", room, total: 1, users: [{ name: "Alice" }], unasked: true, topic: "Tea" },
    "[12:35:10] *** Some joins, leaves and new names were skipped. /users lists who is here. ***\n",
  ],
  [
    {
      type: "rooms",
      total: 3,
      rooms: [{ name: "tea", members: 2, topic: "Cake" }, { name: "lobby", members: 0 }],
    },
    "[12:35:10] [SYSTEM]: Rooms (3):\n[12:35:10] [SYSTEM]:   tea (2): Cake\n" +
    "[12:35:10] [SYSTEM]:   lobby (0)\n[12:35:10] [SYSTEM]:   and 1 more\n",
  ],
  [
    { type: "rooms", total: 1, rooms: [{ name: "lobby", members: 1 }] },
    "[12:35:10] [SYSTEM]: Rooms (1):\n[12:35:10] [SYSTEM]:   lobby (1)\n",
  ],
  [
    { type: "history", room, messages: [], more: false },
    "[12:35:10] [SYSTEM]: There are no messages in lobby yet.\n",
  ],
  [
    {
      type: "history",
      room,
      messages: [
        { type: "message", seq: 1, room, from: "Bob", text: "hi\nthere", time: TIME },
        { type: "message", seq: 2, room, from: "Bob", text: "waves", time: TIME, action: true },
      ],
      more: true,
    },
    "[12:35:10] [SYSTEM]: The last 2 messages in the room lobby:\n[12:36:05] Bob: hi\n" +
    "[12:36:05] Bob: there\n[12:36:05] * Bob waves\n",
  ],
  [
    {
      type: "history",
      room,
      messages: [
        { type: "message", seq: 1, room, from: "Bob", text: "old", time: TIME - 2 * DAY },
        { type: "message", seq: 2, room, from: "Bob", text: "older than today", time: TIME - DAY },
        { type: "message", seq: 3, room, from: "Bob", text: "same day", time: TIME - DAY },
      ],
      more: false,
    },
    "[12:35:10] [SYSTEM]: The last 3 messages in the room lobby:\n" +
    "--- Thursday, 29 January 2026 ---\n[12:36:05] Bob: old\n" +
    "--- Friday, 30 January 2026 ---\n[12:36:05] Bob: older than today\n" +
    "[12:36:05] Bob: same day\n--- Saturday, 31 January 2026 ---\n",
  ],
  [
    { type: "search", room, words: "tea", messages: [], more: false },
    "[12:35:10] [SYSTEM]: No messages in the room lobby with tea.\n",
  ],
  [
    {
      type: "search",
      room,
      words: "old te",
      messages: [
        { type: "message", seq: 1, room, from: "Bob", text: "old tea", time: TIME - DAY },
      ],
      more: true,
      before: 1,
    },
    "[12:35:10] [SYSTEM]: 1 message in the room lobby with old te " +
    "(older messages were not searched):\n" +
    "--- Friday, 30 January 2026 ---\n[12:36:05] Bob: old tea\n" +
    "--- Saturday, 31 January 2026 ---\n",
  ],
  [{ type: "topic", room, text: "" }, "[12:35:10] [SYSTEM]: lobby has no topic.\n"],
  [
    { type: "topic", room, text: "", by: "Bob", time: TIME },
    "[12:35:10] [SYSTEM]: lobby has no topic.\n",
  ],
  [{ type: "topic", room, text: "Tea" }, "[12:35:10] [SYSTEM]: The topic of lobby: Tea\n"],
  [
    { type: "topic", room, text: "Tea", by: "Bob", time: TIME },
    "[12:35:10] [SYSTEM]: The topic of lobby by Bob: Tea\n",
  ],
  [
    { type: "skipped", room, count: 1, from: 4, to: 4 },
    "[12:35:10] *** 1 message skipped. /history shows it. ***\n",
  ],
  [
    { type: "skipped", room, count: 2, from: 4, to: 5 },
    "[12:35:10] *** 2 messages skipped. /history shows them. ***\n",
  ],
  [
    { type: "bye", reason: "kicked", text: "You were kicked by Op." },
    "[12:35:10] [SYSTEM]: You were kicked by Op.\n",
  ],
  [{ type: "away", room, name: "Bob", text: "tea" }, ""],
  [{ type: "away", room, name: "Bob" }, ""],
  [{ type: "ack", id: "1", room: "lobby", seq: 1 }, ""],
  [{ type: "pong", t: 1 }, ""],
  [{ type: "ping", t: 1 }, ""],
];

for (const [frame, lines] of LINES) {
  Deno.test(`text: ${frame.type} is shown as ${JSON.stringify(lines)}`, () => {
    assertEquals(textLines(frame, new Timestamps(), NOW, "Alice"), lines);
  });
}

Deno.test("text: the prompt ends with one space and no line end", () => {
  assertEquals(NAME_PROMPT, "Enter your username: ");
  assertEquals(PASSWORD_PROMPT, "Password: ");
  assertEquals(SERVER_PASSWORD_PROMPT, "Server password: ");
});

Deno.test("text: every line of a text has the prefix, so that no line passes for another user's", () => {
  const forged = "hi\n[12:36:05] Carol: I quit\n";
  const line = (prefix: string) =>
    `[12:36:05] ${prefix}hi\n[12:36:05] ${prefix}[12:36:05] Carol: I quit\n[12:36:05] ${prefix}\n`;
  const shown = (frame: ServerFrame) => textLines(frame, new Timestamps(), TIME, "Alice");
  assertEquals(shown(message(forged)), line("Bob: "));
  assertEquals(shown({ ...message(forged), action: true } as ServerFrame), line("* Bob "));
  assertEquals(shown({ ...message(forged), notice: true } as ServerFrame), line("Bob (notice): "));
  assertEquals(
    shown({ type: "whisper", from: "Bob", to: "Alice", text: forged, time: TIME }),
    line("[WHISPER from Bob]: "),
  );
  assertEquals(shown({ type: "notice", text: forged }), line("[SYSTEM]: "));
  assertEquals(shown({ type: "error", code: "text_empty", text: forged }), line("[ERROR]: "));
});

Deno.test("text: each line of any message starts with the time and the sender", () => {
  fc.assert(fc.property(hostileText, (text) => {
    const clean = cleanText(text);
    const lines = textLines(message(clean), new Timestamps(), NOW, "Alice").split("\n");
    assertEquals(lines.pop(), "", "the last line is ended too");
    assertEquals(lines, clean.split("\n").map((line) => "[12:36:05] Bob: " + line));
  }));
});

Deno.test("text: the fast path of a message has the UTF-8 of the general one", () => {
  fc.assert(fc.property(anyMessage, (frame) => {
    // Well-formed, as in the server: separate encoding would differ for half a character.
    const clean = { ...frame, from: cleanText(frame.from), text: cleanText(frame.text) };
    assertEquals(
      messageBytes(clean, new Timestamps()),
      toByteString(textLines(clean, new Timestamps(), NOW, "")),
    );
  }));
});

/** Frames that text clients do not show. */
const SILENT: ReadonlySet<ServerFrame["type"]> = new Set<ServerFrame["type"]>([
  "accepted",
  "account",
  "ack",
  "away",
  "cancelled",
  "chunk",
  "complete",
  "finish",
  "ping",
  "pong",
  "received",
  "refused",
  "server",
  "withdrawn",
]);

Deno.test("text: any frame is complete lines or nothing", () => {
  fc.assert(fc.property(anyServerFrame, (frame) => {
    const lines = textLines(frame, new Timestamps(), NOW, "Alice");
    const isOwnName = frame.type === "renamed" && frame.from === frame.to;
    assertEquals(lines === "", SILENT.has(frame.type) || isOwnName);
    assertEquals(lines === "" || lines.endsWith("\n"), true);
  }));
});

Deno.test("text: stamps are local time, with two digits each", () => {
  const stamps = new Timestamps();
  assertEquals(stamps.at(at(0, 0, 0)), "[00:00:00] ");
  assertEquals(stamps.at(at(23, 59, 59)), "[23:59:59] ");
  assertEquals(stamps.at(at(9, 8, 7)), "[09:08:07] ");
});

Deno.test("text: a cached time equals a new one", () => {
  const stamps = new Timestamps();
  const times = fc.array(fc.integer({ min: TIME - 3000, max: TIME + 3000 }));
  fc.assert(fc.property(times, (times) => {
    for (const time of times) assertEquals(stamps.at(time), new Timestamps().at(time));
  }));
});

const READ: readonly (readonly [why: string, line: string, ParsedInput])[] = [
  ["a line is said", "hi", { frame: { type: "message", text: "hi" } }],
  ["quit leaves", "quit", { frame: { type: "quit" } }],
  ["a blank line means nothing", " ", undefined],
  ["TAB stays", "a\tb", { frame: { type: "message", text: "a\tb" } }],
  [
    "what is beyond ASCII is decoded",
    toByteString("é😀"),
    { frame: { type: "message", text: "é😀" } },
  ],
  ["controls go", "a\x1b[2J\0b\x7f", { frame: { type: "message", text: "a[2Jb" } }],
  [
    "controls in UTF-8 go",
    toByteString("a\u009b\u202eb"),
    { frame: { type: "message", text: "ab" } },
  ],
  ["a line of controls alone is blank", "\x1b\x07", undefined],
  ["a command may hide behind a control", "\x07/quit", { frame: { type: "quit" } }],
];

for (const [why, line, input] of READ) {
  Deno.test(`text: ${why}`, () => assertEquals(parseTextLine(line), input));
}

Deno.test("text: invalid UTF-8 is refused, as a line and as an answer to a prompt", () => {
  for (const line of ["caf\xe9", "\xff\xfb\x01", "\xc3"]) {
    assertEquals(parseTextLine(line)?.error?.code, "invalid_utf8");
    assertEquals(cleanBytes(line), undefined);
  }
});

Deno.test("text: an answer to a prompt is only cleaned", () => {
  for (const same of ["", "quit", "/help", " a\tb ", "//x"]) assertEquals(cleanBytes(same), same);
  assertEquals(cleanBytes(toByteString("Мария")), "Мария");
  assertEquals(cleanBytes(toByteString("p\x1b[2Jä\u202eß")), "p[2Jäß");
});

Deno.test("text: typed text is sent cleaned, and otherwise unchanged", () => {
  fc.assert(fc.property(hostileText, (text) => {
    // A leading letter: neither a command nor blank.
    const input = parseTextLine(toByteString("x" + text));
    assertEquals(input?.frame, { type: "message", text: "x" + cleanText(text.toWellFormed()) });
  }));
});

Deno.test("text: output is UTF-8 of the text", () => {
  const bytes = messageBytes(
    { type: "message", seq: 1, room, from: "Zoë", text: "日本", time: TIME },
    new Timestamps(),
  );
  assertEquals(fromByteString(bytes), "[12:36:05] Zoë: 日本\n");
});
