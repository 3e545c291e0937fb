import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Chat } from "../chat.ts";

Deno.test("session: input before its end is sent, then the session ends", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text");
  alice.push("Alice\nhi\nno line end");
  assertEquals(alice.endInput(), "ended");
  assertEquals(
    bob.received(),
    "[12:00:00] *** Alice has joined the chat! ***\n" +
      "[12:00:00] Alice: hi\n" +
      "[12:00:00] Alice: no line end\n" +
      "[12:00:00] *** Alice has left the chat. ***\n",
  );
  assert(alice.transport.isEnded);
});

Deno.test("session: at the end of the input throttling still applies, unread answers do not", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text", {
    rate: { perSecond: 10, burst: 2 },
    limits: { softBytes: 1, softMilliseconds: 1000, hardBytes: 10_000 },
  });
  alice.isStalled = true;
  alice.push("Alice\n/users\nhi\n");
  assertEquals(alice.endInput(), "throttled");
  chat.clock.advance(100);
  assertEquals(alice.work(), "ended", "the client never reads its answers");
  assertStringIncludes(bob.received(), "Alice: hi\n");
});

Deno.test("session: quit sends bye, ends, and drops later input", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.join("Alice", "text");
  bob.received();
  assertEquals(alice.say("quit", "too late"), "ended");
  assertEquals(alice.received(), "[12:00:00] [SYSTEM]: Goodbye, Alice!\n");
  assertEquals(bob.received(), "[12:00:00] *** Alice has left the chat. ***\n");
  assert(alice.transport.isEnded);
  assertEquals(alice.send("more\n"), "ended");
  assertEquals(chat.hub.members.size, 1);
});

Deno.test("session: quit before the name sends `bye` without a name", () => {
  const chat = new Chat();
  const person = chat.connect("text");
  person.received();
  assertEquals(person.say("/quit"), "ended");
  assertEquals(person.received(), "[12:00:00] [SYSTEM]: Goodbye!\n");
});

Deno.test("session: shutting down informs each client once, and reports no leave", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const bob = chat.join("Bob");
  for (const { session } of [alice, bob]) session.shutDown("shutdown");
  alice.session.shutDown("shutdown");
  chat.flush();
  const text = "The server is shutting down.";
  assertStringIncludes(alice.received(), `[12:00:00] [SYSTEM]: ${text}\n`);
  assertEquals(bob.frames(), [{ type: "bye", reason: "shutdown", text }]);
  assert(alice.transport.isEnded && bob.transport.isEnded);
});

Deno.test("session: a close sends the reason, once", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.join("Alice");
  bob.received();
  const why = { code: "server_full", text: "Server is full." } as const;
  alice.session.close(why);
  alice.session.close(why);
  chat.flush();
  assertEquals(alice.frames(), [{ type: "error", ...why }]);
  assertEquals(bob.frames().map(({ type }) => type), ["left"]);
  assertEquals(alice.session.isEnded, true);
});

Deno.test("session: the end of a client that has not joined is not announced", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  chat.connect("text").endInput();
  assertEquals(bob.received(), "");
});
