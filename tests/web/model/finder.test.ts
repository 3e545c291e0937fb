/** Messages that are found in what the page has, and in the history of the server. */

import { assert, assertEquals, assertLess } from "@std/assert";
import type { SearchFrame } from "../../../protocol/frames.ts";
import { readableText } from "../../../protocol/mod.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";
import { FixtureChat, message } from "./fixture_chat.ts";

const answer = (changes: Partial<SearchFrame>): SearchFrame => ({
  type: "search",
  room: "lobby",
  words: "tea",
  messages: [],
  more: false,
  ...changes,
});

Deno.test("finder: the page's own messages at once, then those of the server, the newest first", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  const texts = () => finder.results.map(({ text }) => text);
  fixture.addNotice(message(7, { text: "Green tea" }), message(8), message(9, { text: "teapot" }));
  finder.find(here, "te", false);
  assertEquals([texts(), fixture.takeSent()], [["teapot", "Green tea"], []]);
  finder.find(here, " tea ", true);
  assertEquals(fixture.takeSent(), [{ type: "search", room: "lobby", words: "tea", id: "search" }]);
  fixture.addNotice(answer({ words: "coffee", messages: [message(1)] }));
  fixture.addNotice(answer({ room: "den", messages: [message(1)] }));
  assertEquals([texts().length, finder.isSearching], [2, true]);
  const found = [message(3, { text: "tea 3" }), message(7, { text: "Green tea" })];
  fixture.addNotice(answer({ messages: found, more: true, before: 3 }));
  assertEquals(texts(), ["teapot", "Green tea", "tea 3"]);
  assertEquals([finder.isSearching, finder.hasMore], [false, true]);
  finder.findOlder();
  finder.findOlder();
  assertEquals(fixture.takeSent().map((frame) => "before" in frame && frame.before), [3]);
  fixture.addNotice(answer({ messages: [message(1, { text: "tea 1" })] }));
  assertEquals([texts().at(-1), finder.hasMore], ["tea 1", false]);
  fixture.addNotice(answer({ messages: [message(2, { text: "tea 2" })] }));
  assertEquals(texts().length, 4, "an answer without a request");
});

Deno.test("finder: whispers are searched in the page only, and refusals are shown", () => {
  const fixture = FixtureChat.inside();
  const { finder, conversations } = fixture.chat;
  fixture.addNotice({ type: "whisper", from: "Ben", to: "Ann", text: "more tea?", time: 1 });
  finder.find(conversations.ofPerson("Ben"), "tea", true);
  assertEquals([finder.results.length, finder.isSearching, fixture.takeSent()], [1, false, []]);
  finder.find(fixture.chat.here, "...", true);
  assertEquals([finder.results, fixture.takeSent()], [[], []], "no word");
  finder.find(fixture.chat.here, "tea", true);
  const error = { type: "error", code: "not_in_room", text: "You are not in it.", ref: "search" };
  fixture.addNotice(error as Parameters<typeof fixture.addNotice>[0]);
  assertEquals([finder.isSearching, finder.fault], [false, "You are not in it."]);
  assertEquals(fixture.texts.includes("You are not in it."), false);
});

Deno.test("finder: a posted file is found by its name, not by its hash", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  const hash = "decade".padEnd(64, "0");
  const url = `http://localhost/files/${hash}/cat.png`;
  const file = { name: "cat.png", size: 2000, type: "image/png", hash, url };
  fixture.addNotice(message(7, { text: `cat.png (2 KB) ${url}`, file }));
  const found = (words: string) => {
    finder.find(here, words, false);
    return finder.results.map(readableText);
  };
  assertEquals([found("decade"), found("cat")], [[], ["cat.png"]]);
});

Deno.test("finder: after a break of the connection the search has ended", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  finder.find(here, "tea", true);
  fixture.disconnect();
  assertEquals(finder.isSearching, false);
  finder.find(here, "tea", true);
  assertEquals(finder.isSearching, false, "without a connection only the page is searched");
});

Deno.test("finder: messages of the same millisecond are in the order of their numbers", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  fixture.addNotice(message(9, { text: "tea 9", time: 5 }));
  finder.find(here, "tea", true);
  const messages = [1, 2, 3].map((seq) => message(seq, { text: `tea ${seq}`, time: 5 }));
  fixture.addNotice(answer({ messages }));
  assertEquals(finder.results.map(({ seq }) => seq), [9, 3, 2, 1]);
});

Deno.test("finder: accents do not count, and marks that belong to letters do", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  fixture.addNotice(message(1, { text: "Café" }), message(2, { text: "हिन्दी में" }));
  const found = (words: string) => {
    finder.find(here, words, false);
    return finder.results.map(({ text }) => text);
  };
  assertEquals(found("CAFE"), ["Café"]);
  assertEquals(found("हिन्दी"), ["हिन्दी में"]);
});

Deno.test("finder: messages of combining marks delay a search no more than others", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  const text = "a" + "\u0301\u0323".repeat(1000);
  for (let seq = 1; seq <= 100; seq++) fixture.addNotice(message(seq, { text }));
  // Measured: 5 ms; 500 ms without the bound of foldedText.
  assertLess(cpuMilliseconds(() => finder.find(here, "x", false)), 100);
});

Deno.test("finder: control characters of a pasted text are not sent", () => {
  const fixture = FixtureChat.inside();
  const { finder, here } = fixture.chat;
  finder.find(here, "\u2067tea\u2069 ", true);
  const [request] = fixture.takeSent();
  assert(request?.type === "search");
  assertEquals(request.words, "tea");
  fixture.addNotice(answer({ messages: [message(1, { text: "tea" })] }));
  assertEquals([finder.results.length, finder.isSearching], [1, false]);
});
