import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NAME_PROMPT } from "../../../protocol/mod.ts";
import { proxyV2, proxyV2For, sslTlv } from "../../support/proxy_headers.ts";
import { broken, SocketStage } from "./socket_stage.ts";

/** Proxies with the address of the fake socket. */
const TRUSTED = ["192.0.2.0/24"];
const V1 = "PROXY TCP4 203.0.113.9 192.0.2.7 4242 8080\r\n";
const V2 = proxyV2For("203.0.113.9", 4242).toString("latin1");

for (const [version, header] of [["v1", V1], ["v2", V2]] as const) {
  Deno.test(`sniffer: after a header ${version} of a trusted proxy the detection starts again`, () => {
    for (
      const [sent, answer] of [["Ann\n", "Welcome, Ann!"], [
        '{"type":"hello","name":"Ann"}\n',
        '"welcome"',
      ]]
    ) {
      const stream = header + sent;
      const cuts = [[stream], stream.split(""), [header, sent!], [
        header.slice(0, -1),
        stream.slice(header.length - 1),
      ]];
      for (const chunks of cuts) {
        using stage = new SocketStage();
        const { socket } = stage.accept({ trusted: TRUSTED });
        for (const chunk of chunks) socket.receive(chunk);
        stage.settle();
        assertStringIncludes(socket.written, answer!);
        assertEquals(stage.registry.size, 1);
        const [joined] = stage.chat.log.entries.filter(({ event }) => event === "joined");
        assertEquals(joined!.fields.address, "203.0.113.9:4242");
      }
    }
  });

  Deno.test(`sniffer: a header ${version} of an untrusted peer is refused and counted`, () => {
    for (const trusted of [[], ["192.0.2.2", "203.0.113.9"]]) {
      for (const chunks of [[header], header.split("")]) {
        using stage = new SocketStage();
        const { socket } = stage.accept({ trusted });
        for (const chunk of chunks) socket.receive(chunk);
        stage.settle();
        assertStringIncludes(socket.written, "--trusted-proxy");
        assert(socket.isEnded);
        assertEquals(stage.metrics.refused.proxy_untrusted, 1);
      }
    }
  });

  Deno.test(`sniffer: a second header ${version} is refused`, () => {
    using stage = new SocketStage();
    // The first names a trusted proxy as the client, whose header is still refused.
    const { socket } = stage.accept({ trusted: ["0.0.0.0/0"] });
    socket.receive(header + header);
    stage.settle();
    assertStringIncludes(socket.written, "--trusted-proxy");
    assertEquals(stage.metrics.refused.proxy_untrusted, 1);
  });

  Deno.test(`sniffer: after a header ${version} a silent client is prompted as a user`, () => {
    using stage = new SocketStage();
    const { socket } = stage.accept({ trusted: TRUSTED });
    socket.receive(header);
    stage.timers.advance(149);
    assertEquals(socket.written, "");
    stage.timers.advance(1);
    stage.settle();
    assertEquals(socket.written, NAME_PROMPT);
  });

  Deno.test(`sniffer: an incomplete header ${version} is refused after 5 s`, () => {
    for (let length = 1; length < header.length; length++) {
      using stage = new SocketStage();
      const { socket } = stage.accept({ trusted: TRUSTED });
      // Further bytes do not extend the deadline.
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

  Deno.test(`sniffer: a header ${version} may be cut off by the end or a reset`, () => {
    for (const event of ["end", "close"] as const) {
      using stage = new SocketStage();
      const { socket } = stage.accept({ trusted: TRUSTED });
      socket.receive(header.slice(0, -1));
      socket.emit(event);
      assertEquals(stage.metrics.refused.proxy_header, event === "end" ? 1 : 0);
      if (event === "end") socket.emit("close");
      assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
    }
  });
}

Deno.test("sniffer: a damaged header of a trusted proxy is refused with the reason", () => {
  for (
    const header of ["PROXY TCP4 nonsense\r\n", "PROXY ".padEnd(108, "x"), V2.replace("!", "1")]
  ) {
    using stage = new SocketStage();
    const { socket } = stage.accept({ trusted: TRUSTED });
    socket.receive(header);
    stage.settle();
    assertStringIncludes(socket.written, "Cannot use the PROXY header: ");
    assertEquals(stage.metrics.refused.proxy_header, 1);
  }
});

Deno.test("sniffer: after a header without a client the address of the proxy stays", () => {
  for (
    const header of [
      "PROXY UNKNOWN\r\n",
      proxyV2(0x20, 0).toString("latin1"),
      proxyV2(0x21, 0).toString("latin1"),
    ]
  ) {
    using stage = new SocketStage();
    const { socket } = stage.accept({ trusted: TRUSTED });
    socket.receive(`${header}Ann\n`);
    stage.settle();
    const [joined] = stage.chat.log.entries.filter(({ event }) => event === "joined");
    assertEquals(joined!.fields.address, "192.0.2.1:4000");
  }
});

Deno.test("sniffer: a trusted proxy may send no header", () => {
  using stage = new SocketStage();
  const { socket } = stage.accept({ trusted: TRUSTED });
  socket.receive("Pat\n");
  stage.settle();
  assertStringIncludes(socket.written, "Welcome, Pat!");
});

Deno.test("sniffer: a user may have the name PROXY", () => {
  for (const trusted of [[], TRUSTED]) {
    using stage = new SocketStage();
    const { socket } = stage.accept({ trusted });
    for (const byte of "PROXY\n") socket.receive(byte);
    stage.settle();
    assertStringIncludes(socket.written, "Welcome, PROXY!");
  }
});

Deno.test("sniffer: with TLS only, TLS that a trusted proxy terminates counts", () => {
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
    const { socket } = stage.accept({ trusted: TRUSTED, tlsOnly: true });
    socket.receive(`${header}Ann\n`);
    stage.settle();
    assertStringIncludes(socket.written, answer);
  }
});

for (const outcome of ["accepted", "refused"] as const) {
  Deno.test(`sniffer: an error after a PROXY header that was ${outcome} ends only its socket`, () => {
    using stage = new SocketStage();
    const events: string[] = [];
    const log = { debug() {}, error: (event: string) => void events.push(event) };
    const { socket } = stage.accept({ trusted: TRUSTED, log });
    log.debug = broken;
    socket.receive(V1.slice(0, 10));
    socket.receive(outcome === "accepted" ? V1.slice(10) : "\n");
    assertEquals([socket.isDestroyed, stage.metrics.internalErrors], [true, 1]);
    assertEquals(events, ["internal error"]);
    assertEquals([stage.registry.size, stage.timers.size], [0, 0]);
  });
}
