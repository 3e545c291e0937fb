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

Deno.test("typed lines: lines typed while a room is being joined are sent to it, in order", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/join tea");
  for (const line of ["one", "/me waves", "/topic cups", "/join coffee", "two"]) {
    assertEquals(chat.submit(line), true);
  }
  assertEquals([textsOf(fixture.takeSent()), chat.typed.waiting], [[], 5]);
  fixture.addNotice(joined("tea"));
  const sent = fixture.takeSent();
  assertEquals(textsOf(sent), ["message: one", "message: waves", "topic: cups"]);
  assertEquals([chat.room, fixture.texts, chat.typed.waiting], ["tea", ["one", "waves"], 1]);
  fixture.addNotice(joined("coffee"));
  assertEquals(textsOf(fixture.takeSent()), ["message: two"]);
});

Deno.test("typed lines: a draft moves to a new room if it was begun after the request", () => {
  const begin = (line: string, draft: string) => {
    const fixture = FixtureChat.inside();
    fixture.chat.here.draft = draft;
    if (line === "") fixture.chat.join("tea");
    else fixture.chat.submit(line);
    fixture.chat.conversations.ofRoom("lobby").draft = draft + "half";
    return fixture;
  };
  for (
    const [line, draft, lobby, tea] of [
      ["/join tea", "", "", "half"],
      ["", "", "", "half"],
      ["", "for the lobby, ", "for the lobby, half", ""],
    ] as const
  ) {
    for (const frame of [joined("tea"), welcome({ resumed: true, room: "tea" })]) {
      const fixture = begin(line, draft);
      fixture.addNotice(frame);
      const { conversations } = fixture.chat;
      const drafts = [conversations.ofRoom("lobby").draft, conversations.ofRoom("tea").draft];
      assertEquals(drafts, [lobby, tea], `${line} ${draft} ${frame.type}`);
    }
  }
  const inWhisper = FixtureChat.inside();
  const { chat } = inWhisper;
  chat.here.draft = "for the lobby";
  chat.submit("/whisper Ben psst");
  chat.submit("/join tea");
  chat.active.draft = "only you";
  inWhisper.addNotice(joined("tea"));
  assertEquals(chat.here.draft, "");
});

Deno.test("typed lines: a refused change of room returns the lines, and sends none", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/join a b");
  const ref = lastId(fixture.takeSent(), "join");
  fixture.addNotice({ type: "error", code: "room_invalid", text: "No.", ref });
  assertEquals([chat.here.draft, fixture.texts], ["/join a b", ["No."]]);
  chat.here.draft = "";

  chat.join("secret");
  chat.submit("one");
  chat.submit("two");
  fixture.addNotice({
    type: "error",
    code: "too_many_rooms",
    text: "Full.",
    ref: lastId(fixture.takeSent(), "join"),
  });
  assertEquals([chat.here.draft, chat.typed.waiting], ["one\ntwo", 0]);
  chat.submit("three");
  assertEquals(textsOf(fixture.takeSent()), ["message: three"]);
});

Deno.test("typed lines: after a break the current room decides a change of room", () => {
  for (
    const [room, said, draft] of [["tea", ["message: one"], ""], ["lobby", [], "one"]] as const
  ) {
    const fixture = FixtureChat.inside();
    const { chat } = fixture;
    chat.submit("/join tea");
    chat.submit("one");
    fixture.disconnect();
    fixture.takeSent();
    fixture.addNotice(welcome({ resumed: true, room }));
    assertEquals(textsOf(fixture.takeSent()), [...said]);
    assertEquals([chat.here.name, chat.here.draft, chat.typed.waiting], [room, draft, 0]);
  }
});

Deno.test("typed lines: a line in a whisper does not wait, and never reaches a room", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/whisper Ben psst");
  chat.submit("/join tea");
  chat.submit("only you");
  assertEquals(textsOf(fixture.takeSent()), ["whisper: psst", "whisper: only you"]);
  chat.conversations.show(chat.here);
  chat.submit("for tea");
  chat.conversations.show(chat.conversations.ofPerson("Ben"));
  fixture.addNotice(joined("tea"));
  assertEquals(textsOf(fixture.takeSent()), ["message: for tea"]);
  chat.submit("/join");
  assertEquals(fixture.takeSent(), []);
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
  for (const line of ["/join tea", "/whisper Cyd hi"]) {
    const fixture = FixtureChat.inside();
    fixture.chat.submit(line);
    fixture.chat.submit("two");
    fixture.chat.typed.returnWaiting();
    const expected = line === "/join tea" ? "two" : `${line}\ntwo`;
    assertEquals([fixture.chat.here.draft, fixture.chat.typed.waiting], [expected, 0]);
  }
});

Deno.test("typed lines: a waiting password does not return to the field", () => {
  const { chat } = FixtureChat.inside();
  const secrets = ["/register secret", "/nick Bob secret", "/regster secret"];
  for (const line of ["/join tea", "hello", ...secrets, "bye"]) chat.submit(line);
  assertEquals(chat.typed.waiting, 5);
  chat.typed.returnWaiting();
  assertEquals(chat.here.draft, "hello\nbye");
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

Deno.test("typed lines: refused lines return to an empty field, except passwords", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  const refuse = (line: string, isInField = true) => {
    chat.submit(line);
    const { id } = fixture.takeSent().at(-1)!;
    fixture.addNotice({ type: "error", code: "muted", text: "No.", ref: id! });
    assertEquals(chat.active.draft, isInField ? line : "", line);
    chat.active.draft = "";
  };
  for (const line of ["hello", "/me waves", "//slash", "/topic cups", "/nick Bob"]) refuse(line);
  for (const line of ["/register secret", "/nick Bob secret"]) refuse(line, false);
  chat.submit("/whisper Ben psst");
  chat.active.draft = "typed meanwhile";
  const ref = lastId(fixture.takeSent(), "whisper");
  fixture.addNotice({ type: "error", code: "not_reading", text: "No.", ref });
  assertEquals([chat.active.name, chat.active.draft], ["Ben", "typed meanwhile"]);
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
