import { assertEquals, assertMatch } from "@std/assert";
import { Conversation, type Entry } from "../../../web/model/conversation.ts";
import { clockTime, dayName } from "../../../web/model/rows.ts";
import { rowsOf } from "../../../web/model/rows.ts";

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 21, 12, 5).getTime();

function conversationOf(...entries: readonly (Partial<Entry> & { time: number })[]): Conversation {
  const conversation = new Conversation("room", "lobby");
  const base = { kind: "message", from: "Ben", text: "", status: "delivered" } as const;
  const flags = { isOwn: false, isAction: false, isMention: false };
  for (const [index, entry] of entries.entries()) {
    conversation.add({ ...base, ...flags, key: `entry ${index}`, ...entry });
  }
  return conversation;
}

/** `+` for an entry that continues the one above. */
const shape = (conversation: Conversation) =>
  rowsOf(conversation, NOON).map((row) =>
    row.kind !== "entry" ? row.kind : row.isContinued ? "+" : "-"
  );

Deno.test("rows: a sender who continues within five minutes is not named again", () => {
  const rows = conversationOf(
    { time: NOON },
    { time: NOON + MINUTE },
    { time: NOON + 7 * MINUTE },
    { time: NOON + 7 * MINUTE, from: "Cyd" },
    { time: NOON + 7 * MINUTE, from: "Cyd", isAction: true },
    { time: NOON + 7 * MINUTE, kind: "notice", from: "" },
    { time: NOON + 7 * MINUTE },
    { time: NOON + 7 * MINUTE, isAutomatic: true },
    { time: NOON + 7 * MINUTE, isAutomatic: true },
    { time: NOON + 7 * MINUTE },
  );
  assertEquals(shape(rows), ["day", "-", "+", "-", "-", "-", "-", "-", "-", "+", "-"]);
});

Deno.test("rows: each day has a mark, and the unread entries have one", () => {
  const conversation = conversationOf(
    { time: NOON },
    { time: NOON + 24 * 60 * MINUTE },
    { time: NOON + 1 },
    { time: NOON + 24 * 60 * MINUTE + 1 },
  );
  conversation.firstUnread = "entry 3";
  assertEquals(shape(conversation), ["day", "-", "day", "-", "+", "unread", "-"]);
});

Deno.test("days: Today, Yesterday, or the date", () => {
  assertEquals(dayName(NOON, NOON + MINUTE), "Today");
  assertEquals(dayName(NOON - 24 * 60 * MINUTE, NOON), "Yesterday");
  assertMatch(dayName(NOON - 72 * 60 * MINUTE, NOON, "en-GB"), /^Wednesday,? 18 November 2026$/);
  assertEquals(clockTime(NOON), "12:05");
});

Deno.test("rows: joins and leaves are in one entry, in one each, or hidden", () => {
  const change = (name: string, time: number) => ({
    name,
    type: "joined" as const,
    text: `${name} joined.`,
    time,
  });
  const changes = [change("Ann", NOON), change("Ben", NOON + MINUTE)];
  const conversation = conversationOf(
    { time: NOON, kind: "notice", text: "Ann and Ben joined.", changes },
    { time: NOON + MINUTE, text: "hello" },
  );
  const entriesIn = (presence: "fold" | "show" | "hide") =>
    rowsOf(conversation, NOON, presence).flatMap((row) => row.kind === "entry" ? [row.entry] : []);
  const texts = (presence: "fold" | "show" | "hide") => entriesIn(presence).map(({ text }) => text);
  assertEquals(texts("fold"), ["Ann and Ben joined.", "hello"]);
  assertEquals(texts("show"), ["Ann joined.", "Ben joined.", "hello"]);
  assertEquals(texts("hide"), ["hello"]);
  const [first, again] = [entriesIn("show"), entriesIn("show")];
  assertEquals(new Set([...first, ...again]).size, 3, "the same objects, which are drawn once");
  assertEquals(new Set(first.map(({ key }) => key)).size, 3);
});

Deno.test("rows: a clock of 12 hours begins at 12", () => {
  const times = [0, 1, 12, 13, 23].map((hour) => new Date(2026, 10, 21, hour, 5).getTime());
  assertEquals(times.map((time) => clockTime(time, "12")), [
    "12:05 am",
    "1:05 am",
    "12:05 pm",
    "1:05 pm",
    "11:05 pm",
  ]);
});
