import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Conversation, type Entry } from "../../../web/model/conversation.ts";

function entry(key: string, seq?: number, changes: Partial<Entry> = {}): Entry {
  const who = { from: "Ben", isOwn: false, isAction: false, isMention: false } as const;
  const base = {
    key,
    kind: "message",
    text: key,
    time: seq ?? 0,
    status: "delivered",
    ...who,
  } as const;
  return { ...base, ...(seq === undefined ? undefined : { seq }), ...changes };
}

const keys = ({ entries }: Conversation) => entries.map(({ key }) => key);

Deno.test("conversation: numbered messages are in order and unique", () => {
  fc.assert(fc.property(fc.array(fc.nat(30)), (numbers) => {
    const conversation = new Conversation("room", "lobby");
    for (const seq of numbers) conversation.add(entry(String(seq), seq));
    const expected = [...new Set(numbers)].sort((one, other) => one - other).map(String);
    assertEquals(keys(conversation), expected);
  }));
});

Deno.test("conversation: a message of the user is placed behind those that the server has numbered before it", () => {
  const conversation = new Conversation("room", "lobby");
  conversation.add(entry("mine", undefined, { status: "pending" }));
  conversation.add(entry("theirs", 1));
  conversation.change("mine", { status: "delivered", seq: 2 });
  assertEquals(keys(conversation), ["theirs", "mine"]);
});

Deno.test("conversation: a message of the user that the history had already is not shown twice", () => {
  const conversation = new Conversation("room", "lobby");
  conversation.add(entry("mine", undefined, { status: "pending" }));
  conversation.add(entry("told", 1));
  conversation.change("mine", { status: "delivered", seq: 1 });
  assertEquals(keys(conversation), ["told"]);
});

Deno.test("conversation: the oldest entries are dropped past the limit, and can be requested", () => {
  const conversation = new Conversation("room", "lobby");
  for (let seq = 1; seq <= 1200; seq++) conversation.add(entry(String(seq), seq));
  conversation.trim();
  assertEquals([conversation.entries.length, conversation.oldestNumber], [1000, 201]);
  assertEquals([conversation.hasOlder, conversation.has(200)], [true, false]);
});

Deno.test("conversation: a new beginning keeps the messages that were not accepted", () => {
  const conversation = new Conversation("room", "lobby");
  conversation.add(entry("told", 1));
  conversation.add(entry("mine", undefined, { status: "pending" }));
  conversation.startAnew();
  assertEquals([keys(conversation), conversation.has(1)], [["mine"], false]);
});
