import { assertEquals } from "@std/assert";
import { type ClientFrame, MAX_FILES_PER_PERSON } from "../../../../protocol/mod.ts";
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
  alice.say({ type: "leave" });
  chat.advance(1000);
  assertEquals(ends(alice), [], "Bob may still accept");
  bob.say({ type: "leave" });
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
