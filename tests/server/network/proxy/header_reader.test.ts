import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { ProxyHeaderReader } from "../../../../server/network/proxy/header_reader.ts";

const HEADER = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";

/** A socket whose events the test makes. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress = "192.0.2.9";
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
  }
}

for (const event of ["decoded", "failed"] as const) {
  Deno.test(`proxy header reader: an error after a header that ${event} ends its socket alone`, () => {
    const socket = new FakeSocket();
    const events: string[] = [];
    const report = {
      log: { error: (event: string) => void events.push(event) },
      metrics: { internalErrors: 0 },
    };
    const broken = () => {
      throw new Error("A part is broken");
    };
    const listener = { decoded: broken, failed: broken, closed: () => {} };
    // The fake has the members of a socket that the code under test uses.
    const reader = new ProxyHeaderReader(socket as unknown as Socket, report, 1000, listener);
    reader.start(Buffer.from(HEADER.slice(0, 10)));
    socket.emit("data", Buffer.from(event === "decoded" ? HEADER.slice(10) : "\n"));
    assertEquals([socket.isDestroyed, report.metrics.internalErrors], [true, 1]);
    assertEquals(events, ["internal error"]);
    assertEquals(socket.eventNames(), []);
  });
}
