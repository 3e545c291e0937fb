import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type ClientFrame, MAX_FILES_PER_PERSON, OFFER_SECONDS } from "../../../../protocol/mod.ts";
import { Offers } from "../../../../server/chat/files/offers.ts";
import type { Room } from "../../../../server/chat/room.ts";
import { answers, Chat, refusal, storeWithAccounts, type TestClient } from "../../chat.ts";
import { FakeClock, memberOf } from "../../fakes.ts";

const offerTo = (to: string): ClientFrame => ({ type: "offer", to, name: "a", size: 9, id: "o" });

Deno.test("offers: stored answers are bounded, and dropped with their offer", () => {
  const offers = new Offers({ notify: () => {}, notifyOthers: () => {} }, new FakeClock());
  const room = { name: "lobby" } as Room;
  const open = (sender = memberOf("Sender")) =>
    offers.open(sender, { room }, { name: "a", size: 1 }).value!;
  const members = Array.from({ length: 1024 }, (_, index) => memberOf(`u${index}`));
  const senders = Array.from({ length: 64 }, (_, index) => memberOf(`s${index}`));
  for (const sender of senders) {
    const offer = open(sender);
    for (const member of members) assertEquals(offers.answer(offer, member), undefined);
  }
  const late = open();
  assertEquals(offers.answer(late, members[0]!)?.code, "files_busy");
  offers.forget(senders[0]!);
  assertEquals(offers.answer(late, members[0]!), undefined);
});

Deno.test("offers: those to a room end when it is deleted, or when all members have left it", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  const [alice, bob] = [chat.join("Alice", "json", "den"), chat.join("Bob", "json", "den")];
  const gone = (file: number) => ({ type: "withdrawn", file, reason: "gone" } as const);
  const ends = (person: TestClient) => person.frames().filter(({ type }) => type === "withdrawn");
  alice.say(offerTo("#den"));
  op.say({ type: "delete_room", room: "den" });
  assertEquals([ends(alice), ends(bob)], [[gone(1)], [gone(1)]]);

  for (const each of [alice, bob]) each.say({ type: "join", room: "tea" });
  for (let file = 2; file < 2 + MAX_FILES_PER_PERSON; file++) alice.say(offerTo("#tea"));
  alice.say({ type: "leave", room: "tea" });
  chat.advance(1000);
  assertEquals(ends(alice), [], "Bob may still accept");
  bob.say({ type: "leave", room: "tea" });
  // Another room with the same name.
  bob.say({ type: "join", room: "tea" });
  chat.advance(1000);
  assertEquals(ends(alice).length, MAX_FILES_PER_PERSON);
  assertEquals(refusal(bob, { type: "accept", file: 2, id: "x" }), ["no_such_file", "x"]);
  assertEquals(answers(alice, offerTo("#lobby"))[0]?.type, "ack", "they count no more");
});

Deno.test("offers: with too many stored answers, an offer to a room is not accepted at all", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  alice.say(offerTo("#lobby"));
  const full = chat.files.offers.find(1, carol.session.member!)!;
  for (let count = 0; count < 65_536; count++) {
    chat.files.offers.answer(full, memberOf(`other ${count}`));
  }
  bob.frames();
  for (let count = 0; count < 2; count++) {
    assertEquals(refusal(bob, { type: "accept", file: 1, id: "x" }), ["files_busy", "x"]);
  }
  assertEquals(chat.files.transfers.size, 0);
  // One to a user takes no such place, and ends with its answer.
  alice.say(offerTo("Carol"));
  carol.say({ type: "accept", file: 2 });
  assertEquals(chat.files.transfers.size, 1);
  assertEquals(refusal(carol, { type: "accept", file: 2, id: "x" }), ["no_such_file", "x"]);
});

const LIMITS = { softBytes: 200, softMilliseconds: 1000, hardBytes: 4000 };

/** A client that does not read, and for which messages of its room are skipped. */
function skippedClient(chat: Chat, name: string): TestClient {
  const client = chat.connect("json", { limits: LIMITS });
  client.say({ type: "hello", name });
  client.received();
  client.isStalled = true;
  const other = chat.join("Filler");
  for (let count = 0; count < 3; count++) {
    other.say({ type: "message", text: "x".repeat(200) });
    chat.clock.advance(LIMITS.softMilliseconds + 1);
  }
  assert(client.subscriber.outbox.isSkipping);
  return client;
}

/** The frames of offers that a client gets once it reads again. */
function offersRead(chat: Chat, client: TestClient): [type: string, file: number][] {
  client.isStalled = false;
  for (let count = 0; count < 3; count++) chat.flush();
  return client.frames().flatMap((frame) =>
    frame.type === "offered" || frame.type === "withdrawn" ? [[frame.type, frame.file]] : []
  );
}

Deno.test("offers: a client whose messages are skipped gets those to itself, and their ends", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), skippedClient(chat, "Bob")];
  alice.say(offerTo("Bob"), offerTo("Bob"), { type: "withdraw", file: 1 });
  assertEquals(offersRead(chat, bob), [["offered", 1], ["offered", 2], ["withdrawn", 1]]);
});

Deno.test("offers: a client whose messages are skipped gets those to its room, and their ends", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), skippedClient(chat, "Bob")];
  alice.say({ type: "message", text: "x" }, offerTo("#lobby"), { type: "message", text: "y" });
  alice.say(offerTo("#lobby"));
  alice.say({ type: "withdraw", file: 2 });
  // An answer in the middle of the batch cuts it into pieces.
  bob.say({ type: "ping", t: 1 });
  assertEquals(offersRead(chat, bob), [["offered", 1], ["offered", 2], ["withdrawn", 2]]);
});

Deno.test("offers: a sender whose messages are skipped gets the end of an expired one", () => {
  const chat = new Chat();
  const alice = skippedClient(chat, "Alice");
  chat.join("Bob");
  alice.say(offerTo("Bob"));
  chat.advance(OFFER_SECONDS * 1000);
  assertEquals(offersRead(chat, alice), [["withdrawn", 1]]);
});

Deno.test("offers: a client that does not read at all gets a bounded number, and the sender an error", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), skippedClient(chat, "Bob")];
  let refused = 0;
  for (let count = 0; count < 100; count++) {
    for (const to of ["Bob", "#lobby"]) {
      const [answer] = answers(alice, offerTo(to));
      if (answer?.type === "ack") alice.say({ type: "withdraw", file: answer.file! });
      else if (answer?.type === "error" && answer.code === "not_reading") refused++;
    }
  }
  assertLess(refused, 100);
  assertGreater(refused, 50);
  assertLess(bob.subscriber.outbox.waitingBytes, LIMITS.hardBytes / 2 + 200);
  assertEquals(bob.subscriber.outbox.isSkipping, true);
  bob.say({ type: "ping", t: 1 });
  assert(!bob.session.isEnded, "an answer still has its place");
});
