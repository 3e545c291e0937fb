import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { Chat } from "../chat.ts";
import { aliceAndBob, GRACE, resume, textsOf, typesOf } from "./resuming.ts";

Deno.test("resumption: an accepted whisper is not sent again", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const whisper = { type: "whisper", to: "Bob", text: "psst", id: "w" };
  alice.say(whisper);
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session });
  back.frames();
  back.say(whisper);
  assertEquals(back.frames(), [{ type: "ack", id: "w", to: "Bob" }]);
  assertEquals(bob.frames(), []);
});

Deno.test("resumption: an accepted whisper is acknowledged after its receiver has left", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "whisper", to: "Alice", text: "hi" });
  const whispers = [
    { type: "whisper", to: "Bob", text: "psst", id: "w" },
    { type: "reply", text: "psst", id: "r" },
  ];
  alice.say(...whispers);
  alice.endInput();
  bob.say({ type: "quit" });
  const back = resume(chat, { session });
  back.frames();
  back.say(...whispers, { ...whispers[0], id: "new" });
  const [first, second, third] = back.frames();
  assertEquals(first, { type: "ack", id: "w", to: "Bob" });
  assertEquals(second, { type: "ack", id: "r", to: "Bob" });
  assert(third?.type === "error" && third.code === "no_such_user");
});

Deno.test("resumption: many accepted whispers are not sent again", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const whispers = Array.from({ length: 300 }, (_, index) => {
    return { type: "whisper", to: "Bob", text: "psst", id: `${index}` };
  });
  alice.say(...whispers);
  alice.endInput();
  bob.frames();
  const back = resume(chat, { session });
  back.frames();
  back.say(...whispers);
  assertEquals(typesOf(back), whispers.map(() => "ack"));
  assertEquals(bob.frames(), []);
});

Deno.test("resumption: missed whispers arrive among the messages, by their time", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "whisper", to: "Alice", text: "known" });
  alice.endInput();
  for (const text of ["1", "2", "3", "4"]) {
    chat.clock.advance(1);
    const isWhisper = Number(text) % 2 === 0;
    bob.say(isWhisper ? { type: "whisper", to: "Alice", text } : { type: "message", text });
  }
  const back = resume(chat, { session, whisper: 1 });
  const [, ...missed] = back.frames();
  assertEquals(textsOf(missed), ["1", "2", "3", "4"]);
  assertEquals(
    missed.flatMap((frame) => frame.type === "whisper" ? [frame.number] : []),
    [2, 3],
  );
  bob.say({ type: "whisper", to: "Alice", text: "5" });
  const [next] = back.frames();
  assert(next?.type === "whisper");
  assertEquals(next.number, 4, "the numbers go on");
});

Deno.test("resumption: messages and whispers keep their order when the clock is set back", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.endInput();
  for (const text of ["1", "2", "3", "4"]) {
    chat.clock.advance(-1000);
    bob.say({ type: "message", text }, { type: "whisper", to: "Alice", text: `psst ${text}` });
  }
  const [, ...missed] = resume(chat, { session, whisper: 0 }).frames();
  const numbers = (type: ServerFrame["type"]) =>
    missed.flatMap((frame) =>
      frame.type !== type
        ? []
        : "seq" in frame
        ? [frame.seq]
        : "number" in frame
        ? [frame.number]
        : []
    );
  assertEquals(numbers("message"), [1, 2, 3, 4]);
  assertEquals(numbers("whisper"), [1, 2, 3, 4]);
});

Deno.test("resumption: without a number of whispers none are replayed", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.endInput();
  bob.say({ type: "whisper", to: "Alice", text: "psst" });
  const back = resume(chat, { session });
  assertEquals(typesOf(back), ["welcome"]);
  back.endInput();
  assertEquals(textsOf(resume(chat, { session, whisper: 0 }).frames()), ["psst"]);
});

Deno.test("resumption: the numbers of whispers continue past the grace period", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "whisper", to: "Alice", text: "1" });
  alice.endInput();
  bob.say({ type: "whisper", to: "Alice", text: "2" });
  chat.advance(GRACE);
  const back = resume(chat, { session, whisper: 1 });
  assertEquals(textsOf(back.frames()), ["2"]);
  bob.say({ type: "whisper", to: "Alice", text: "3" });
  const [next] = back.frames();
  assert(next?.type === "whisper");
  assertEquals(next.number, 3);
});

Deno.test("resumption: no waiting whisper is dropped for another one", () => {
  const store = createMemoryStore();
  const { alice, bob, session } = aliceAndBob(new Chat({ store }));
  const texts = Array.from({ length: 120 }, (_, index) => `${index + 1}`);
  const whisper = (text: string) => ({ type: "whisper", to: "Alice", text, id: text });
  bob.say(...texts.map(whisper));
  alice.endInput();
  bob.frames();
  bob.say(...texts.map(whisper));
  const answers = bob.frames();
  assertEquals(answers.slice(0, 100).map(({ type }) => type), texts.slice(0, 100).map(() => "ack"));
  for (const refused of answers.slice(100)) {
    assert(refused.type === "error" && refused.code === "not_reading");
  }
  assertEquals(answers.length, 120);

  const restarted = new Chat({ store });
  const carol = restarted.join("Carol", "text");
  carol.say("/whisper Alice late");
  assertStringIncludes(carol.received(), "reads too slowly", "across a restart, too");
  const [, ...missed] = resume(restarted, { session, whisper: 120 }).frames();
  assertEquals(textsOf(missed), texts.slice(0, 100));
  carol.say("/whisper Alice hi");
  assertStringIncludes(carol.received(), "WHISPER to Alice");
});
