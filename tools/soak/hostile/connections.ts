import { Buffer } from "node:buffer";
import { upgradeRequest } from "../../../tests/support/websocket_frames.ts";
import { HostileClient } from "./hostile_client.ts";

/** How long a connection with half a request is held, in milliseconds. */
const HOLD_MILLISECONDS = 15_000;

/** The first bytes of a TLS hello of 512 bytes (RFC 8446, sections 4 and 5.1). */
const HALF_TLS_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

/** Connects and resets, with a few bytes sent or none. */
export class Resetter extends HostileClient {
  protected async live(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) {
      const socket = await this.connect(false, false);
      if (turn % 3 === 1) await socket.send("GET / HT");
      if (turn % 3 === 2) await socket.send('{"type":"hello","name":"reset-me"}\n');
      this.drop(socket, "reset");
      this.context.count("resets");
      await this.pause(50);
    }
  }
}

/** Sends half a request and stays connected. */
abstract class Half extends HostileClient {
  protected async hold(start: string | Uint8Array): Promise<void> {
    const socket = await this.connect(true, false);
    await socket.send(start);
    this.context.count("halves");
    await socket.untilClosed(HOLD_MILLISECONDS);
    await this.pause(100);
  }
}

/** Sends half a TLS hello. */
export class HalfTls extends Half {
  protected live = (): Promise<void> => this.hold(HALF_TLS_HELLO);
}

/** Sends half an HTTP request. */
export class HalfHttp extends Half {
  protected live = (): Promise<void> => this.hold("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n");
}

/** Connects and sends nothing, or half a frame. */
export class HalfFrame extends Half {
  protected live = (): Promise<void> =>
    this.hold(
      ["", '{"type":"hello","na', Buffer.from([0, 0, 0x7f]), "half a na"][
        this.context.index % 4
      ]!,
    );
}

/** Sends headers one by one, for as long as the server waits. */
export class SlowHeaders extends HostileClient {
  protected async live(): Promise<void> {
    const socket = await this.connect(true, false);
    await socket.send("GET / HTTP/1.1\r\n");
    for (let header = 0; header < 1000; header++) {
      await socket.send(`X-${header}: slow\r\n`);
      this.context.count("headers");
      await this.pause(300);
    }
  }
}

/** Completes a TLS handshake, the most expensive part of a connection, and disconnects. */
export class HandShaker extends HostileClient {
  protected async live(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      const socket = await this.connect(false, this.context.tls);
      this.context.count("handshakes");
      await this.pause(200);
      this.drop(socket, "reset");
    }
  }
}

/** Pipelined requests, with invalid ones between them. */
export class PipelinedHttp extends HostileClient {
  protected async live(): Promise<void> {
    const requests = [
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(100),
      `GET /${"a".repeat(8000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET junk\r\n\r\n`,
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" +
      "x".repeat(10_000),
      "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(50),
      `GET / HTTP/1.1\r\n${"X-Y: z\r\n".repeat(3000)}\r\n`,
      upgradeRequest(this.context.port).repeat(20),
    ];
    for (const request of requests) {
      const socket = await this.connect(true);
      await socket.send(request);
      this.context.count("requests");
      await socket.untilClosed(1000);
      await this.pause(100);
    }
  }
}
