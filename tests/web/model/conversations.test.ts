import { assert, assertEquals } from "@std/assert";
import { FixtureChat, message, users, welcome } from "./fixture_chat.ts";

const MAX_ENTRIES = 1000;
const MAX_CONVERSATIONS = 200;

const whisper = (from: string, text: string, time: number) =>
  ({ type: "whisper", from, to: "Ann", text, time }) as const;
const renamed = (from: string, to: string) =>
  ({ type: "renamed", room: "lobby", from, to, time: 9 }) as const;

/** The texts of the whispers with a user. */
const textsOf = ({ chat }: FixtureChat, name: string) =>
  chat.conversations.ofPerson(name).entries.map(({ text }) => text);

/** Ann, with whispers of Bob and Cat, who then becomes Bob. */
function mergedChat(change: (fixture: FixtureChat) => void = () => {}): FixtureChat {
  const fixture = FixtureChat.inside();
  fixture.isWatched = false;
  fixture.addNotice(
    users("Ann", "Bob", "Cat"),
    whisper("Cat", "one", 1),
    whisper("Bob", "two", 2),
    whisper("Cat", "three", 3),
    whisper("Bob", "four", 3),
  );
  change(fixture);
  fixture.addNotice(renamed("Cat", "Bob"));
  return fixture;
}

Deno.test("conversations: a user who takes another name keeps the whispers under both", () => {
  const fixture = mergedChat();
  const { conversations } = fixture.chat;
  assertEquals(textsOf(fixture, "bob"), ["one", "two", "three", "four"]);
  const people = conversations.all.filter(({ kind }) => kind === "person");
  assertEquals(people.map(({ name, unread }) => [name, unread]), [["Bob", 4]]);
  assertEquals(people[0]!.firstUnread, people[0]!.entries[0]!.key);
});

Deno.test("conversations: the open one stays open when it is merged, with both drafts", () => {
  for (const [open, draft] of [["Bob", "for Bob\nfor Cat"], ["Cat", "for Cat\nfor Bob"]] as const) {
    const fixture = mergedChat(({ chat }) => {
      chat.conversations.ofPerson("Bob").draft = "for Bob";
      chat.conversations.ofPerson("Cat").draft = "for Cat";
      chat.conversations.show(chat.conversations.ofPerson(open));
    });
    const { active, conversations } = fixture.chat;
    assertEquals([active.name, active.draft, active], [
      "Bob",
      draft,
      conversations.ofPerson("Bob"),
    ]);
  }
});

Deno.test("conversations: a password in a draft is not put behind another line", () => {
  for (
    const [bob, cat, draft] of [["", "/register x", "/register x"], ["hi", "/register x", "hi"]]
  ) {
    const fixture = mergedChat(({ chat }) => {
      chat.conversations.ofPerson("Bob").draft = bob!;
      chat.conversations.ofPerson("Cat").draft = cat!;
    });
    assertEquals(fixture.chat.conversations.ofPerson("Bob").draft, draft);
  }
});

Deno.test("conversations: answers to both parts reach the merged one", () => {
  for (const open of ["Bob", "Cat"]) {
    const fixture = mergedChat(({ chat }) => {
      chat.conversations.show(chat.conversations.ofPerson(open));
      for (const line of ["/w Bob five", "/w Cat six", "/topic cups"]) chat.submit(line);
    });
    const { chat } = fixture;
    const ids = fixture.takeSent().map(({ id }) => id!);
    fixture.addNotice({ type: "ack", id: ids[0]!, to: "Bob" });
    fixture.addNotice({ type: "error", code: "muted", text: "No.", ref: ids[1]! });
    const statuses = chat.conversations.ofPerson("Bob").entries
      .filter(({ isOwn }) => isOwn).map(({ text, status }) => `${text}: ${status}`);
    assertEquals(statuses.sort(), ["five: delivered", "six: refused"]);
    const merged = chat.conversations.ofPerson("Bob");
    assertEquals(merged.draft, "");
    fixture.addNotice({ type: "error", code: "not_operator", text: "No.", ref: ids[2]! });
    assertEquals(merged.draft, "/topic cups");
  }
});

Deno.test("conversations: a change of case or to a free name keeps the place in the list", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice(whisper("Cat", "one", 1), whisper("Dan", "two", 2));
  const names = () =>
    fixture.chat.conversations.all.filter(({ kind }) => kind === "person").map(({ name }) => name);
  fixture.addNotice(renamed("Cat", "CAT"));
  assertEquals(names(), ["CAT", "Dan"]);
  fixture.addNotice(renamed("CAT", "Eve"));
  assertEquals([names(), textsOf(fixture, "Eve")], [["Eve", "Dan"], ["one"]]);
});

Deno.test("conversations: /reply goes to a renamed user under the new name", () => {
  const fixture = FixtureChat.inside();
  fixture.addNotice(users("Ann", "Ben"), whisper("Ben", "psst", 1), renamed("Ben", "Benno"));
  fixture.chat.submit("/reply what?");
  const [sent] = fixture.takeSent();
  assert(sent?.type === "whisper" && sent.to === "Benno");
});

Deno.test("conversations: those that are not open have a maximum of entries, whatever they are", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.conversations.show(chat.conversations.ofPerson("Ben"));
  const size = () => chat.here.entries.length;
  for (let n = 1; n <= MAX_ENTRIES + 1; n++) {
    fixture.addNotice({ type: "topic", room: "lobby", text: `topic ${n}`, time: n });
  }
  assertEquals(size(), MAX_ENTRIES);
  const messages = Array.from({ length: 500 }, (_, n) => message(n + 1, { time: 5000 }));
  fixture.addNotice({ type: "history", room: "lobby", messages, more: false });
  assertEquals(size(), MAX_ENTRIES);
  const offered = {
    type: "offered",
    from: "Ben",
    to: "lobby",
    name: "a",
    size: 1,
    time: 1,
  } as const;
  fixture.addNotice({ ...offered, file: 1, room: true });
  assertEquals(size(), MAX_ENTRIES);
});

Deno.test("conversations: their number has a maximum; the least important ones are dropped first", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  const { conversations } = chat;
  fixture.addNotice(users("Ann", "Ben", "Cyd", "Dan", "Eve", "Fay"));
  const known = ["Ben", "Cyd", "Dan", "Eve", "Fay"];
  for (const name of known) fixture.addNotice(whisper(name, "hi", 1));
  chat.submit("/w Ben pending");
  conversations.ofPerson("Cyd").draft = "not sent";
  conversations.close(conversations.ofPerson("Fay"));
  for (const name of ["Dan", "Eve"]) {
    conversations.show(conversations.ofPerson(name));
  }
  for (const room of ["tea", "lobby"]) {
    fixture.addNotice({ type: "joined", room, name: "Ann", time: 1, seq: 0 });
  }
  fixture.addNotice({ type: "left", room: "tea", name: "Ann", time: 1, online: true });
  conversations.show(conversations.ofPerson("Eve"));
  // Two more are kept: the open one, and that of the room. Ben has a pending message.
  for (let n = 1; n <= MAX_CONVERSATIONS + 10; n++) fixture.addNotice(whisper(`user${n}`, "x", n));
  const names = conversations.all.map(({ name }) => name);
  assertEquals(names.length, MAX_CONVERSATIONS + 3);
  assertEquals(names.slice(0, 4), ["lobby", "Ben", "Cyd", "Eve"]);
  assertEquals([names[4], names.at(-1)], ["user12", `user${MAX_CONVERSATIONS + 10}`]);
  assertEquals(conversations.unread, MAX_CONVERSATIONS - 1 + 1);
});

Deno.test("conversations: another user finds no files, users, rooms or texts of the one before", () => {
  const fixture = FixtureChat.inside();
  const { chat } = fixture;
  chat.submit("/w Ben secret");
  chat.history.add("secret");
  fixture.addNotice({ type: "joined", room: "hidden", name: "Ann", time: 1, seq: 0 });
  fixture.addNotice({
    type: "offered",
    file: 1,
    from: "Ben",
    to: "Ann",
    name: "a",
    size: 1,
    time: 1,
  });
  fixture.addNotice({ type: "bye", reason: "quit", text: "Goodbye." });
  const files = () =>
    chat.conversations.ofPerson("Ben").entries.filter(({ kind }) => kind === "file");
  assertEquals([files().length, chat.history.recall("", -1)], [1, "secret"]);
  fixture.enter({ name: "ANN" });
  assertEquals(files().length, 1);
  fixture.session.leave();
  fixture.enter({ name: "Cyd" });
  fixture.addNotice(welcome({ name: "Cyd" }));
  assertEquals([chat.files.items, chat.history.recall("", -1)], [[], undefined]);
  assertEquals(chat.conversations.find({ kind: "person", name: "Ben" }), undefined);
  assertEquals([chat.roster.names("Cyd"), chat.rooms.names], [[], ["lobby"]]);
  assertEquals(chat.conversations.all.map(({ name }) => name), ["lobby"]);
});
