import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NAME_PROMPT } from "../../../protocol/mod.ts";
import type { LoginResult } from "../../../server/chat/authenticator.ts";
import { Registrations } from "../../../server/accounts/registrations.ts";
import { MemoryAccounts } from "../../../server/storage/accounts.ts";
import { promises, storeWithAccounts } from "../chat.ts";
import { Stage } from "../connections.ts";

Deno.test("connection: input is worked on in the turn, never in the socket's own callback", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  assertEquals(transport.written, "");
  stage.settle();
  assertStringIncludes(transport.written, "Welcome");
});

Deno.test("connection: one too many gets the reason and is closed", () => {
  using stage = new Stage();
  stage.fill();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  assertEquals(
    transport.written,
    "[12:00:00] [ERROR]: Server is full (10 of 10). Try again later.\n",
  );
  assert(transport.isEnded);
  transport.close();
  assertEquals(stage.forgotten, 1);
});

Deno.test("connection: without a name in time it gets the reason and is closed", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  stage.settle();
  assertEquals(transport.written, NAME_PROMPT);
  stage.timers.advance(59_999);
  stage.settle();
  assertEquals(transport.isEnded, false);
  stage.timers.advance(1);
  stage.settle();
  assertStringIncludes(transport.written, "No name was sent within 60 seconds.");
  assert(transport.isEnded);
});

Deno.test("connection: with a name the time is no matter", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  assertEquals(stage.timers.size, 0);
  stage.timers.advance(3_600_000);
  assertEquals(transport.isEnded, false);
});

Deno.test("connection: 64 KB that wait pause the socket until they were worked on", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  transport.receive("x\n".repeat(32 * 1024 - 1));
  assertEquals(transport.isPaused, false);
  transport.receive("x\n");
  assertEquals(transport.isPaused, true);
  stage.settle();
  assertEquals(transport.isPaused, false);
  assertEquals(stage.chat.hub.members.find("Alice")!.room.seq, 32 * 1024);
});

Deno.test("connection: while throttled it goes on where it was when there are tokens", () => {
  using stage = new Stage();
  const { chat, timers } = stage;
  const { transport } = stage.connect({ rate: { perSecond: 10, burst: 2 } });
  transport.receive("Alice\n1\n2\n3\n");
  stage.settle();
  const seq = () => chat.hub.members.find("Alice")!.room.seq;
  assertEquals([seq(), transport.isPaused], [1, false]);
  for (const expected of [2, 3]) {
    chat.clock.advance(100);
    timers.advance(100);
    stage.settle();
    assertEquals(seq(), expected);
  }
  assertEquals(transport.isPaused, false);
  assertEquals(timers.size, 0);
});

Deno.test("connection: throttled with 256 KB that wait it is not read, until some were worked on", () => {
  using stage = new Stage();
  const { transport } = stage.connect({ rate: { perSecond: 1000, burst: 2 } });
  transport.receive("Alice\n1\n2\n");
  stage.settle();
  const line = `${"x".repeat(1023)}\n`;
  for (let count = 0; count < 4; count++) {
    assertEquals(transport.isPaused, false);
    transport.receive(line.repeat(64));
    stage.settle();
  }
  assertEquals(transport.isPaused, true);
  stage.chat.clock.advance(2);
  stage.timers.advance(2);
  stage.settle();
  assertEquals(transport.isPaused, false);
});

Deno.test("connection: while its answers wait it is not read, then it goes on", () => {
  using stage = new Stage();
  const { transport } = stage.connect(
    { outbox: { softBytes: 100, softMilliseconds: 1000, hardBytes: 100_000 } },
    "",
    "json",
  );
  transport.receive('{"type":"hello","name":"bot"}\n');
  stage.settle();
  transport.isStalled = true;
  for (let count = 0; count < 10; count++) {
    transport.receive('{"type":"ping","t":1}\n');
    stage.settle();
  }
  assertEquals(transport.isPaused, true);
  const before = transport.written;
  transport.isStalled = false;
  stage.settle();
  assertEquals(transport.isPaused, false);
  assert(transport.written.length > before.length);
  assertEquals(transport.written.split('"pong"').length - 1, 10);
});

Deno.test("connection: what came before the other side ended is said, then it is half-closed", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect();
  transport.receive("Alice\nhi\nlast");
  transport.endInput();
  stage.settle();
  stage.chat.flush();
  assertStringIncludes(bob.received(), "Alice: hi\n[12:00:00] Alice: last\n");
  assert(transport.isEnded && !transport.isDestroyed);
  transport.close();
  assertEquals(stage.forgotten, 1);
  assertEquals(stage.timers.size, 0);
});

Deno.test("connection: what came before the connection broke is said as well", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect();
  transport.receive("Alice\nhi\n");
  transport.close();
  assertEquals(stage.forgotten, 0, "there is work to do first");
  stage.settle();
  stage.chat.flush();
  assertStringIncludes(bob.received(), "Alice: hi\n[12:00:00] *** Alice has left the chat. ***\n");
  assertEquals(stage.forgotten, 1);
});

Deno.test("connection: who does not close after the end is cut off five seconds later", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\nquit\n");
  stage.settle();
  assertStringIncludes(transport.written, "Goodbye, Alice!");
  assert(transport.isEnded);
  transport.receive("still talking\n".repeat(10_000));
  assertEquals(transport.isPaused, false, "the rest is discarded, so that the final bytes arrive");
  stage.timers.advance(4999);
  assertEquals(transport.isDestroyed, false);
  stage.timers.advance(1);
  assertEquals(transport.isDestroyed, true);
  assertEquals(stage.forgotten, 1);
});

Deno.test("connection: what comes behind a quit is read and dropped, however much it is", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\nquit\n" + "x\n".repeat(64 * 1024));
  assertEquals(transport.isPaused, true);
  stage.settle();
  assertEquals(transport.isPaused, false, "or the other side's end would never be seen");
  assert(transport.isEnded);
});

Deno.test("connection: with a mebibyte behind the end it is reset", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\nquit\n");
  stage.settle();
  const chunk = "x".repeat(64 * 1024);
  for (let count = 0; count < 16; count++) transport.receive(chunk);
  assertEquals(transport.isDestroyed, false);
  transport.receive("x");
  assertEquals(transport.isDestroyed, true);
});

Deno.test("connection: throttled without a name it is not read with 16 KB that wait", () => {
  using stage = new Stage();
  const { transport } = stage.connect({ rate: { perSecond: 10, burst: 2 } }, "", "json");
  transport.receive('{"type":"ping","t":1}\n'.repeat(800));
  stage.settle();
  assertEquals(transport.isPaused, true);
});

Deno.test("connection: shutting down says goodbye and closes", () => {
  using stage = new Stage();
  const { transport, connection } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  connection.shutDown("shutdown");
  stage.settle();
  assertStringIncludes(transport.written, "The server is shutting down.");
  assert(transport.isEnded);
  transport.close();
  assertEquals(stage.forgotten, 1);
});

Deno.test("connection: one that closes before it said anything is forgotten, once", () => {
  for (const isOrderly of [false, true]) {
    using stage = new Stage();
    const { transport } = stage.connect();
    if (isOrderly) transport.endInput();
    stage.settle();
    transport.close();
    stage.settle();
    assertEquals(stage.forgotten, 1);
    assertEquals(stage.timers.size, 0);
  }
});

Deno.test("connection: what has come in with the start is worked on first", () => {
  using stage = new Stage();
  const { transport } = stage.connect({}, "Alice\n");
  transport.receive("/users\n");
  stage.settle();
  assertStringIncludes(transport.written, "Online users (1): Alice");
});

Deno.test("connection: a client that goes while it is throttled is worked on at once, within bounds", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect({ rate: { perSecond: 10, burst: 2 } });
  const lines = Array.from({ length: 100 }, (_, number) => `line ${number}\n`);
  transport.receive(`Alice\n${lines.join("")}`);
  stage.settle();
  assertEquals(bob.received().match(/Alice: line/g)?.length, 1);
  transport.close();
  stage.settle();
  stage.chat.flush();
  const received = bob.received();
  assertEquals(received.match(/Alice: line/g)?.length, 40);
  assertStringIncludes(received, "Alice: line 40\n[12:00:00] *** Alice has left");
  assertEquals(stage.forgotten, 1);
  assertEquals(stage.chat.hub.members.find("Alice"), undefined);
  assertEquals(stage.timers.size, 0);
});

Deno.test("connection: a client that leaves without a limit on the rate is read to the end", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect();
  transport.receive(`Alice\n${"hi\n".repeat(1000)}`);
  transport.close();
  stage.settle();
  stage.chat.flush();
  assertEquals(bob.received().match(/Alice: hi/g)?.length, 1000);
});

Deno.test("connection: a client that gets its name after it has gone keeps it for two seconds", async () => {
  using stage = new Stage();
  const { hub, server: { authenticator } } = stage.chat;
  const entered = Promise.withResolvers<LoginResult>();
  authenticator.logIn = () => entered.promise;
  const { transport } = stage.connect({
    chat: {
      store: storeWithAccounts(),
      registrations: new Registrations(new MemoryAccounts(), {
        maxAccounts: 1,
        registrationsPerHour: 0,
      }),
      hashPassword: () => new Promise(() => {}),
    },
  });
  transport.receive("Alice\n/register 12345678\n");
  stage.settle();
  transport.close();
  stage.settle();
  const room = hub.rooms.open("lobby").value!;
  entered.resolve({
    welcome: { name: "Alice", room, isAuthenticated: false, isOperator: false, listens: false },
  });
  await promises();
  stage.settle();
  assert(hub.members.find("Alice") !== undefined, "its name is hashed");
  stage.timers.advance(2000);
  assertEquals(hub.members.find("Alice"), undefined);
  assertEquals([stage.forgotten, stage.timers.size], [1, 0]);
});
