import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NAME_PROMPT } from "../../../protocol/mod.ts";
import type { LoginResult } from "../../../server/chat/authenticator.ts";
import { Registrations } from "../../../server/accounts/registrations.ts";
import { MemoryAccounts } from "../../../server/storage/accounts.ts";
import { promises, storeWithAccounts } from "../chat.ts";
import { Stage } from "../connections.ts";

Deno.test("connection: input is handled in the turn, never in the socket's own callback", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  assertEquals(transport.written, "");
  stage.settle();
  assertStringIncludes(transport.written, "Welcome");
});

Deno.test("connection: a client over the maximum gets the reason and is closed", () => {
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
  assertEquals(stage.endedConnections, 1);
});

Deno.test("connection: a client without a name in time gets the reason and is closed", () => {
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

Deno.test("connection: a client with a name has no deadline", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  assertEquals(stage.timers.size, 0);
  stage.timers.advance(3_600_000);
  assertEquals(transport.isEnded, false);
});

Deno.test("connection: 64 KB of unread input pause the socket until they are handled", () => {
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
  assertEquals(stage.chat.hub.members.find("Alice")!.memberships.only!.seq, 32 * 1024);
});

Deno.test("connection: throttled input continues when tokens are available", () => {
  using stage = new Stage();
  const { chat, timers } = stage;
  const { transport } = stage.connect({ rate: { perSecond: 10, burst: 2 } });
  transport.receive("Alice\n1\n2\n3\n");
  stage.settle();
  const seq = () => chat.hub.members.find("Alice")!.memberships.only!.seq;
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

Deno.test("connection: a throttled socket with 256 KB of unread input is paused until some are handled", () => {
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

Deno.test("connection: a client that does not read its answers is not read until it does", () => {
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

Deno.test("connection: input before the client's end is sent, then the connection is half-closed", () => {
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
  assertEquals(stage.endedConnections, 1);
  assertEquals(stage.timers.size, 0);
});

Deno.test("connection: input before a broken connection is sent, too", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect();
  transport.receive("Alice\nhi\n");
  transport.close();
  assertEquals(stage.endedConnections, 0, "remaining input is handled first");
  stage.settle();
  stage.chat.flush();
  assertStringIncludes(bob.received(), "Alice: hi\n[12:00:00] *** Alice has left the chat. ***\n");
  assertEquals(stage.endedConnections, 1);
});

Deno.test("connection: a client that does not close its side is disconnected after five seconds", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\nquit\n");
  stage.settle();
  assertStringIncludes(transport.written, "Goodbye, Alice!");
  assert(transport.isEnded);
  transport.receive("still talking\n".repeat(10_000));
  assertEquals(transport.isPaused, false, "input is discarded, so that the last bytes arrive");
  stage.timers.advance(4999);
  assertEquals(transport.isDestroyed, false);
  stage.timers.advance(1);
  assertEquals(transport.isDestroyed, true);
  assertEquals(stage.endedConnections, 1);
});

Deno.test("connection: any amount of input after a quit is read and dropped", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\nquit\n" + "x\n".repeat(64 * 1024));
  assertEquals(transport.isPaused, true);
  stage.settle();
  assertEquals(transport.isPaused, false, "otherwise the client's end would not be detected");
  assert(transport.isEnded);
});

Deno.test("connection: more than 1 MiB of input after the end resets the connection", () => {
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

Deno.test("connection: a throttled socket without a name is paused at 16 KB of unread input", () => {
  using stage = new Stage();
  const { transport } = stage.connect({ rate: { perSecond: 10, burst: 2 } }, "", "json");
  transport.receive('{"type":"ping","t":1}\n'.repeat(800));
  stage.settle();
  assertEquals(transport.isPaused, true);
});

Deno.test("connection: a shutdown sends the reason and closes", () => {
  using stage = new Stage();
  const { transport, connection } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  connection.shutDown("shutdown");
  stage.settle();
  assertStringIncludes(transport.written, "The server is shutting down.");
  assert(transport.isEnded);
  transport.close();
  assertEquals(stage.endedConnections, 1);
});

Deno.test("connection: a client that closes before its first byte is removed from the registry, once", () => {
  for (const isOrderly of [false, true]) {
    using stage = new Stage();
    const { transport } = stage.connect();
    if (isOrderly) transport.endInput();
    stage.settle();
    transport.close();
    stage.settle();
    assertEquals(stage.endedConnections, 1);
    assertEquals(stage.timers.size, 0);
  }
});

Deno.test("connection: the bytes of the detection are handled first", () => {
  using stage = new Stage();
  const { transport } = stage.connect({}, "Alice\n");
  transport.receive("/users\n");
  stage.settle();
  assertStringIncludes(transport.written, "Online users (1): Alice");
});

Deno.test("connection: the input of a throttled client that disconnects is handled at once, within bounds", () => {
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
  assertEquals(stage.endedConnections, 1);
  assertEquals(stage.chat.hub.members.find("Alice"), undefined);
  assertEquals(stage.timers.size, 0);
});

Deno.test("connection: without a rate limit all input of a client that disconnects is handled", () => {
  using stage = new Stage();
  const bob = stage.chat.join("Bob", "text");
  const { transport } = stage.connect();
  transport.receive(`Alice\n${"hi\n".repeat(1000)}`);
  transport.close();
  stage.settle();
  stage.chat.flush();
  assertEquals(bob.received().match(/Alice: hi/g)?.length, 1000);
});

Deno.test("connection: a client that joins after its disconnection has its name for two seconds", async () => {
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
    welcome: {
      name: "Alice",
      rooms: [room],
      isAuthenticated: false,
      isOperator: false,
      listens: false,
    },
  });
  await promises();
  stage.settle();
  assert(hub.members.find("Alice") !== undefined, "its password is hashed");
  stage.timers.advance(2000);
  assertEquals(hub.members.find("Alice"), undefined);
  assertEquals([stage.endedConnections, stage.timers.size], [1, 0]);
});
