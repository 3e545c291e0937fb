import { assert, assertEquals } from "@std/assert";
import { FixtureChat, message, welcome } from "./fixture_chat.ts";

Deno.test("chat: joining requests the history, the users and the rooms", () => {
  const fixture = new FixtureChat();
  fixture.enter({ name: "Ann", room: "tea", serverPassword: "secret" });
  assertEquals(fixture.hello(), {
    type: "hello",
    name: "Ann",
    rooms: ["tea"],
    serverPassword: "secret",
  });
  fixture.addNotice(welcome({ room: "tea", topic: "cups" }));
  assertEquals(fixture.takeSent().map(({ type }) => type), ["history", "users", "rooms"]);
  assertEquals([fixture.chat.phase, fixture.chat.room, fixture.chat.topic], [
    "inside",
    "tea",
    "cups",
  ]);
});

Deno.test("chat: a refused login leads outside, with its code", () => {
  const fixture = new FixtureChat();
  fixture.enter({ name: "Ann" });
  fixture.addNotice({ type: "error", code: "name_taken", text: "Taken." });
  assertEquals(fixture.chat.phase, "outside");
  assertEquals(fixture.chat.leaveNotice, { code: "name_taken", text: "Taken." });
});

Deno.test("chat: a server that does not answer is tried three times", () => {
  const fixture = new FixtureChat();
  const { chat } = fixture;
  fixture.enter({ name: "Ann" });
  for (let attempt = 1; attempt < 3; attempt++) {
    fixture.disconnect();
    assertEquals(chat.phase, "entering");
  }
  fixture.disconnect();
  assertEquals([chat.phase, chat.leaveNotice?.code], ["outside", "no_answer"]);
});

Deno.test("chat: a message is pending until the server has acknowledged it", () => {
  const fixture = FixtureChat.inside();
  fixture.chat.submit("hello");
  assertEquals(fixture.takeSent(), [{ type: "message", room: "lobby", text: "hello", id: "id1" }]);
  assertEquals(fixture.chat.active.entries[0]!.status, "pending");
  fixture.addNotice({ type: "ack", id: "id1", room: "lobby", seq: 1 });
  assertEquals(fixture.chat.active.entries[0]!.status, "delivered");
  fixture.chat.submit("no");
  fixture.addNotice({ type: "error", code: "muted", text: "Muted.", ref: "id2" });
  const { status, reason } = fixture.chat.active.entries[1]!;
  assertEquals([status, reason, fixture.chat.outgoing.pending], ["refused", "Muted.", 0]);
});

Deno.test("chat: a resumed session receives the missed messages, and repeats those without an ack", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice(message(1), message(2));
  chat.submit("sent");
  fixture.disconnect();
  chat.submit("typed meanwhile");
  assertEquals(fixture.hello().resume, { session: "token", rooms: { lobby: 2 }, whisper: 0 });
  fixture.takeSent();
  fixture.addNotice(welcome({ resumed: true, seq: 4 }), message(3));
  const again = fixture.takeSent().filter(({ type }) => type === "message");
  assertEquals(again.map(({ id }) => id), ["id1", "id2"]);
  fixture.addNotice({ type: "ack", id: "id1", room: "lobby", seq: 4 }, {
    type: "ack",
    id: "id2",
    room: "lobby",
    seq: 5,
  });
  assertEquals(fixture.texts, [
    "message 1",
    "message 2",
    "message 3",
    "sent",
    "typed meanwhile",
  ]);
  assertEquals(chat.point?.rooms["lobby"], 5);
});

/** Both rooms, after a lost answer to a request for the second. */
const BOTH = [{ room: "lobby", seq: 4 }, { room: "tea", seq: 9, topic: "cups" }];

Deno.test("chat: a break while the messages of another room are replayed loses no message", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice(message(4));
  chat.submit("/join tea");
  fixture.disconnect();
  // The server has carried it out, and the answer was lost.
  fixture.addNotice(welcome({ resumed: true, rooms: BOTH }));
  assertEquals([chat.room, chat.rooms.all.map(({ name }) => name)], ["tea", ["lobby", "tea"]]);
  fixture.disconnect();
  const before = { session: "token", whisper: 0 };
  assertEquals([fixture.hello().rooms, fixture.hello().resume], [
    ["lobby", "tea"],
    { ...before, rooms: { lobby: 4, tea: 0 } },
  ]);
  fixture.addNotice(welcome({ resumed: true, rooms: BOTH }), message(7, { room: "tea" }));
  fixture.disconnect();
  assertEquals(fixture.hello().resume, { ...before, rooms: { lobby: 4, tea: 7 } });
});

Deno.test("chat: a request for a room survives a break, and messages follow it", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("for the lobby");
  chat.submit("/join tea");
  chat.submit("for tea");
  fixture.disconnect();
  chat.submit("/w Ben psst");
  fixture.takeSent();
  // The server has not received it.
  fixture.addNotice(welcome({ resumed: true }));
  const sent = fixture.takeSent().filter(({ type }) => !["users", "rooms"].includes(type));
  assertEquals(sent.map((frame) => [frame.type, "room" in frame ? frame.room : ""]), [
    ["message", "lobby"],
    ["join", "tea"],
    ["message", "tea"],
    ["whisper", ""],
  ]);
  fixture.addNotice({ type: "joined", room: "Tea", name: "Ann", time: 5, seq: 9, topic: "cups" });
  assertEquals([chat.active.name, chat.room, chat.topic], ["Ben", "tea", "cups"]);
  assertEquals(chat.conversations.ofRoom("tea").name, "Tea");
});

Deno.test("chat: a user who was moved to another room sees a notice", () => {
  const fixture = FixtureChat.inside();
  fixture.disconnect();
  fixture.addNotice(welcome({ resumed: true, room: "tea", topic: "cups" }));
  assertEquals([fixture.chat.room, fixture.chat.topic], ["tea", "cups"]);
  assertEquals(fixture.texts, ["You are not in # lobby any more."]);
});

Deno.test("chat: an unasked list is not printed", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/users");
  const list = { type: "users", room: "lobby", total: 2 } as const;
  const users = [{ name: "Ann" }, { name: "Cleo" }];
  fixture.addNotice({ ...list, users, unasked: true, topic: "tea" });
  assertEquals([chat.roster.list.map(({ name }) => name), chat.topic], [["Ann", "Cleo"], "tea"]);
  assertEquals(fixture.texts, []);
  fixture.addNotice({ ...list, users });
  assertEquals([fixture.texts.at(-1), chat.topic], ["Here (2): Ann, Cleo", "tea"]);
});

Deno.test("chat: an ack after skipped messages does not count as having received them", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice(message(1));
  fixture.chat.submit("mine");
  fixture.addNotice({ type: "ack", id: "id1", room: "lobby", seq: 7 });
  assertEquals(fixture.chat.point?.rooms["lobby"], 1);
  fixture.addNotice({ type: "skipped", room: "lobby", count: 5, from: 2, to: 6 });
  assertEquals(fixture.chat.point?.rooms["lobby"], 6);
  assertEquals(fixture.takeSent().at(-1), {
    type: "history",
    room: "lobby",
    before: 7,
    limit: 5,
  });
});

Deno.test("chat: a new session drops messages that may have arrived, and sends the rest", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice(message(1));
  chat.submit("sent");
  fixture.disconnect();
  chat.submit("never sent");
  fixture.takeSent();
  // A server that was started again without its data: its numbers begin anew.
  fixture.addNotice(welcome({ session: "other", seq: 0 }));
  fixture.addNotice({ type: "error", code: "cannot_resume", text: "Unknown." });
  assertEquals(fixture.takeSent().filter(({ type }) => type === "message"), [
    { type: "message", room: "lobby", text: "never sent", id: "id2" },
  ]);
  const [first, sent, unsent] = chat.active.entries;
  assertEquals([first!.text, first!.seq], ["message 1", undefined]);
  assertEquals([sent!.status, unsent!.status], ["refused", "pending"]);
  fixture.addNotice(message(1, { text: "of the new server" }));
  assert(fixture.texts.includes("of the new server"));
});

Deno.test("chat: while it is broken, a full server is tried again, a taken name is the end", () => {
  const fixture = FixtureChat.inside();
  fixture.disconnect();
  fixture.addNotice({ type: "error", code: "server_full", text: "Full." });
  assertEquals(fixture.chat.phase, "broken");
  fixture.addNotice({ type: "error", code: "name_taken", text: "Taken." });
  assertEquals(fixture.chat.phase, "outside");
});

Deno.test("chat: notices of programs are marked, in rooms and in whispers", () => {
  const fixture = FixtureChat.inside();
  const whisper = { type: "whisper", from: "Ben", to: "Ann", text: "psst", time: 1 } as const;
  fixture.addNotice(message(1), message(2, { notice: true }));
  fixture.addNotice({ ...whisper, number: 1 }, { ...whisper, number: 2, notice: true });
  const { here, conversations } = fixture.chat;
  for (const { entries } of [here, conversations.ofPerson("Ben")]) {
    assertEquals(entries.map(({ isAutomatic }) => isAutomatic), [undefined, true]);
  }
});

Deno.test("chat: whispers have conversations of their own, and are answered there", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice({ type: "whisper", from: "Ben", to: "Ann", text: "psst", time: 1, number: 4 });
  const { mentions } = chat.conversations.ofPerson("Ben");
  assertEquals([chat.conversations.unread, mentions, chat.point?.whisper], [1, 1, 4]);
  chat.submit("/reply what?");
  assertEquals(chat.active.name, "Ben");
  const told = "From here on you talk to Ben alone. Choose # lobby to go back.";
  assertEquals([chat.conversations.unread, fixture.texts], [0, ["psst", "what?", told]]);
  chat.submit("and this");
  chat.submit("/w ben this too");
  assertEquals(fixture.texts.slice(2), [told, "and this", "this too"]);
  assertEquals(fixture.takeSent().map((frame) => frame.type === "whisper" && frame.text), [
    "what?",
    "and this",
    "this too",
  ]);
  fixture.addNotice({ type: "renamed", room: "lobby", from: "Ben", to: "Benno", time: 2 });
  assertEquals(chat.active.name, "Benno");
  chat.conversations.close(chat.active);
  assertEquals(chat.active, chat.here);
  fixture.addNotice({
    type: "whisper",
    from: "Benno",
    to: "Ann",
    text: "wait",
    time: 3,
    number: 5,
  });
  assertEquals([chat.active, chat.conversations.unread], [chat.here, 1]);
});

Deno.test("chat: a notice has the room into which a user has moved; notices are one entry", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice({ type: "left", room: "lobby", name: "Cyd", time: 2, to: "tea" });
  assertEquals(fixture.texts, ["Cyd has left for # tea."]);
  fixture.addNotice({ type: "left", room: "lobby", name: "Dan", time: 3, reason: "spam" });
  fixture.addNotice({ type: "joined", room: "lobby", name: "Cyd", time: 4 });
  assertEquals(fixture.texts, ["Dan left, 1 user came and went."]);
  fixture.addNotice(message(1), { type: "joined", room: "lobby", name: "Eve", time: 5 });
  assertEquals(fixture.texts.slice(1), ["message 1", "Eve has joined."]);
});

Deno.test("chat: unread messages are counted; a mention is urgent", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.isWatched = false;
  fixture.addNotice(message(1), message(2));
  assertEquals([chat.conversations.unread, chat.active.mentions, chat.here.firstUnread], [
    2,
    0,
    "1 1",
  ]);
  fixture.addNotice(message(3, { text: "ann: hello" }));
  assertEquals([chat.conversations.unread, chat.active.mentions], [3, 1]);
  chat.conversations.watched();
  assertEquals([chat.conversations.unread, chat.active.mentions], [0, 0]);
});

Deno.test("chat: a room in the background has a maximum of entries", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.conversations.show(chat.conversations.ofPerson("Ben"));
  for (let seq = 1; seq <= 1500; seq++) fixture.addNotice(message(seq));
  assertEquals([chat.here.entries.length, chat.here.oldestNumber, chat.conversations.unread], [
    1000,
    501,
    1500,
  ]);
});

Deno.test("chat: another room begins with its own messages", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice(message(1));
  fixture.chat.submit("/join tea");
  fixture.addNotice({ type: "joined", room: "tea", name: "Ann", time: 5, seq: 9 });
  assertEquals([fixture.chat.room, fixture.texts], ["tea", []]);
  fixture.chat.leaveRoom("lobby");
  fixture.addNotice({ type: "left", room: "lobby", name: "Ann", time: 5, online: true });
  fixture.chat.join("lobby");
  assertEquals(fixture.chat.point, {
    session: "token",
    rooms: { tea: 9 },
    whisper: 0,
  });
  fixture.addNotice({ type: "joined", room: "lobby", name: "Ann", time: 6, seq: 3 });
  fixture.addNotice({
    type: "history",
    room: "lobby",
    messages: [1, 2, 3].map((seq) => message(seq)),
    more: false,
  });
  assertEquals(fixture.texts, ["message 1", "message 2", "message 3"]);
});

Deno.test("chat: older messages are requested once at a time, while there are any", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice({
    type: "history",
    room: "lobby",
    messages: [message(8), message(9)],
    more: true,
  });
  assertEquals([chat.loadOlder(), chat.loadOlder()], [true, false]);
  assertEquals(fixture.takeSent(), [{
    type: "history",
    room: "lobby",
    before: 8,
    limit: 50,
    id: "history",
  }]);
  fixture.addNotice({ type: "history", room: "lobby", messages: [message(7)], more: false });
  assertEquals([fixture.texts, chat.loadOlder()], [["message 7", "message 8", "message 9"], false]);
});

Deno.test("chat: a closed whisper is kept, and returns with its next message", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  const whisper = { type: "whisper", from: "Ben", to: "Ann", time: 1 } as const;
  fixture.addNotice({ ...whisper, text: "one" });
  const thread = chat.conversations.ofPerson("Ben");
  chat.conversations.close(thread);
  assertEquals([thread.isClosed, chat.conversations.unread], [true, 0]);
  fixture.addNotice({ ...whisper, text: "two" });
  assertEquals([thread.isClosed, chat.conversations.unread], [false, 1]);
  chat.conversations.show(thread);
  chat.conversations.close(thread);
  assertEquals(chat.active, chat.here);
  chat.conversations.show(chat.conversations.ofPerson("ben"));
  assertEquals([thread.isClosed, fixture.texts], [false, ["one", "two"]]);
});

Deno.test("chat: a kick ends the session, a restart does not", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice({ type: "bye", reason: "restart", text: "Back soon." });
  assertEquals(fixture.chat.phase, "inside");
  fixture.addNotice({ type: "bye", reason: "kicked", text: "Out." });
  assertEquals([fixture.chat.phase, fixture.chat.leaveNotice?.text], ["outside", "Out."]);
});

Deno.test("chat: another user sees nothing of the one before", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice({ type: "whisper", from: "Ben", to: "Ann", text: "psst", time: 1, number: 1 });
  chat.submit("not acknowledged");
  fixture.addNotice({ type: "bye", reason: "quit", text: "Goodbye." });
  fixture.enter({ name: "ANN" });
  assertEquals(chat.conversations.all.length, 2);
  fixture.session.leave();
  fixture.enter({ name: "Cyd" });
  assertEquals([chat.conversations.unread, chat.outgoing.pending], [0, 0]);
  fixture.addNotice(welcome({ name: "Cyd" }));
  chat.submit("/reply who is it?");
  assertEquals(fixture.texts, ["No user has whispered to you yet. Use /whisper NAME TEXT."]);
});

Deno.test("chat: a whisper to oneself is shown once, and /reply does not answer it", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice({ type: "whisper", from: "Ben", to: "Ann", text: "hi", time: 1, number: 1 });
  fixture.chat.submit("/query ann note");
  fixture.addNotice({ type: "ack", id: "id1", to: "Ann" });
  fixture.addNotice({ type: "whisper", from: "Ann", to: "Ann", text: "note", time: 1, number: 2 });
  assertEquals(fixture.texts.filter((text) => text === "note").length, 1);
  assertEquals(fixture.chat.lastWhisperFrom, "Ben");
  fixture.disconnect();
  assertEquals(fixture.hello().resume?.whisper, 2);
});

Deno.test("chat: kicks, bans and reasons are shown; a change to the same name is not", () => {
  const fixture = FixtureChat.inside();
  const left = { type: "left", room: "lobby", time: 1 } as const;
  fixture.addNotice(
    { ...left, name: "Ben", by: "Op", reason: "loud" },
    { ...left, name: "Cy", by: "Op", banned: true },
    { ...left, name: "Dee", reason: "gone fishing" },
    { type: "renamed", room: "lobby", from: "Ann", to: "Ann", time: 1 },
    { type: "skipped", room: "lobby", count: 1, from: 1, to: 1 },
  );
  assertEquals(fixture.texts, [
    "Ben was kicked by Op: loud.",
    "Cy was banned by Op.",
    "Dee has left: gone fishing.",
    "1 message was skipped.",
  ]);
});

Deno.test("chat: a refused request for older messages has an error, and is not repeated", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  fixture.addNotice({ type: "history", room: "lobby", messages: [message(8)], more: true });
  chat.loadOlder();
  const [request] = fixture.takeSent();
  const error = { type: "error", code: "storage_failed", text: "Try again later." } as const;
  fixture.addNotice({ ...error, ref: "of another" });
  assertEquals([chat.here.isLoading, chat.here.hasOlder], [true, true]);
  fixture.addNotice({ ...error, ref: request!.id! });
  assertEquals([chat.here.isLoading, chat.loadOlder()], [false, false]);
  assertEquals([fixture.texts.at(-1), fixture.takeSent()], [error.text, []]);
});
