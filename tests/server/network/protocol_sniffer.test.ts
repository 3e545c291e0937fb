import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type ByteString,
  fromBytes,
  lengthPrefix,
  MISSING_LINE_END_MILLISECONDS,
  NAME_PROMPT,
} from "../../../protocol/mod.ts";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";
import { protocolHandlers } from "../../../server/protocol_handlers.ts";
import { type ProtocolHandlers, sniffProtocol } from "../../../server/network/protocol_sniffer.ts";
import type { Log } from "../../../server/observability/log.ts";
import { proxyV2, proxyV2For, sslTlv } from "../../support/proxy_headers.ts";
import { Stage } from "../connections.ts";
import { FakeEnd } from "../fakes.ts";

/** A socket that is asked for nothing but what a sniffer and a transport need. */
class FakeSocket extends FakeEnd {
  readonly remoteAddress = "::ffff:192.0.2.1";
  readonly remotePort = 4000;
  readonly #events = new EventEmitter();

  on = (event: string, listener: () => void) => this.#events.on(event, listener);
  once = (event: string, listener: () => void) => this.#events.once(event, listener);
  removeListener = (event: string, listener: () => void) =>
    this.#events.removeListener(event, listener);
  setNoDelay(): void {}
  setKeepAlive(): void {}
  override end(lastWords?: Uint8Array): void {
    if (lastWords !== undefined) this.written += fromBytes(lastWords);
    super.end();
  }
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }

  emit(event: "data" | "end" | "error" | "close", argument?: unknown): void {
    this.#events.emit(event, argument);
  }

  receive(bytes: ByteString): void {
    this.emit("data", Buffer.from(bytes, "latin1"));
  }
}

/** A stage whose clients connect by socket. */
class SocketStage extends Stage {
  receive(
    { tlsOnly = false, trusted = [], ...parts }: {
      readonly tlsOnly?: boolean;
      readonly trusted?: readonly string[];
      readonly log?: Pick<Log, "debug" | "error">;
      readonly chat?: ProtocolHandlers["chat"];
    } = {},
  ) {
    const socket = new FakeSocket();
    this.ends.push(socket);
    const { registry, metrics } = this;
    const { monotonic } = this.chat.server;
    const { log = this.chat.server.log } = parts;
    const handlers = protocolHandlers(this.context, undefined, { registry, log, metrics });
    const trustedProxies = new TrustedProxies(trusted);
    const context = {
      registry,
      log,
      metrics,
      monotonic,
      tls: undefined,
      tlsOnly,
      trustedProxies,
      proxyHeaderMilliseconds: 5000,
      handlers: { ...handlers, ...(parts.chat && { chat: parts.chat }) },
    };
    const ticket = this.admission.accept("192.0.2.1", () => socket.destroy());
    // The fake has the members of a socket that the code under test uses.
    const sniffer = sniffProtocol(socket as unknown as Socket, ticket, context);
    return { socket, sniffer };
  }
}

Deno.test("sniffer: silence for 150 ms is a person, who is asked for a name", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  stage.timers.advance(149);
  stage.settle();
  assertEquals(socket.written, "");
  stage.timers.advance(1);
  stage.settle();
  assertEquals(socket.written, NAME_PROMPT);
});

Deno.test("sniffer: while the server is busy, silence says nothing", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  stage.chat.clock.advance(400);
  stage.timers.advance(150);
  socket.receive('{"type":"hello","name":"bot"}\n');
  stage.settle();
  assertStringIncludes(socket.written, '{"type":"welcome","name":"bot"');
  // But not for ever.
  const patient = stage.receive();
  for (let late = 0; late <= 10; late++) {
    assertEquals(patient.socket.written, "");
    stage.chat.clock.advance(400);
    stage.timers.advance(150);
    stage.settle();
  }
  assertEquals(patient.socket.written, NAME_PROMPT);
});

Deno.test("sniffer: characters that are typed while they may still become a method of HTTP count as typed", () => {
  for (const [chunks, isTold] of [[["P", "a"], false], [["Pa"], true]] as const) {
    using stage = new SocketStage();
    const { socket } = stage.receive();
    for (const chunk of chunks) socket.receive(chunk);
    stage.settle();
    stage.chat.clock.advance(MISSING_LINE_END_MILLISECONDS);
    stage.timers.advance(MISSING_LINE_END_MILLISECONDS);
    stage.settle();
    assertEquals(socket.written.includes("newline"), isTold, chunks.join("|"));
  }
});

const INTRODUCTION = '{"type":"server","server":"hubbub test","protocol":0}\n';

Deno.test("sniffer: a record separator asks for an introduction, which comes before anything else", () => {
  const hello = '{"type":"hello","name":"bot"}\n';
  for (const rest of ["", hello, `\x1e${hello}`, `\x1e\x1e${hello}`, ` ${hello}`, `\n${hello}`]) {
    const input = `\x1e${rest}`;
    for (const chunks of [[input], input.split(""), [input.slice(0, 1), input.slice(1)]]) {
      using stage = new SocketStage();
      const { socket } = stage.receive();
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

Deno.test("sniffer: a program that is late with the record separator is introduced to behind the prompt", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  stage.timers.advance(150);
  stage.settle();
  socket.receive("\x1e");
  stage.settle();
  assertEquals(socket.written, `${NAME_PROMPT}\n${INTRODUCTION}`);
  socket.receive('{"type":"hello","name":"bot"}\n');
  stage.settle();
  assertStringIncludes(socket.written, '"name":"bot"');
});

Deno.test("sniffer: record separators stand before any frame, but nothing else does", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  socket.receive(
    '\x1e\x1e{"type":"ping","t":1}\n\x1e\n\x1e{"type":"ping","t":2}\n{"type":"ping",\x1e"t":3}\n',
  );
  stage.settle();
  const [introduction, one, two, three] = socket.written.split("\n");
  assertEquals(introduction + "\n", INTRODUCTION);
  assertEquals([one, two], ['{"type":"pong","t":1}', '{"type":"pong","t":2}']);
  assertStringIncludes(three!, '"code":"invalid_json"');
});

Deno.test("sniffer: the first byte tells who it is, and is not lost", () => {
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
      const { socket } = stage.receive();
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
  const { socket, sniffer } = stage.receive();
  assertEquals([...stage.registry], [sniffer]);
  socket.receive("Alice\n");
  assertEquals(stage.registry.size, 1);
  assert(![...stage.registry].includes(sniffer));
});

Deno.test("sniffer: a socket that breaks before its first byte has no owner", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  socket.emit("error", new Error("ECONNRESET"));
  socket.emit("close");
  assertEquals(stage.registry.size, 0);
  assertEquals(stage.timers.size, 0);
});

Deno.test("sniffer: one that ends before it said anything is closed in order", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  socket.emit("end");
  stage.settle();
  assert(socket.isEnded);
  socket.emit("close");
  assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
});

Deno.test("sniffer: when the server stops, who said nothing yet is closed without a word", () => {
  using stage = new SocketStage();
  const { socket, sniffer } = stage.receive();
  sniffer.shutDown();
  stage.settle();
  assertEquals(socket.written, "");
  assert(socket.isDestroyed);
  assertEquals(stage.registry.size, 0);
  assertEquals(stage.timers.size, 0);
});

Deno.test("sniffer: what comes after the detection, and the end, reaches the session", () => {
  using stage = new SocketStage();
  const bob = stage.chat.join("Bob", "text");
  const { socket } = stage.receive();
  socket.receive("A");
  socket.receive("lice\nh\xc3\xa9");
  socket.receive(" there\nlast");
  socket.emit("end");
  stage.settle();
  stage.chat.flush();
  assertStringIncludes(bob.received(), "Alice: hé there\n[12:00:00] Alice: last\n");
  assert(socket.isEnded);
});

Deno.test("sniffer: an IPv4 address that came in by IPv6 is logged as one", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
  socket.receive("Alice\n");
  stage.settle();
  const addresses = stage.chat.log.entries.map(({ fields }) => fields.address);
  assertEquals(addresses, ["192.0.2.1:4000", "192.0.2.1:4000"]);
});

/** The proxies that the fake socket's address belongs to. */
const TRUSTED = ["192.0.2.0/24"];
const V1 = "PROXY TCP4 203.0.113.9 192.0.2.7 4242 8080\r\n";
const V2 = proxyV2For("203.0.113.9", 4242).toString("latin1");

for (const [version, header] of [["v1", V1], ["v2", V2]] as const) {
  Deno.test(`sniffer: behind a header ${version} of a trusted proxy all starts again`, () => {
    for (
      const [said, answer] of [["Ann\n", "Welcome, Ann!"], [
        '{"type":"hello","name":"Ann"}\n',
        '"welcome"',
      ]]
    ) {
      const stream = header + said;
      const cuts = [[stream], stream.split(""), [header, said!], [
        header.slice(0, -1),
        stream.slice(header.length - 1),
      ]];
      for (const chunks of cuts) {
        using stage = new SocketStage();
        const { socket } = stage.receive({ trusted: TRUSTED });
        for (const chunk of chunks) socket.receive(chunk);
        stage.settle();
        assertStringIncludes(socket.written, answer!);
        assertEquals(stage.registry.size, 1);
        const [joined] = stage.chat.log.entries.filter(({ event }) => event === "joined");
        assertEquals(joined!.fields.address, "203.0.113.9:4242");
      }
    }
  });

  Deno.test(`sniffer: a header ${version} from elsewhere is refused and counted`, () => {
    for (const trusted of [[], ["192.0.2.2", "203.0.113.9"]]) {
      for (const chunks of [[header], header.split("")]) {
        using stage = new SocketStage();
        const { socket } = stage.receive({ trusted });
        for (const chunk of chunks) socket.receive(chunk);
        stage.settle();
        assertStringIncludes(socket.written, "--trusted-proxy");
        assert(socket.isEnded);
        assertEquals(stage.metrics.refused.proxy_untrusted, 1);
      }
    }
  });

  Deno.test(`sniffer: only one header ${version} is believed`, () => {
    using stage = new SocketStage();
    // The first names a trusted proxy as the client, which makes the second no better.
    const { socket } = stage.receive({ trusted: ["0.0.0.0/0"] });
    socket.receive(header + header);
    stage.settle();
    assertStringIncludes(socket.written, "--trusted-proxy");
    assertEquals(stage.metrics.refused.proxy_untrusted, 1);
  });

  Deno.test(`sniffer: after a header ${version} silence is a person`, () => {
    using stage = new SocketStage();
    const { socket } = stage.receive({ trusted: TRUSTED });
    socket.receive(header);
    stage.timers.advance(149);
    assertEquals(socket.written, "");
    stage.timers.advance(1);
    stage.settle();
    assertEquals(socket.written, NAME_PROMPT);
  });

  Deno.test(`sniffer: a header ${version} that never ends is refused after 5 s`, () => {
    for (let length = 1; length < header.length; length++) {
      using stage = new SocketStage();
      const { socket } = stage.receive({ trusted: TRUSTED });
      // A byte now and then makes it no later.
      for (const [index, byte] of header.slice(0, length).split("").entries()) {
        if (index > 0) stage.chat.clock.advance(10);
        if (index > 0) stage.timers.advance(10);
        socket.receive(byte);
      }
      const left = 5000 - 10 * (length - 1);
      stage.timers.advance(left - 1);
      assertEquals(socket.written, "", `${length} bytes`);
      stage.timers.advance(1);
      assertStringIncludes(socket.written, "not complete in time");
      assert(socket.isEnded);
      assertEquals(stage.metrics.refused.proxy_header, 1);
      socket.emit("close");
      assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
    }
  });

  Deno.test(`sniffer: a header ${version} that is cut off by the end or a reset`, () => {
    for (const event of ["end", "close"] as const) {
      using stage = new SocketStage();
      const { socket } = stage.receive({ trusted: TRUSTED });
      socket.receive(header.slice(0, -1));
      socket.emit(event);
      assertEquals(stage.metrics.refused.proxy_header, event === "end" ? 1 : 0);
      if (event === "end") socket.emit("close");
      assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
    }
  });
}

Deno.test("sniffer: a damaged header of a trusted proxy is refused, and says why", () => {
  for (
    const header of ["PROXY TCP4 nonsense\r\n", "PROXY ".padEnd(108, "x"), V2.replace("!", "1")]
  ) {
    using stage = new SocketStage();
    const { socket } = stage.receive({ trusted: TRUSTED });
    socket.receive(header);
    stage.settle();
    assertStringIncludes(socket.written, "Cannot use the PROXY header: ");
    assertEquals(stage.metrics.refused.proxy_header, 1);
  }
});

Deno.test("sniffer: where a header names no client, the proxy's own address stays", () => {
  for (
    const header of [
      "PROXY UNKNOWN\r\n",
      proxyV2(0x20, 0).toString("latin1"),
      proxyV2(0x21, 0).toString("latin1"),
    ]
  ) {
    using stage = new SocketStage();
    const { socket } = stage.receive({ trusted: TRUSTED });
    socket.receive(`${header}Ann\n`);
    stage.settle();
    const [joined] = stage.chat.log.entries.filter(({ event }) => event === "joined");
    assertEquals(joined!.fields.address, "192.0.2.1:4000");
  }
});

Deno.test("sniffer: a trusted proxy may come without a header", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive({ trusted: TRUSTED });
  socket.receive("Pat\n");
  stage.settle();
  assertStringIncludes(socket.written, "Welcome, Pat!");
});

Deno.test("sniffer: a user may have the name PROXY", () => {
  for (const trusted of [[], TRUSTED]) {
    using stage = new SocketStage();
    const { socket } = stage.receive({ trusted });
    for (const byte of "PROXY\n") socket.receive(byte);
    stage.settle();
    assertStringIncludes(socket.written, "Welcome, PROXY!");
  }
});

Deno.test("sniffer: with TLS only, TLS that a trusted proxy has ended counts", () => {
  const secure = proxyV2For("203.0.113.9", 4242, sslTlv(1)).toString("latin1");
  for (
    const [header, answer] of [
      [secure, "Welcome, Ann!"],
      [V2, "TLS"],
      [V1, "TLS"],
      ["", "TLS"],
    ] as const
  ) {
    using stage = new SocketStage();
    const { socket } = stage.receive({ trusted: TRUSTED, tlsOnly: true });
    socket.receive(`${header}Ann\n`);
    stage.settle();
    assertStringIncludes(socket.written, answer);
  }
});

/** Fails as a part of the server that has a bug. */
const broken = () => {
  throw new Error("A part is broken");
};

Deno.test("sniffer: an error while a connection is handed on ends it alone, and is counted", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive({ chat: broken });
  socket.receive('{"type":"hello","name":"broken"}\n');
  stage.settle();
  assert(socket.isEnded || socket.isDestroyed);
  assertEquals(stage.metrics.internalErrors, 1);
  const silent = stage.receive({ chat: broken }).socket;
  stage.timers.advance(150);
  stage.settle();
  assert(silent.isEnded || silent.isDestroyed);
  const { socket: other } = stage.receive();
  other.receive('{"type":"hello","name":"other"}\n');
  stage.settle();
  assertStringIncludes(other.written, '"type":"welcome"');
});

for (const outcome of ["accepted", "refused"] as const) {
  Deno.test(`sniffer: an error behind a PROXY header that was ${outcome} ends its socket alone`, () => {
    using stage = new SocketStage();
    const events: string[] = [];
    const log = { debug() {}, error: (event: string) => void events.push(event) };
    const { socket } = stage.receive({ trusted: TRUSTED, log });
    log.debug = broken;
    socket.receive(V1.slice(0, 10));
    socket.receive(outcome === "accepted" ? V1.slice(10) : "\n");
    assertEquals([socket.isDestroyed, stage.metrics.internalErrors], [true, 1]);
    assertEquals(events, ["internal error"]);
    assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
  });
}

Deno.test("sniffer: a former owner of a connection receives nothing", () => {
  using stage = new SocketStage();
  const { socket } = stage.receive();
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
