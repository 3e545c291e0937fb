import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Socket } from "node:net";
import { lengthPrefix, MISSING_LINE_END_MILLISECONDS, NAME_PROMPT } from "../../../protocol/mod.ts";
import { broken, SocketStage } from "./socket_stage.ts";

Deno.test("sniffer: a client that is silent for 150 ms is prompted for a name", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  stage.timers.advance(149);
  stage.settle();
  assertEquals(socket.written, "");
  stage.timers.advance(1);
  stage.settle();
  assertEquals(socket.written, NAME_PROMPT);
});

Deno.test("sniffer: with a certificate the server waits 500 ms for a client with TLS, then prompts", () => {
  using stage = new SocketStage();
  const handshake = { shutDown() {}, destroy() {} };
  const tls = { admit: () => handshake };
  const [late, silent] = [stage.accept({ tls }), stage.accept({ tls })];
  stage.timers.advance(499);
  late.socket.receive("\x16\x03\x01\x02\x00\x01");
  stage.settle();
  assertEquals(silent.socket.written, "");
  stage.timers.advance(1);
  stage.settle();
  assertEquals([late.socket.written, silent.socket.written], ["", NAME_PROMPT]);
});

Deno.test("sniffer: while the server is busy, silence does not count", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  stage.chat.clock.advance(400);
  stage.timers.jump(150);
  socket.receive('{"type":"hello","name":"bot"}\n');
  stage.settle();
  assertStringIncludes(socket.written, '{"type":"welcome","name":"bot"');
  // Only for a bounded number of late timers.
  const patient = stage.accept();
  for (let late = 0; late <= 10; late++) {
    assertEquals(patient.socket.written, "");
    stage.chat.clock.advance(400);
    stage.timers.jump(150);
    stage.settle();
  }
  stage.timers.advance(100);
  stage.settle();
  assertEquals(patient.socket.written, NAME_PROMPT);
});

Deno.test("sniffer: a pause that ends just before the silence does is noticed", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  stage.chat.clock.advance(149);
  stage.timers.jump(149);
  stage.chat.clock.advance(1);
  stage.timers.advance(1);
  stage.settle();
  assertEquals(socket.written, "");
  for (let part = 0; part < 3; part++) {
    assertEquals(socket.written, "");
    stage.chat.clock.advance(50);
    stage.timers.advance(50);
    stage.settle();
  }
  assertEquals(socket.written, NAME_PROMPT);
});

Deno.test("sniffer: single characters during the detection of HTTP count as typed", () => {
  for (const [chunks, isTold] of [[["P", "a"], false], [["Pa"], true]] as const) {
    using stage = new SocketStage();
    const { socket } = stage.accept();
    for (const chunk of chunks) socket.receive(chunk);
    stage.settle();
    stage.chat.clock.advance(MISSING_LINE_END_MILLISECONDS);
    stage.timers.advance(MISSING_LINE_END_MILLISECONDS);
    stage.settle();
    assertEquals(socket.written.includes("newline"), isTold, chunks.join("|"));
  }
});

const INTRODUCTION = '{"type":"server","server":"hubbub test","protocol":0}\n';

Deno.test("sniffer: a record separator requests an introduction, which is sent first", () => {
  const hello = '{"type":"hello","name":"bot"}\n';
  for (const rest of ["", hello, `\x1e${hello}`, `\x1e\x1e${hello}`, ` ${hello}`, `\n${hello}`]) {
    const input = `\x1e${rest}`;
    for (const chunks of [[input], input.split(""), [input.slice(0, 1), input.slice(1)]]) {
      using stage = new SocketStage();
      const { socket } = stage.accept();
      for (const chunk of chunks) socket.receive(chunk);
      stage.settle();
      stage.timers.advance(1000);
      stage.settle();
      const welcome = rest === "" ? "" : '{"type":"welcome","name":"bot"';
      assertEquals(
        socket.written.slice(0, INTRODUCTION.length + welcome.length),
        INTRODUCTION + welcome,
        JSON.stringify(chunks),
      );
      assertEquals(socket.written.includes("error"), false);
    }
  }
});

Deno.test("sniffer: a late record separator gets the introduction after the prompt", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  stage.timers.advance(150);
  stage.settle();
  socket.receive("\x1e");
  stage.settle();
  assertEquals(socket.written, `${NAME_PROMPT}\n${INTRODUCTION}`);
  socket.receive('{"type":"hello","name":"bot"}\n');
  stage.settle();
  assertStringIncludes(socket.written, '"name":"bot"');
});

Deno.test("sniffer: record separators may precede any frame, and occur nowhere else", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  socket.receive(
    '\x1e\x1e{"type":"ping","t":1}\n\x1e\n\x1e{"type":"ping","t":2}\n{"type":"ping",\x1e"t":3}\n',
  );
  stage.settle();
  const [introduction, one, two, three] = socket.written.split("\n");
  assertEquals(introduction + "\n", INTRODUCTION);
  assertEquals([one, two], ['{"type":"pong","t":1}', '{"type":"pong","t":2}']);
  assertStringIncludes(three!, '"code":"invalid_json"');
});

Deno.test("sniffer: the first byte shows the protocol, and is not lost", () => {
  const hello = '{"type":"hello","name":"bot"}';
  for (
    const [input, answer] of [
      ["Alice\n", `${NAME_PROMPT}[12:00:00] [SYSTEM]: Welcome, Alice!`],
      [hello + "\n", '{"type":"welcome","name":"bot"'],
      [lengthPrefix(hello.length) + hello, '{"type":"welcome","name":"bot"'],
    ] as const
  ) {
    for (const chunks of [[input], input.split("")]) {
      using stage = new SocketStage();
      const { socket } = stage.accept();
      for (const chunk of chunks) socket.receive(chunk);
      stage.settle();
      assertStringIncludes(socket.written, answer);
      stage.timers.advance(150);
      stage.settle();
      const prompts = socket.written.split(NAME_PROMPT).length - 1;
      assertEquals(prompts, input.startsWith("A") ? 1 : 0, "silence does not count any more");
    }
  }
});

Deno.test("sniffer: another object owns the socket from the detection on", () => {
  using stage = new SocketStage();
  const { socket, sniffer } = stage.accept();
  assertEquals([...stage.registry], [sniffer]);
  socket.receive("Alice\n");
  assertEquals(stage.registry.size, 1);
  assert(![...stage.registry].includes(sniffer));
});

Deno.test("sniffer: a socket that breaks before its first byte has no owner", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  socket.emit("error", new Error("ECONNRESET"));
  socket.emit("close");
  assertEquals(stage.registry.size, 0);
  assertEquals(stage.timers.size, 0);
});

Deno.test("sniffer: a client that ends before its first byte is closed in order", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  socket.emit("end");
  stage.settle();
  assert(socket.isEnded);
  socket.emit("close");
  assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
});

Deno.test("sniffer: a stop of the server closes a silent client without output", () => {
  using stage = new SocketStage();
  const { socket, sniffer } = stage.accept();
  sniffer.shutDown();
  stage.settle();
  assertEquals(socket.written, "");
  assert(socket.isDestroyed);
  assertEquals(stage.registry.size, 0);
  assertEquals(stage.timers.size, 0);
});

Deno.test("sniffer: bytes after the detection, and the end, reach the session", () => {
  using stage = new SocketStage();
  const bob = stage.chat.join("Bob", "text");
  const { socket } = stage.accept();
  socket.receive("A");
  socket.receive("lice\nh\xc3\xa9");
  socket.receive(" there\nlast");
  socket.emit("end");
  stage.settle();
  stage.chat.flush();
  assertStringIncludes(bob.received(), "Alice: hé there\n[12:00:00] Alice: last\n");
  assert(socket.isEnded);
});

Deno.test("sniffer: an IPv4-mapped address is logged as IPv4", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  socket.receive("Alice\n");
  stage.settle();
  const addresses = stage.chat.log.entries.map(({ fields }) => fields.address);
  assertEquals(addresses, ["192.0.2.1:4000", "192.0.2.1:4000"]);
});

Deno.test("sniffer: an error during the hand-over ends only its connection, and is counted", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept({ chat: broken });
  socket.receive('{"type":"hello","name":"broken"}\n');
  stage.settle();
  assert(socket.isEnded || socket.isDestroyed);
  assertEquals(stage.metrics.internalErrors, 1);
  const silent = stage.accept({ chat: broken }).socket;
  stage.timers.advance(150);
  stage.settle();
  assert(silent.isEnded || silent.isDestroyed);
  const { socket: other } = stage.accept();
  other.receive('{"type":"hello","name":"other"}\n');
  stage.settle();
  assertStringIncludes(other.written, '"type":"welcome"');
});

Deno.test("sniffer: an error behind a TLS handshake leaves no owner of the closed socket", () => {
  using stage = new SocketStage();
  const handshake = { shutDown() {}, destroy() {} };
  let secured = (_socket: Socket) => {};
  const { socket } = stage.accept({
    tls: {
      admit: (transport, _first, listener) => {
        transport.detach(handshake);
        secured = listener.secured;
        return handshake;
      },
    },
  });
  socket.receive("\x16\x03\x01\x02\x00\x01");
  assertEquals([...stage.registry], [handshake]);
  secured({ on: broken } as unknown as Socket); // its first call fails
  assertEquals([...stage.registry], []);
  assert(socket.isDestroyed);
  assertEquals(stage.metrics.internalErrors, 1);
});

Deno.test("sniffer: a former owner of a connection receives nothing", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept();
  stage.timers.advance(150);
  socket.receive('{"type":"hello","name":"late"}\n');
  stage.settle();
  // The unread bytes of a session that is read never pause its socket.
  for (let count = 0; count < 100; count++) {
    socket.receive(`{"type":"message","text":"${"x".repeat(1000)}","id":"${count}"}\n`);
    stage.settle();
    assertEquals(socket.isPaused, false, `message ${count}`);
  }
  assertEquals(socket.written.split('"type":"ack"').length - 1, 100);
});
