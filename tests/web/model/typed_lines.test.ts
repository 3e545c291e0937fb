import { assert, assertEquals } from "@std/assert";
import { OFFLINE } from "../../../client/core/connection_event.ts";
import type { ClientFrame } from "../../../protocol/frames.ts";
import { bytesLeft } from "../../../web/model/text_budget.ts";
import { FixtureChat, users, welcome } from "./fixture_chat.ts";

const joined = (room: string) => ({ type: "joined", room, name: "Ann", time: 5, seq: 0 }) as const;

/** Texts of the messages among frames. */
const textsOf = (frames: readonly ClientFrame[]) =>
  frames.flatMap((frame) => "text" in frame ? [`${frame.type}: ${frame.text}`] : []);

/** The `id` of the last frame of a type. */
const lastId = (frames: readonly ClientFrame[], type: ClientFrame["type"]) =>
  frames.findLast((frame) => frame.type === type)!.id!;

Deno.test("typed lines: lines typed after a request for a room are sent to it, in order", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  for (const line of ["/join tea", "one", "/topic cups", "/join coffee", "two", "/users"]) {
    assertEquals(chat.submit(line), true);
  }
  const sent = fixture.takeSent().map((frame) => ["room" in frame ? frame.room : "", frame.type]);
  assertEquals(sent, [
    ["tea", "join"],
    ["tea", "message"],
    ["tea", "topic"],
    ["coffee", "join"],
    ["coffee", "message"],
    ["coffee", "users"],
  ]);
  assertEquals([chat.room, fixture.texts], ["coffee", ["two"]]);
  fixture.addNotice(joined("tea"), joined("coffee"));
  assertEquals([chat.room, fixture.texts, chat.typed.waiting], ["coffee", ["two"], 0]);
  assertEquals(chat.conversations.ofRoom("tea").entries.map(({ text }) => text), ["one"]);
});

Deno.test("typed lines: a refused room closes; its command, draft and messages are not lost", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/join a b");
  const ref = lastId(fixture.takeSent(), "join");
  fixture.addNotice({ type: "error", code: "room_invalid", text: "No.", ref });
  assertEquals([chat.room, chat.here.draft, fixture.texts], ["lobby", "/join a b", ["No."]]);
  chat.here.draft = "";

  chat.join("secret");
  chat.submit("one");
  chat.active.draft = "half";
  const sent = fixture.takeSent();
  const join = lastId(sent, "join");
  fixture.addNotice({ type: "error", code: "too_many_joined", text: "Full.", ref: join });
  const message = lastId(sent, "message");
  fixture.addNotice({ type: "error", code: "not_in_room", text: "Not in.", ref: message });
  assertEquals([chat.room, chat.here.draft, chat.rooms.all.length], ["lobby", "half", 1]);
  assertEquals(fixture.texts.slice(1), ["Full.", "Not sent to # secret: one"]);
  chat.submit("three");
  assertEquals(textsOf(fixture.takeSent()), ["message: three"]);
});

Deno.test("typed lines: the last room is left for the lobby, and the lobby only for another room", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  assertEquals(chat.submit("/leave"), false);
  assertEquals(fixture.texts.length, 1);
  chat.join("tea");
  fixture.addNotice(joined("tea"));
  chat.leaveRoom("lobby");
  fixture.addNotice({ type: "left", room: "lobby", name: "Ann", time: 5, online: true });
  assertEquals([chat.room, fixture.texts], ["tea", []]);
  fixture.takeSent();
  chat.submit("/leave");
  const sent = fixture.takeSent().map(({ id: _, ...frame }) => frame);
  assertEquals(sent, [{ type: "join", room: "lobby" }, { type: "leave", room: "tea" }]);
  fixture.addNotice(joined("lobby"));
  fixture.addNotice({ type: "left", room: "tea", name: "Ann", time: 5, online: true });
  assertEquals([chat.room, chat.rooms.all.map(({ name }) => name)], ["lobby", ["lobby"]]);
});

Deno.test("typed lines: a line goes to the conversation that is open, whatever has no answer", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/whisper Ben psst");
  chat.submit("/join tea");
  assertEquals(chat.active.name, "tea");
  chat.open(chat.conversations.ofPerson("Ben"));
  chat.submit("only you");
  assertEquals(textsOf(fixture.takeSent()), ["whisper: psst", "whisper: only you"]);
  fixture.addNotice(joined("tea"));
  assertEquals(chat.active.name, "Ben");
  chat.submit("/leave");
  assertEquals([chat.active.name, chat.conversations.ofPerson("Ben").isClosed], ["tea", true]);
  chat.submit("/join");
  assertEquals(fixture.takeSent().map(({ type }) => type), ["history", "users", "rooms"]);
});

Deno.test("typed lines: a whisper to an offline user keeps the room open, with an error", () => {
  for (const name of ["Absent", "Ann"]) {
    const fixture = FixtureChat.inside();
    const { chat } = fixture;
    chat.submit(`/whisper ${name} hi`);
    chat.submit("and this is for you alone");
    const sent = fixture.takeSent();
    assertEquals(textsOf(sent), ["whisper: hi"]);
    const ref = lastId(sent, "whisper");
    fixture.addNotice({ type: "error", code: "no_such_user", text: "No user.", ref });
    assertEquals(fixture.takeSent(), []);
    assertEquals([chat.active, fixture.texts], [chat.here, ["No user."]]);
    assertEquals(chat.here.draft, `/whisper ${name} hi\nand this is for you alone`);
    assertEquals(chat.conversations.all, [chat.here]);
  }
});

Deno.test("typed lines: a whisper to a user in another room opens a conversation once accepted", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/whisper cyd hi");
  chat.submit("two");
  assertEquals(chat.active, chat.here);
  const id = lastId(fixture.takeSent(), "whisper");
  fixture.addNotice({ type: "ack", id, to: "Cyd" });
  assertEquals(textsOf(fixture.takeSent()), ["whisper: two"]);
  assertEquals([chat.active.name, chat.active.entries.map(({ text }) => text)], [
    "Cyd",
    ["hi", "From here on you talk to Cyd alone. Choose # lobby to go back.", "two"],
  ]);
  assertEquals([chat.typed.waiting, chat.outgoing.pending], [0, 1]);
});

Deno.test("typed lines: such a whisper survives a break, and fails with a lost session", () => {
  for (const resumed of [true, false]) {
    const fixture = FixtureChat.inside();
    const { chat } = fixture;
    chat.submit("/whisper Cyd hi");
    fixture.disconnect();
    fixture.takeSent();
    fixture.addNotice(resumed ? welcome({ resumed }) : welcome());
    assertEquals(textsOf(fixture.takeSent()), resumed ? ["whisper: hi"] : []);
    assertEquals([chat.typed.waiting, chat.here.draft], resumed ? [1, ""] : [0, "/whisper Cyd hi"]);
  }
});

Deno.test("typed lines: waiting lines return to the field at the end of the page or the session", () => {
  const { chat } = FixtureChat.inside();
  chat.submit("/whisper Cyd hi");
  chat.submit("two");
  chat.typed.returnWaiting();
  assertEquals([chat.here.draft, chat.typed.waiting], ["/whisper Cyd hi\ntwo", 0]);
});

Deno.test("typed lines: a waiting password does not return to the field", () => {
  const { chat } = FixtureChat.inside();
  const secrets = ["/register secret", "/nick Bob secret", "/regster secret"];
  for (const line of ["/whisper Cyd hi", "hello", ...secrets, "bye"]) chat.submit(line);
  assertEquals(chat.typed.waiting, 6);
  chat.typed.returnWaiting();
  assertEquals(chat.here.draft, "/whisper Cyd hi\nhello\nbye");
});

Deno.test("typed lines: a bare quit is a message, /quit is a command", () => {
  const fixture = FixtureChat.inside();
  for (const line of ["quit", " quit "]) assertEquals(fixture.chat.submit(line), true);
  assertEquals(textsOf(fixture.takeSent()), ["message: quit", "message:  quit "]);
  fixture.chat.submit("/help");
  const help = fixture.texts.at(-1)!;
  assert(help.startsWith("Available commands:") && !help.includes("quit alone"), help);
  fixture.chat.submit("/join tea");
  fixture.chat.submit("/exit for today");
  assertEquals(fixture.takeSent().map(({ type }) => type), ["join", "quit"]);
});

Deno.test("typed lines: lines that cannot be sent are refused at once, with an error", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  const lines = [
    "x".repeat(5000),
    "\n".repeat(300) + "x",
    `/me ${"x".repeat(9000)}`,
    "/whisper Ben",
    "/dance",
    "/reply hm",
  ];
  for (const line of lines) assertEquals(chat.submit(line), false, line.slice(0, 20));
  assertEquals(chat.active.entries.map(({ kind }) => kind), lines.map(() => "error"));
  fixture.disconnect();
  for (const line of ["/join tea", "/leave", "/topic x"]) assertEquals(chat.submit(line), false);
  assertEquals(fixture.takeSent(), []);
});

Deno.test("typed lines: refused commands return to an empty field, except passwords; messages stay in the log", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  const refuse = (line: string, isInField = true) => {
    chat.submit(line);
    const { id } = fixture.takeSent().at(-1)!;
    fixture.addNotice({ type: "error", code: "muted", text: "No.", ref: id! });
    assertEquals(chat.active.draft, isInField ? line : "", line);
    chat.active.draft = "";
  };
  for (const line of ["/topic cups", "/nick Bob"]) refuse(line);
  for (const line of ["/register secret", "/nick Bob secret"]) refuse(line, false);
  for (const line of ["hello", "/me waves", "//slash"]) {
    refuse(line, false);
    const { status, reason } = chat.active.entries.at(-1)!;
    assertEquals([status, reason], ["refused", "No."], line);
  }
  chat.submit("/whisper Ben psst");
  const ref = lastId(fixture.takeSent(), "whisper");
  fixture.addNotice({ type: "error", code: "not_reading", text: "No.", ref });
  assertEquals([chat.active.name, chat.active.draft], ["Ben", ""]);
  assertEquals(chat.active.entries[0]!.status, "refused");
});

Deno.test("typed lines: a user who left the room is unknown", () => {
  const fixture = FixtureChat.inside();
  fixture.chat.submit("/whisper Ben hi");
  fixture.chat.conversations.show(fixture.chat.here);
  fixture.addNotice(users("Ann"));
  fixture.chat.submit("/whisper Ben again");
  assertEquals(fixture.chat.active, fixture.chat.here);
});

Deno.test("typed lines: a list is printed only if its request was sent, and has no refusal", () => {
  const list = users("Ann", "Ben");
  const refuse = (fixture: FixtureChat) => {
    const ref = lastId(fixture.takeSent(), "users");
    fixture.addNotice({ type: "error", code: "too_busy", text: "No.", ref });
  };
  const cases: readonly [(fixture: FixtureChat) => void, readonly string[]][] = [
    [(fixture) => fixture.chat.submit("/users"), ["Here (2): Ann, Ben"]],
    [(fixture) => (fixture.disconnect(), fixture.chat.submit("/users")), [OFFLINE]],
    [(fixture) => (fixture.chat.submit("/users"), fixture.disconnect()), []],
    [(fixture) => (fixture.chat.submit("/users"), refuse(fixture)), ["No."]],
  ];
  for (const [act, texts] of cases) {
    const fixture = FixtureChat.inside();
    act(fixture);
    if (fixture.chat.phase === "broken") fixture.addNotice(welcome({ resumed: true }));
    fixture.addNotice(list, list);
    assertEquals(fixture.texts, [...texts]);
  }
});

Deno.test("text budget: counts the bytes left near the limit", () => {
  for (
    const [line, left] of [
      ["x".repeat(3000), undefined],
      ["x".repeat(4000), 96],
      ["ä".repeat(2048), 0],
      ["😀".repeat(1025), -4],
      ["x".repeat(20_000), 4096 - 20_000],
      [`/me ${"x".repeat(4000)}`, 96],
      [`/w Ben ${"x".repeat(4000)}`, 96],
      [`/topic ${"x".repeat(500)}`, 12],
      [`/topic ${"x".repeat(300)}`, undefined],
      [`/away ${"x".repeat(260)}`, -4],
      ["", undefined],
    ] as const
  ) assertEquals(bytesLeft(line), left, line.slice(0, 10));
});
