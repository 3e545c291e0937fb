import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lengthPrefix, NAME_PROMPT } from "../../protocol/mod.ts";
import { Metrics } from "../../server/metrics/metrics.ts";
import { Reception } from "../../server/reception.ts";
import type { Visitor } from "../../server/visitor.ts";
import { FakeEnd, Stage } from "./connections.ts";

/** A socket that is asked for nothing but what a reception and a wire need. */
class FakeSocket extends FakeEnd {
  readonly remoteAddress = "::ffff:192.0.2.1";
  readonly remotePort = 4000;
  readonly #events = new EventEmitter();
  #encoding: "latin1" | undefined;

  on = (event: string, listener: () => void) => this.#events.on(event, listener);
  once = (event: string, listener: () => void) => this.#events.once(event, listener);
  removeListener = (event: string, listener: () => void) =>
    this.#events.removeListener(event, listener);
  setNoDelay(): void {}
  setKeepAlive(): void {}
  setEncoding(encoding: "latin1"): void {
    this.#encoding = encoding;
  }
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }

  emit(event: "data" | "end" | "error" | "close", argument?: unknown): void {
    this.#events.emit(event, argument);
  }

  /** A chunk comes in, as `net` gives it: bytes at first, then as it was asked for. */
  receive(text: string): void {
    const chunk = Buffer.from(text, "latin1");
    this.emit("data", this.#encoding === undefined ? chunk : chunk.toString(this.#encoding));
  }
}

/** A stage whose visitors come by socket. */
class Entrance extends Stage {
  readonly visitors = new Set<Visitor>();
  readonly metrics = new Metrics();

  receive() {
    const socket = new FakeSocket();
    this.ends.push(socket);
    const reception = new Reception(socket as unknown as Socket, {
      ...this.server,
      metrics: this.metrics,
      replace: (visitor, by) => {
        assert(this.visitors.delete(visitor), "only a visitor can be replaced");
        if (by !== undefined) this.visitors.add(by);
      },
    });
    this.visitors.add(reception);
    return { socket, reception };
  }
}

Deno.test("reception: silence for 150 ms is a person, who is asked for a name", () => {
  using entrance = new Entrance();
  const { socket } = entrance.receive();
  entrance.timers.advance(149);
  entrance.settle();
  assertEquals(socket.written, "");
  entrance.timers.advance(1);
  entrance.settle();
  assertEquals(socket.written, NAME_PROMPT);
});

Deno.test("reception: while the server is busy, silence says nothing", () => {
  using entrance = new Entrance();
  const { socket } = entrance.receive();
  entrance.chat.clock.advance(400);
  entrance.timers.advance(150);
  socket.receive('{"type":"hello","name":"bot"}\n');
  entrance.settle();
  assertStringIncludes(socket.written, '{"type":"welcome","name":"bot"');
  // But not for ever.
  const patient = entrance.receive();
  for (let late = 0; late <= 10; late++) {
    assertEquals(patient.socket.written, "");
    entrance.chat.clock.advance(400);
    entrance.timers.advance(150);
    entrance.settle();
  }
  assertEquals(patient.socket.written, NAME_PROMPT);
});

Deno.test("reception: the first byte tells who it is, and is not lost", () => {
  const hello = '{"type":"hello","name":"bot"}';
  for (
    const [input, answer] of [
      ["Alice\n", `${NAME_PROMPT}[12:00:00] [SYSTEM]: Welcome, Alice!`],
      [hello + "\n", '{"type":"welcome","name":"bot"'],
      [lengthPrefix(hello.length) + hello, '{"type":"welcome","name":"bot"'],
    ] as const
  ) {
    for (const chunks of [[input], input.split("")]) {
      using entrance = new Entrance();
      const { socket } = entrance.receive();
      for (const chunk of chunks) socket.receive(chunk);
      entrance.settle();
      assertStringIncludes(socket.written, answer);
      entrance.timers.advance(150);
      entrance.settle();
      const prompts = socket.written.split(NAME_PROMPT).length - 1;
      assertEquals(prompts, input.startsWith("A") ? 1 : 0, "silence does not count any more");
    }
  }
});

Deno.test("reception: somebody else stands for the socket from the detection on", () => {
  using entrance = new Entrance();
  const { socket, reception } = entrance.receive();
  assertEquals([...entrance.visitors], [reception]);
  socket.receive("Alice\n");
  assertEquals(entrance.visitors.size, 1);
  assertEquals(entrance.visitors.has(reception), false);
});

Deno.test("reception: a socket that breaks before it said anything is nobody's", () => {
  using entrance = new Entrance();
  const { socket } = entrance.receive();
  socket.emit("error", new Error("ECONNRESET"));
  socket.emit("close");
  assertEquals(entrance.visitors.size, 0);
  assertEquals(entrance.forgotten, [], "it never was a client");
  assertEquals(entrance.timers.size, 0);
});

Deno.test("reception: one that ends before it said anything is closed in order", () => {
  using entrance = new Entrance();
  const { socket } = entrance.receive();
  socket.emit("end");
  entrance.settle();
  assert(socket.isEnded);
  socket.emit("close");
  assertEquals(entrance.forgotten, [true]);
  assertEquals(entrance.timers.size, 0);
});

Deno.test("reception: when the server stops, who said nothing yet is closed without a word", () => {
  using entrance = new Entrance();
  const { socket, reception } = entrance.receive();
  reception.shutDown();
  entrance.settle();
  assertEquals(socket.written, "");
  assert(socket.isDestroyed);
  assertEquals(entrance.visitors.size, 0);
  assertEquals(entrance.timers.size, 0);
});

Deno.test("reception: what comes after the detection, and the end, reaches the session", () => {
  using entrance = new Entrance();
  const bob = entrance.chat.join("Bob", "text");
  const { socket } = entrance.receive();
  socket.receive("A");
  socket.receive("lice\nh\xc3\xa9");
  socket.receive(" there\nlast");
  socket.emit("end");
  entrance.settle();
  entrance.chat.flush();
  assertStringIncludes(bob.heard(), "Alice: hé there\n[12:00:00] Alice: last\n");
  assert(socket.isEnded);
});

Deno.test("reception: an IPv4 address that came in by IPv6 is logged as one", () => {
  using entrance = new Entrance();
  const { socket } = entrance.receive();
  socket.receive("Alice\n");
  entrance.settle();
  const addresses = entrance.chat.log.entries.map(({ fields }) => fields.address);
  assertEquals(addresses, ["192.0.2.1:4000", "192.0.2.1:4000"]);
});
