import { assert, assertEquals, assertLess } from "@std/assert";
import {
  restoreTranscript,
  type SavedTranscript,
  saveTranscript,
} from "../../../web/model/saved_transcript.ts";
import { FixtureChat, message, welcome } from "./fixture_chat.ts";

const whisper = (from: string, text: string, time = 1) =>
  ({ type: "whisper", from, to: "Ann", text, time }) as const;

/** A page that was loaded anew and has no connection yet. */
function loadAnew({ chat }: FixtureChat, changes: Partial<SavedTranscript> = {}): FixtureChat {
  const kept: SavedTranscript = JSON.parse(JSON.stringify(saveTranscript(chat)));
  let ids = 0;
  const fixture = new FixtureChat({ now: () => 2000, newId: () => `new${++ids}` });
  fixture.enter({ name: chat.name }, chat.point);
  restoreTranscript(fixture.chat, { ...kept, ...changes });
  return fixture;
}

Deno.test("saved transcript: messages after a reload go to the same conversation", () => {
  const before = FixtureChat.inside();
  before.chat.submit("/w Ben hi");
  before.addNotice({ type: "ack", id: "id1" }, whisper("Ben", "second"));
  before.chat.active.draft = "half a line";
  for (const answer of [welcome({ resumed: true }), welcome()]) {
    const fixture = loadAnew(before);
    const { chat } = fixture;
    assertEquals([chat.active.name, chat.active.draft], ["Ben", "half a line"]);
    chat.submit("third");
    fixture.addNotice(answer);
    chat.submit("fourth");
    const said = fixture.takeSent().filter(({ type }) => type === "whisper" || type === "message");
    assertEquals(said, [
      { type: "whisper", to: "Ben", text: "third", id: "new1" },
      { type: "whisper", to: "Ben", text: "fourth", id: "new2" },
    ]);
    const told = "From here on you talk to Ben alone. Choose # lobby to go back.";
    assertEquals(fixture.texts, ["hi", told, "second", "third", "fourth"]);
    assertEquals(new Set(chat.active.entries.map(({ key }) => key)).size, 5);
  }
});

Deno.test("saved transcript: conversations in their order, unread counts, drafts, the last whisper", () => {
  const before = FixtureChat.inside();
  before.addNotice(
    whisper("Cyd", "one"),
    whisper("Ben", "psst"),
    whisper("Cyd", "two"),
    message(1),
  );
  before.chat.conversations.show(before.chat.conversations.ofPerson("Ben"));
  before.addNotice(message(2, { text: "Ann: hello" }));
  before.chat.here.draft = "for all";
  const { chat } = loadAnew(loadAnew(before));
  const [here, ...threads] = [
    chat.here,
    ...chat.conversations.all.filter((one) => one.kind === "person"),
  ];
  assertEquals([here!.draft, here!.unread, here!.mentions, here!.entries], [
    "for all",
    1,
    1,
    [],
  ]);
  assertEquals(threads.map(({ name, unread }) => [name, unread]), [["Cyd", 2], ["Ben", 0]]);
  const [cyd] = threads;
  assertEquals([cyd!.firstUnread, cyd!.mentions], [cyd!.entries[0]!.key, 2]);
  assertEquals([chat.active.name, chat.lastWhisperFrom], ["Ben", "Cyd"]);
});

Deno.test("saved transcript: closed conversations stay closed, and no password is stored", () => {
  const before = FixtureChat.inside();
  before.addNotice(whisper("Ben", "psst"));
  before.chat.conversations.close(before.chat.conversations.ofPerson("Ben"));
  before.chat.here.draft = "/register secret";
  const kept = saveTranscript(before.chat);
  assert(!JSON.stringify(kept).includes("secret"));
  const { chat } = loadAnew(before);
  const ben = chat.conversations.ofPerson("Ben");
  assertEquals([ben.isClosed, ben.entries.length, chat.here.draft], [true, 1, ""]);
});

Deno.test("saved transcript: a user in a room stays there, also if the server has moved the session", () => {
  const before = FixtureChat.inside();
  before.addNotice(whisper("Ben", "psst"));
  before.chat.here.draft = "for the lobby";
  const fixture = loadAnew(before);
  assertEquals(fixture.chat.active, fixture.chat.here);
  fixture.addNotice(welcome({ resumed: true, room: "tea" }));
  assertEquals([fixture.chat.active.name, fixture.chat.active.draft], ["tea", ""]);
  assertEquals(fixture.texts, ["You are not in # lobby any more."]);
});

Deno.test("saved transcript: unacknowledged messages are marked as refused", () => {
  const before = FixtureChat.inside();
  before.chat.submit("/w Ben hi");
  assertEquals(before.chat.active.entries[0]!.status, "pending");
  const { chat } = loadAnew(before);
  const { status, reason } = chat.active.entries[0]!;
  assertEquals(status, "refused");
  assertEquals(reason, "The page was loaded anew before the server had confirmed this.");
  assertEquals(before.chat.active.entries[0]!.status, "pending");
});

Deno.test("saved transcript: its size is limited, and the open conversation comes first", () => {
  const before = FixtureChat.inside();
  const { conversations } = before.chat;
  for (let person = 1; person <= 30; person++) {
    for (let entry = 1; entry <= 300; entry++) {
      before.addNotice(whisper(`Person${person}`, `${entry} ${"x".repeat(500)}`, person));
    }
  }
  conversations.show(conversations.ofPerson("Person1"));
  const kept = saveTranscript(before.chat);
  assertLess(JSON.stringify(kept).length, 1_010_000);
  assertEquals(kept.conversations.length, 20);
  const [first, ...others] = kept.conversations.map(({ name, entries }) => [name, entries.length]);
  assertEquals([first, others.at(-1)], [["Person1", 200], ["Person30", 200]]);
  assertEquals(others[0], ["Person12", 0]);
  assert(kept.conversations[0]!.entries.at(-1)!.text.startsWith("300 "));

  conversations.active.draft = "x".repeat(2_000_000);
  const { companion, conversations: [active] } = saveTranscript(before.chat);
  assertEquals([companion, active!.draft, active!.entries.length], ["Person1", "", 200]);
});

Deno.test("saved transcript: the open conversation is known even if nothing else could be stored", () => {
  const before = FixtureChat.inside();
  before.chat.submit("/w Ben hi");
  const { chat } = loadAnew(before, { conversations: [] });
  assertEquals([chat.active.kind, chat.active.name], ["person", "Ben"]);
});

Deno.test("saved transcript: a user who has left joins again in the room", () => {
  const fixture = FixtureChat.inside();
  fixture.chat.submit("/w Ben hi");
  fixture.addNotice({ type: "bye", reason: "quit", text: "Goodbye." });
  fixture.enter({ name: "Ann", room: "tea" });
  fixture.addNotice(welcome({ room: "tea" }));
  assertEquals([fixture.chat.active.kind, fixture.chat.active.name], ["room", "tea"]);
});
