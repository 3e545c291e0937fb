/** Messages that a resumed session has sent itself: accepted once, however often they are sent. */

import { assertEquals } from "@std/assert";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { Chat } from "../chat.ts";
import { aliceAndBob, resume, textsOf, typesOf } from "./resuming.ts";

Deno.test("resumption: own messages are not replayed, and not accepted twice", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const own = { type: "message", text: "own", id: "a" };
  alice.say({ type: "message", text: "early", id: "0" }, own);
  bob.say({ type: "message", text: "other" });
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session, rooms: { lobby: 1 } });
  assertEquals(textsOf(back.frames()), ["other"]);
  back.say(own);
  assertEquals(
    back.frames(),
    [{ type: "ack", id: "a", room: "lobby", seq: 2 }],
    "with its first number",
  );
  assertEquals(bob.frames(), []);
  back.say({ ...own, id: "b" });
  assertEquals(back.frames(), [{ type: "ack", id: "b", room: "lobby", seq: 4 }]);
  assertEquals(textsOf(bob.frames()), ["own"]);
});

Deno.test("resumption: own messages are acknowledged before later ones, in case the replay is cut", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const own = { type: "message", text: "own", id: "a" };
  for (const person of [bob, alice, bob]) person.say(own);
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session });
  const seen = back.frames().flatMap((frame) => "seq" in frame ? [[frame.type, frame.seq]] : []);
  assertEquals(seen, [["message", 1], ["ack", 2], ["message", 3]]);
});

Deno.test("resumption: messages to a room that was left are not sent again to the next", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const own = { type: "message", text: "own", id: "a" };
  alice.say(own, { type: "join", room: "tea" }, { type: "leave", room: "lobby" });
  const carol = chat.join("Carol", "json", "tea");
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session, rooms: { Lobby: 0 } });
  back.frames();
  back.say(own);
  assertEquals(back.frames(), [{ type: "ack", id: "a" }], "its number is not one of this room");
  assertEquals([...bob.frames(), ...carol.frames()], []);
});

Deno.test("resumption: a message to a room that was entered and left without an answer is accepted once", () => {
  const store = createMemoryStore({ historyLimit: 20_000 });
  const { chat, alice, session } = aliceAndBob(new Chat({ store }));
  const carol = chat.join("Carol", "json", "tea");
  const author = carol.session.member!;
  const room = author.memberships.only!;
  // More than a replay searches.
  for (let count = 0; count < 5001; count++) {
    chat.hub.sendMessage(author, room, "x", undefined, "c");
  }
  const visit = [
    { type: "join", room: "tea" },
    { type: "message", room: "tea", text: "own", id: "a" },
    { type: "leave", room: "tea" },
  ];
  alice.say(...visit);
  alice.endInput();
  carol.frames();
  const back = resume(chat, { session, rooms: { lobby: 0, tea: 0 } });
  back.frames();
  back.say(...visit);
  assertEquals(back.frames().map(({ type }) => type), ["joined", "ack", "left"]);
  assertEquals(typesOf(carol), ["joined", "left"]);
});

Deno.test("resumption: messages of an earlier stay in a room are accepted once, and so are later ones", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const carol = chat.join("Carol", "json", "tea");
  const [tea, lobby] = [{ room: "tea", id: "a" }, { room: "lobby", id: "b" }];
  const own = [tea, lobby].map((where) => ({ type: "message", text: "own", ...where }));
  const [join, leave] = [{ type: "join", room: "tea" }, { type: "leave", room: "tea" }];
  alice.say(join, ...own, leave);
  carol.say({ type: "message", room: "tea", text: "between" });
  // Repeated, and broken again before the rest.
  alice.say(join);
  alice.endInput();
  for (const each of [bob, carol]) each.frames();
  const back = resume(chat, { session, rooms: { lobby: 0, tea: 0 } });
  assertEquals(textsOf(back.frames()), [], "the client was not in the room");
  back.say(join, ...own, leave);
  assertEquals(back.frames().map(({ type }) => type), ["error", "ack", "ack", "left"]);
  assertEquals(textsOf([...bob.frames(), ...carol.frames()]), []);
});

Deno.test("resumption: a refused message does not double the repeated ones behind it", () => {
  const { alice, bob, chat, session } = aliceAndBob();
  const own = { type: "message", room: "lobby", text: "own", id: "b" };
  alice.say(own);
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session, rooms: { lobby: 0 } });
  back.frames();
  back.say({ type: "message", room: "tea", text: "own", id: "a" }, own);
  assertEquals(back.frames().map(({ type }) => type), ["error", "ack"]);
  assertEquals(textsOf(bob.frames()), []);
});

Deno.test("resumption: an id may be used twice before the connection breaks", () => {
  const { alice } = aliceAndBob();
  const twice = { type: "message", text: "x", id: "a" };
  alice.say(twice, twice);
  assertEquals(alice.frames().map((frame) => "seq" in frame && frame.seq), [1, 2]);
});

Deno.test("resumption: a gap of own messages only is not reported as skipped", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.say(...["a", "b", "c"].map((id) => ({ type: "message", text: id, id })));
  alice.endInput();
  assertEquals(typesOf(resume(chat, { session })), ["welcome", "ack", "ack", "ack"]);
});
