import { assertEquals } from "@std/assert";
import type { FileSource } from "../../../web/files/file_content.ts";
import type { PostedFile, PostListener } from "../../../web/files/post_queue.ts";
import { saveTranscript } from "../../../web/model/saved_transcript.ts";
import { FixtureChat, message, users, welcome } from "./fixture_chat.ts";

const file = (name: string, size: number): FileSource => ({
  ...{ name, size },
  slice: () => new Blob(),
});

const HASH = "a1".repeat(32);

/** Ann on a server that keeps files of up to 9 bytes, and what she posts. */
function keeping() {
  const posts: { file: PostedFile; listener: PostListener }[] = [];
  const fixture = new FixtureChat({
    post: (file, listener) => {
      posts.push({ file, listener });
      return { stop() {} };
    },
  });
  fixture.enter({ name: "Ann" });
  fixture.addNotice(welcome({ maxStoredFile: 9 }), users("Ann", "Ben"));
  fixture.takeSent();
  return { fixture, posts, chat: fixture.chat };
}

Deno.test("files in the log: one for a room is posted, and its message takes its place", () => {
  const { fixture, posts, chat } = keeping();
  chat.offer([file("a.png", 9)]);
  assertEquals(posts.map(({ file: { room, token } }) => [room, token]), [["lobby", "token"]]);
  assertEquals(fixture.texts, ["a.png (9 bytes) to #lobby: being sent"]);
  posts[0]!.listener.progressed(3);
  assertEquals(chat.active.entries[0]!.transfer?.bytes, 3);
  const stored = { name: "a.png", size: 9, type: "image/png", hash: HASH, url: "http://x/a" };
  fixture.addNotice(message(1, { from: "Ann", text: "a.png", file: stored }));
  posts[0]!.listener.done();
  assertEquals(fixture.texts, ["a.png"]);
  assertEquals(chat.active.entries[0]!.file, stored);
  assertEquals(fixture.takeSent(), []);
});

Deno.test("files in the log: one that is too large is not sent, and one for a user is offered", () => {
  const { fixture, posts, chat } = keeping();
  chat.offer([file("b", 10)]);
  assertEquals(fixture.texts, ["b: The file is too large: this server takes up to 9 bytes."]);
  chat.open(chat.conversations.ofPerson("Ben"));
  chat.offer([file("c", 10)]);
  assertEquals(fixture.takeSent().map(({ type }) => type), ["offer"]);
  assertEquals([fixture.texts, posts], [["c (10 bytes) to Ben: …"], []]);
});

Deno.test("files in the log: a failure is unread in a conversation that is not open", () => {
  const { fixture, chat } = keeping();
  const ben = chat.conversations.ofPerson("Ben");
  chat.open(ben);
  chat.offer([file("c", 10)]);
  const [offer] = fixture.takeSent();
  fixture.addNotice({ type: "ack", id: offer!.id!, file: 3 });
  chat.open(chat.here);
  fixture.addNotice({ type: "refused", file: 3, by: "Ben" });
  assertEquals([ben.unread, ben.entries[0]!.text], [1, "c (10 bytes) to Ben: Ben refused it."]);
  // After a reload it is a notice: nothing can be done with it.
  const [saved] = saveTranscript(chat).conversations;
  assertEquals(saved!.entries.map(({ kind, transfer }) => [kind, transfer]), [[
    "notice",
    undefined,
  ]]);
});
