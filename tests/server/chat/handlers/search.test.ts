import { assert, assertEquals } from "@std/assert";
import { type ServerFrame, storedFileText } from "../../../../protocol/mod.ts";
import { createMemoryStore } from "../../../../server/storage/memory_store.ts";
import { answers, Chat, refusal } from "../../chat.ts";
import { sampleMessage } from "../../storage/samples.ts";

type Client = ReturnType<Chat["join"]>;

function searchBy(client: Client, words: string, range: { limit?: number; before?: number } = {}) {
  const [frame] = answers(client, { type: "search", words, ...range });
  assert(frame?.type === "search");
  return frame as Extract<ServerFrame, { type: "search" }>;
}

const textsOf = (client: Client, words: string) =>
  searchBy(client, words).messages.map(({ text }) => text);

Deno.test("search: finds the messages of a room, the oldest first", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (const text of ["green tea", "coffee", "GREEN Tea!"]) bob.say({ type: "message", text });
  alice.say({ type: "message", text: "likes green tea", action: true });
  bob.say({ type: "join", room: "kitchen" });
  bob.say({ type: "message", room: "kitchen", text: "green tea elsewhere" });
  alice.frames();
  const [frame] = answers(alice, { type: "search", words: "green te" });
  assert(frame?.type === "search");
  const { messages, ...rest } = frame;
  assertEquals(rest, { type: "search", room: "lobby", words: "green te", more: false });
  assertEquals(messages.map(({ seq, from, text, action }) => [seq, from, text, action]), [
    [1, "Bob", "green tea", undefined],
    [3, "Bob", "GREEN Tea!", undefined],
    [4, "Alice", "likes green tea", true],
  ]);
});

Deno.test("search: continues before the oldest found message", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let number = 1; number <= 5; number++) bob.say({ type: "message", text: `tea ${number}` });
  alice.frames();
  const numbers: number[][] = [];
  for (let before: number | undefined, more = true; more;) {
    const page = searchBy(alice, "tea", { limit: 2, ...(before === undefined ? {} : { before }) });
    numbers.push(page.messages.map(({ seq }) => seq));
    ({ before, more } = page);
  }
  assertEquals(numbers, [[4, 5], [2, 3], [1]]);
});

Deno.test("search: an answer is bounded in bytes", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let number = 0; number < 40; number++) {
    bob.say({ type: "message", text: "tea " + "x".repeat(4000) });
  }
  alice.frames();
  const page = searchBy(alice, "tea", { limit: 500 });
  assertEquals(page.messages.length, 32);
  assertEquals([page.more, page.before], [true, 9]);
  assertEquals(searchBy(alice, "tea", { before: page.before! }).messages.length, 8);
});

Deno.test("search: leaves out messages of ignored users", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  bob.say({ type: "message", text: "tea of Bob" });
  carol.say({ type: "message", text: "tea of Carol" });
  alice.say({ type: "ignore", name: "Bob" });
  alice.frames();
  assertEquals(textsOf(alice, "tea"), ["tea of Carol"]);
});

Deno.test("search: a stored file is found by its name, not by its address", () => {
  const store = createMemoryStore({ historyLimit: 10 });
  const hash = "decade".padEnd(64, "0");
  const url = `http://host/files/${hash}/cat.png`;
  const file = { name: "cat.png", size: 2000, type: "image/png", hash, url };
  const { message, ...rest } = sampleMessage(1, { text: storedFileText(file) });
  store.history.append("lobby", { message: { ...message, file }, ...rest });
  const alice = new Chat({ store }).join("Alice");
  assertEquals([textsOf(alice, "cat").length, textsOf(alice, "decade").length], [1, 0]);
});

Deno.test("search: is refused without words, and outside of one's rooms", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "search", words: '"*"', id: "7" }), ["search_empty", "7"]);
  assertEquals(refusal(alice, { type: "search", words: "x", room: "tea", id: "8" }), [
    "not_in_room",
    "8",
  ]);
});

Deno.test("search: in memory at most 20,000 messages are searched for one answer", () => {
  const store = createMemoryStore({ historyLimit: 30_000 });
  for (let seq = 1; seq <= 21_000; seq++) {
    const text = seq === 1 ? "tea" : "coffee";
    store.history.append("lobby", sampleMessage(seq, { text }));
  }
  const alice = new Chat({ store }).join("Alice");
  const { messages, ...page } = searchBy(alice, "tea");
  assertEquals([messages.length, page.more, page.before], [0, true, 969]);
  assertEquals(searchBy(alice, "tea", { before: 969 }).messages.map(({ seq }) => seq), [1]);
});

Deno.test("search: in memory a search with many words reads fewer messages at once", () => {
  const pageSizes: number[] = [];
  const store = createMemoryStore({ historyLimit: 1000 });
  for (let seq = 1; seq <= 200; seq++) store.history.append("lobby", sampleMessage(seq));
  const { history } = store;
  const read = history.read.bind(history);
  history.read = (key, range) => {
    pageSizes.push(range.limit);
    return read(key, range);
  };
  const alice = new Chat({ store }).join("Alice");
  const letters = Array.from({ length: 128 }, (_, at) => String.fromCodePoint(0x4e00 + at));
  for (const words of ["tea", letters.join(" ")]) searchBy(alice, words);
  assertEquals([Math.max(...pageSizes), Math.min(...pageSizes)], [64, 4]);
});
