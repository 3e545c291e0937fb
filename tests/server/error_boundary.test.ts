import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Chat } from "../../server/chat/chat.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { everyFrameType, sampleFrame } from "../support/string_fields.ts";
import { Stage } from "./connections.ts";

const HELLO = { type: "hello", name: "Alice" };
const PING = { type: "ping", t: 1 };

const json = (frame: object) => JSON.stringify(frame) + "\n";

/**
 * A server whose parts throw on any access once they are armed; the chat for other clients works.
 *
 * @param times number of errors, after which the parts work again.
 */
function armedServer(stage: Stage, times: number) {
  let left = 0;
  const trap = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, key) {
        if (left > 0) {
          left--;
          throw new Error("A part is broken");
        }
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const { server } = stage.chat;
  const chat: Partial<Chat> = {
    hub: trap(server.hub),
    store: trap(server.store),
    files: trap(server.files),
    moderation: trap(server.moderation),
    resumption: trap(server.resumption),
    authenticator: trap(server.authenticator),
    encoders: { ...server.encoders, json: trap(server.encoders.json) },
  };
  return {
    options: { chat },
    arm: () => left = times,
    disarm: () => left = 0,
    isHit: () => left < times,
  };
}

Deno.test("error boundary: a slice of long work that keeps throwing ends only its client", () => {
  using stage = new Stage();
  const bob = stage.connect({}, json({ type: "hello", name: "Bob" }), "json").transport;
  const { options, arm } = armedServer(stage, 1000);
  const { transport } = stage.connect(options, json({ type: "hello", name: "Alice" }), "json");
  stage.settle();
  for (let count = 0; count < 60; count++) {
    stage.connect({}, json({ type: "hello", name: `m${count}` }), "json");
  }
  stage.settle();
  const { addSlice } = stage.chat.server.scheduler;
  stage.chat.server.scheduler.addSlice = (slice) => {
    arm();
    addSlice.call(stage.chat.server.scheduler, slice);
  };
  transport.receive(json({ type: "users" }));
  stage.settle();
  assert(transport.isEnded || transport.isDestroyed, "the client is ended");
  bob.receive(json({ type: "ping", t: 7 }));
  stage.settle();
  assertStringIncludes(bob.written, '"type":"pong","t":7');
});

for (const type of everyFrameType()) {
  for (const times of [1, 1000]) {
    Deno.test(`error boundary: ${type} that throws ${times} times ends only its client`, () => {
      using stage = new Stage();
      const bob = stage.connect({}, json({ type: "hello", name: "Bob" }), "json").transport;
      const { options, arm, disarm, isHit } = armedServer(stage, times);
      const { transport } = stage.connect(options, "", "json");
      if (type !== "hello") {
        transport.receive(json(HELLO));
        stage.settle();
        stage.chat.hub.members.find("Alice")!.isOperator = true;
      }
      arm();
      transport.receive(json(sampleFrame(type)));
      stage.settle();
      // A frame without effect cannot throw.
      if (!isHit()) return assertEquals(type, "pong");
      disarm();
      stage.settle();
      assert(transport.isEnded || transport.isDestroyed, "the client is ended");
      if (times === 1) assertStringIncludes(transport.written, '"code":"internal_error"');
      const { metrics } = stage.chat.server;
      assert(metrics.internalErrors > 0);
      const logged = stage.chat.log.entries.filter(({ event }) => event === "internal error");
      assertStringIncludes(String(logged[0]?.fields.stack), "A part is broken");
      bob.receive(json({ type: "ping", t: 7 }));
      stage.settle();
      assertStringIncludes(bob.written, '"type":"pong","t":7');
      assert(!bob.isEnded && !bob.isDestroyed);
    });
  }
}

Deno.test("error boundary: a closed connection whose end keeps throwing is removed after its deadline", () => {
  using stage = new Stage();
  const { options, arm, disarm } = armedServer(stage, 1000);
  const { transport, connection } = stage.connect(options, json(HELLO), "json");
  stage.settle();
  arm();
  transport.receive(json(PING));
  transport.close();
  stage.settle();
  assertEquals([connection.isOver, stage.registry.size], [false, 1]);
  stage.timers.advance(2000);
  disarm();
  stage.settle();
  assertEquals([connection.isOver, stage.registry.size, stage.timers.size], [true, 0, 0]);
});

for (const hasAnswer of [false, true]) {
  const what = hasAnswer ? "an answer among the messages" : "messages alone";
  Deno.test(`error boundary: a failed write ends only its member, and the others receive everything: ${what}`, () => {
    using stage = new Stage();
    const hello = (name: string) => json({ type: "hello", name });
    const [ann, bob, cid] = ["Ann", "Bob", "Cid"].map((name) =>
      stage.connect({}, hello(name), "json").transport
    );
    stage.settle();
    bob!.write = () => {
      throw new Error("The socket is broken");
    };
    ann!.receive(json({ type: "message", text: "to all" }));
    if (hasAnswer) bob!.receive(json(PING));
    stage.settle();
    assertStringIncludes(cid!.written, '"text":"to all"');
    assertStringIncludes(cid!.written, '"type":"left","room":"lobby","name":"Bob"');
    assert(bob!.isEnded || bob!.isDestroyed);
    cid!.receive(json({ type: "message", text: "once more" }));
    stage.settle();
    assertStringIncludes(ann!.written, '"text":"once more"');
    assertEquals(stage.chat.server.metrics.internalErrors, 1);
  });
}

Deno.test("error boundary: unreadable data is an error for the client, which stays connected", () => {
  using stage = new Stage();
  const { transport } = stage.connect({}, json(HELLO), "json");
  stage.settle();
  const { history } = stage.chat.store;
  const damaged = () => {
    throw new StorageError("read", "/data", "corrupt");
  };
  history.lastSeq = damaged;
  history.read = damaged;
  stage.chat.store.topics.save = damaged;
  const frames = [
    { type: "join", room: "tea" },
    { type: "history" },
    { type: "topic", text: "tea" },
  ];
  for (const frame of frames) {
    transport.written = "";
    transport.receive(json({ ...frame, id: "7" }));
    transport.receive(json(PING));
    stage.settle();
    assertStringIncludes(transport.written, '"code":"storage_failed"', frame.type);
    assertStringIncludes(transport.written, '"ref":"7"', frame.type);
    assertStringIncludes(transport.written, '"type":"pong"', frame.type);
  }
  const late =
    stage.connect({}, json({ type: "hello", name: "Late", rooms: ["tea"] }), "json").transport;
  stage.settle();
  assertStringIncludes(late.written, '"code":"storage_failed"');
  assert(!transport.isEnded && !late.isEnded);
  assertEquals(stage.chat.server.metrics.internalErrors, 0);
});
