import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  fromBytes,
  lengthPrefix,
  MISSING_LINE_END_MILLISECONDS,
  NAME_PROMPT,
} from "../../../protocol/mod.ts";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";
import { ProtocolSniffer } from "../../../server/network/protocol_sniffer.ts";
import type { ConnectionHandler } from "../../../server/network/connection_registry.ts";
import { proxyV2, proxyV2For, sslTlv } from "../../support/proxy_headers.ts";
import { FakeEnd, Stage } from "../connections.ts";

/** A socket that is asked for nothing but what a reception and a transport need. */
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

  /** A chunk comes in, as `net` gives it: bytes at first, then as it was asked for. */
  receive(text: string): void {
    const chunk = Buffer.from(text, "latin1");
    this.emit("data", this.#encoding === undefined ? chunk : chunk.toString(this.#encoding));
  }
}

/** A stage whose visitors come by socket. */
class Authenticator extends Stage {
  readonly visitors = new Set<ConnectionHandler>();

  receive({ tlsOnly = false, trusted = [] as readonly string[] } = {}) {
    const socket = new FakeSocket();
    this.ends.push(socket);
    const server = {
      ...this.server,
      metrics: this.metrics,
      tlsOnly,
      trustedProxies: new TrustedProxies(trusted),
      proxyHeaderMilliseconds: 5000,
      replace: (handler: ConnectionHandler, by?: ConnectionHandler) => {
        assert(this.visitors.delete(handler), "only a handler can be replaced");
        if (by !== undefined) this.visitors.add(by);
      },
    };
    const ticket = this.admission.accept("192.0.2.1", () => socket.destroy());
    // The fake has the members of a socket that the code under test uses.
    const reception = new ProtocolSniffer(socket as unknown as Socket, server, ticket);
    this.visitors.add(reception);
    return { socket, reception };
  }
}

Deno.test("reception: silence for 150 ms is a person, who is asked for a name", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  authenticator.timers.advance(149);
  authenticator.settle();
  assertEquals(socket.written, "");
  authenticator.timers.advance(1);
  authenticator.settle();
  assertEquals(socket.written, NAME_PROMPT);
});

Deno.test("reception: while the server is busy, silence says nothing", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  authenticator.chat.clock.advance(400);
  authenticator.timers.advance(150);
  socket.receive('{"type":"hello","name":"bot"}\n');
  authenticator.settle();
  assertStringIncludes(socket.written, '{"type":"welcome","name":"bot"');
  // But not for ever.
  const patient = authenticator.receive();
  for (let late = 0; late <= 10; late++) {
    assertEquals(patient.socket.written, "");
    authenticator.chat.clock.advance(400);
    authenticator.timers.advance(150);
    authenticator.settle();
  }
  assertEquals(patient.socket.written, NAME_PROMPT);
});

Deno.test("reception: characters that are typed while they may still become a method of HTTP count as typed", () => {
  for (const [chunks, isTold] of [[["P", "a"], false], [["Pa"], true]] as const) {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive();
    for (const chunk of chunks) socket.receive(chunk);
    authenticator.settle();
    authenticator.chat.clock.advance(MISSING_LINE_END_MILLISECONDS);
    authenticator.timers.advance(MISSING_LINE_END_MILLISECONDS);
    authenticator.settle();
    assertEquals(socket.written.includes("newline"), isTold, chunks.join("|"));
  }
});

const INTRODUCTION = '{"type":"server","server":"hubbub test","protocol":0}\n';

Deno.test("reception: a record separator asks for an introduction, which comes before anything else", () => {
  const hello = '{"type":"hello","name":"bot"}\n';
  for (const rest of ["", hello, `\x1e${hello}`, `\x1e\x1e${hello}`, ` ${hello}`, `\n${hello}`]) {
    const input = `\x1e${rest}`;
    for (const chunks of [[input], input.split(""), [input.slice(0, 1), input.slice(1)]]) {
      using authenticator = new Authenticator();
      const { socket } = authenticator.receive();
      for (const chunk of chunks) socket.receive(chunk);
      authenticator.settle();
      authenticator.timers.advance(1000);
      authenticator.settle();
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

Deno.test("reception: a program that is late with the record separator is introduced to behind the prompt", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  authenticator.timers.advance(150);
  authenticator.settle();
  socket.receive("\x1e");
  authenticator.settle();
  assertEquals(socket.written, `${NAME_PROMPT}\n${INTRODUCTION}`);
  socket.receive('{"type":"hello","name":"bot"}\n');
  authenticator.settle();
  assertStringIncludes(socket.written, '"name":"bot"');
});

Deno.test("reception: record separators stand before any frame, but nothing else does", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  socket.receive(
    '\x1e\x1e{"type":"ping","t":1}\n\x1e\n\x1e{"type":"ping","t":2}\n{"type":"ping",\x1e"t":3}\n',
  );
  authenticator.settle();
  const [introduction, one, two, three] = socket.written.split("\n");
  assertEquals(introduction + "\n", INTRODUCTION);
  assertEquals([one, two], ['{"type":"pong","t":1}', '{"type":"pong","t":2}']);
  assertStringIncludes(three!, '"code":"invalid_json"');
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
      using authenticator = new Authenticator();
      const { socket } = authenticator.receive();
      for (const chunk of chunks) socket.receive(chunk);
      authenticator.settle();
      assertStringIncludes(socket.written, answer);
      authenticator.timers.advance(150);
      authenticator.settle();
      const prompts = socket.written.split(NAME_PROMPT).length - 1;
      assertEquals(prompts, input.startsWith("A") ? 1 : 0, "silence does not count any more");
    }
  }
});

Deno.test("reception: somebody else stands for the socket from the detection on", () => {
  using authenticator = new Authenticator();
  const { socket, reception } = authenticator.receive();
  assertEquals([...authenticator.visitors], [reception]);
  socket.receive("Alice\n");
  assertEquals(authenticator.visitors.size, 1);
  assertEquals(authenticator.visitors.has(reception), false);
});

Deno.test("reception: a socket that breaks before it said anything is nobody's", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  socket.emit("error", new Error("ECONNRESET"));
  socket.emit("close");
  assertEquals(authenticator.visitors.size, 0);
  assertEquals(authenticator.forgotten, 0, "it never was a client");
  assertEquals(authenticator.timers.size, 0);
});

Deno.test("reception: one that ends before it said anything is closed in order", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  socket.emit("end");
  authenticator.settle();
  assert(socket.isEnded);
  socket.emit("close");
  assertEquals(authenticator.forgotten, 1);
  assertEquals(authenticator.timers.size, 0);
});

Deno.test("reception: when the server stops, who said nothing yet is closed without a word", () => {
  using authenticator = new Authenticator();
  const { socket, reception } = authenticator.receive();
  reception.shutDown();
  authenticator.settle();
  assertEquals(socket.written, "");
  assert(socket.isDestroyed);
  assertEquals(authenticator.visitors.size, 0);
  assertEquals(authenticator.timers.size, 0);
});

Deno.test("reception: what comes after the detection, and the end, reaches the session", () => {
  using authenticator = new Authenticator();
  const bob = authenticator.chat.join("Bob", "text");
  const { socket } = authenticator.receive();
  socket.receive("A");
  socket.receive("lice\nh\xc3\xa9");
  socket.receive(" there\nlast");
  socket.emit("end");
  authenticator.settle();
  authenticator.chat.flush();
  assertStringIncludes(bob.heard(), "Alice: hé there\n[12:00:00] Alice: last\n");
  assert(socket.isEnded);
});

Deno.test("reception: an IPv4 address that came in by IPv6 is logged as one", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  socket.receive("Alice\n");
  authenticator.settle();
  const addresses = authenticator.chat.log.entries.map(({ fields }) => fields.address);
  assertEquals(addresses, ["192.0.2.1:4000", "192.0.2.1:4000"]);
});

/** The proxies that the fake socket's address belongs to. */
const TRUSTED = ["192.0.2.0/24"];
const V1 = "PROXY TCP4 203.0.113.9 192.0.2.7 4242 8080\r\n";
const V2 = proxyV2For("203.0.113.9", 4242).toString("latin1");

for (const [version, header] of [["v1", V1], ["v2", V2]] as const) {
  Deno.test(`reception: behind a header ${version} of a trusted proxy all starts again`, () => {
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
        using authenticator = new Authenticator();
        const { socket } = authenticator.receive({ trusted: TRUSTED });
        for (const chunk of chunks) socket.receive(chunk);
        authenticator.settle();
        assertStringIncludes(socket.written, answer!);
        assertEquals(authenticator.visitors.size, 1);
        const [joined] = authenticator.chat.log.entries.filter(({ event }) => event === "joined");
        assertEquals(joined!.fields.address, "203.0.113.9:4242");
      }
    }
  });

  Deno.test(`reception: a header ${version} from elsewhere is refused and counted`, () => {
    for (const trusted of [[], ["192.0.2.2", "203.0.113.9"]]) {
      for (const chunks of [[header], header.split("")]) {
        using authenticator = new Authenticator();
        const { socket } = authenticator.receive({ trusted });
        for (const chunk of chunks) socket.receive(chunk);
        authenticator.settle();
        assertStringIncludes(socket.written, "--trusted-proxy");
        assert(socket.isEnded);
        assertEquals(authenticator.metrics.refused.proxy_untrusted, 1);
      }
    }
  });

  Deno.test(`reception: only one header ${version} is believed`, () => {
    using authenticator = new Authenticator();
    // The first names a trusted proxy as the client, which makes the second no better.
    const { socket } = authenticator.receive({ trusted: ["0.0.0.0/0"] });
    socket.receive(header + header);
    authenticator.settle();
    assertStringIncludes(socket.written, "--trusted-proxy");
    assertEquals(authenticator.metrics.refused.proxy_untrusted, 1);
  });

  Deno.test(`reception: after a header ${version} silence is a person`, () => {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive({ trusted: TRUSTED });
    socket.receive(header);
    authenticator.timers.advance(149);
    assertEquals(socket.written, "");
    authenticator.timers.advance(1);
    authenticator.settle();
    assertEquals(socket.written, NAME_PROMPT);
  });

  Deno.test(`reception: a header ${version} that never ends is refused after 5 s`, () => {
    for (let length = 1; length < header.length; length++) {
      using authenticator = new Authenticator();
      const { socket } = authenticator.receive({ trusted: TRUSTED });
      // A byte now and then makes it no later.
      for (const [index, byte] of header.slice(0, length).split("").entries()) {
        if (index > 0) authenticator.chat.clock.advance(10);
        if (index > 0) authenticator.timers.advance(10);
        socket.receive(byte);
      }
      const left = 5000 - 10 * (length - 1);
      authenticator.timers.advance(left - 1);
      assertEquals(socket.written, "", `${length} bytes`);
      authenticator.timers.advance(1);
      assertStringIncludes(socket.written, "not complete in time");
      assert(socket.isEnded);
      assertEquals(authenticator.metrics.refused.proxy_header, 1);
      socket.emit("close");
      assertEquals([authenticator.visitors.size, authenticator.timers.size], [0, 0]);
    }
  });

  Deno.test(`reception: a header ${version} that is cut off by the end or a reset`, () => {
    for (const event of ["end", "close"] as const) {
      using authenticator = new Authenticator();
      const { socket } = authenticator.receive({ trusted: TRUSTED });
      socket.receive(header.slice(0, -1));
      socket.emit(event);
      assertEquals(authenticator.metrics.refused.proxy_header, event === "end" ? 1 : 0);
      if (event === "end") socket.emit("close");
      assertEquals([authenticator.visitors.size, authenticator.timers.size], [0, 0]);
    }
  });
}

Deno.test("reception: a damaged header of a trusted proxy is refused, and says why", () => {
  for (
    const header of ["PROXY TCP4 nonsense\r\n", "PROXY ".padEnd(108, "x"), V2.replace("!", "1")]
  ) {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive({ trusted: TRUSTED });
    socket.receive(header);
    authenticator.settle();
    assertStringIncludes(socket.written, "Cannot use the PROXY header: ");
    assertEquals(authenticator.metrics.refused.proxy_header, 1);
  }
});

Deno.test("reception: where a header names no client, the proxy's own address stays", () => {
  for (
    const header of [
      "PROXY UNKNOWN\r\n",
      proxyV2(0x20, 0).toString("latin1"),
      proxyV2(0x21, 0).toString("latin1"),
    ]
  ) {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive({ trusted: TRUSTED });
    socket.receive(`${header}Ann\n`);
    authenticator.settle();
    const [joined] = authenticator.chat.log.entries.filter(({ event }) => event === "joined");
    assertEquals(joined!.fields.address, "192.0.2.1:4000");
  }
});

Deno.test("reception: a trusted proxy may come without a header", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive({ trusted: TRUSTED });
  socket.receive("Pat\n");
  authenticator.settle();
  assertStringIncludes(socket.written, "Welcome, Pat!");
});

Deno.test("reception: somebody may be called PROXY", () => {
  for (const trusted of [[], TRUSTED]) {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive({ trusted });
    for (const byte of "PROXY\n") socket.receive(byte);
    authenticator.settle();
    assertStringIncludes(socket.written, "Welcome, PROXY!");
  }
});

Deno.test("reception: with TLS only, TLS that a trusted proxy has ended counts", () => {
  const secure = proxyV2For("203.0.113.9", 4242, sslTlv(1)).toString("latin1");
  for (
    const [header, answer] of [
      [secure, "Welcome, Ann!"],
      [V2, "TLS"],
      [V1, "TLS"],
      ["", "TLS"],
    ] as const
  ) {
    using authenticator = new Authenticator();
    const { socket } = authenticator.receive({ trusted: TRUSTED, tlsOnly: true });
    socket.receive(`${header}Ann\n`);
    authenticator.settle();
    assertStringIncludes(socket.written, answer);
  }
});

Deno.test("reception: what throws on account of a socket ends it alone, and is counted", () => {
  using authenticator = new Authenticator();
  const { socket } = authenticator.receive();
  socket.setEncoding = () => {
    throw new Error("This socket is broken");
  };
  socket.receive('{"type":"hello","name":"broken"}\n');
  authenticator.settle();
  assert(socket.isEnded || socket.isDestroyed);
  assertEquals(authenticator.metrics.internalErrors, 1);
  const silent = authenticator.receive().socket;
  silent.setEncoding = socket.setEncoding;
  authenticator.timers.advance(150);
  authenticator.settle();
  assert(silent.isEnded || silent.isDestroyed);
  const { socket: other } = authenticator.receive();
  other.receive('{"type":"hello","name":"other"}\n');
  authenticator.settle();
  assertStringIncludes(other.written, '"type":"welcome"');
});
