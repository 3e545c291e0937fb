import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ConnectionHandler, ConnectionRegistry } from "./connection_registry.ts";

/** Input that is discarded while the other side may take to close; with more, the connection is reset:
 * the other side does not read, and what it sends would cost memory and time. */
export const MAX_DISCARDED_BYTES = 1024 * 1024;

/** How long somebody who was told the end may take to close their side. */
const LINGER_MILLISECONDS = 5000;

/**
 * Somebody who is told one last thing.
 *
 * What still comes in is read and dropped: closing with unread input would send RST, and the last
 * words could be lost on the way.
 */
export class LingeringClose implements ConnectionHandler {
  readonly #timer: ReturnType<typeof setTimeout>;

  /**
   * @param socket has an `error` listener already.
   * @param milliseconds until it is closed in any case.
   */
  constructor(
    private readonly socket: Socket,
    lastWords: Buffer,
    server: ConnectionRegistry,
    milliseconds = LINGER_MILLISECONDS,
  ) {
    socket.on("close", () => {
      clearTimeout(this.#timer);
      server.replace(this);
    });
    socket.end(lastWords);
    let discarded = 0;
    socket.on("data", (chunk: Uint8Array) => {
      discarded += chunk.length;
      if (discarded > MAX_DISCARDED_BYTES) this.destroy();
    });
    socket.resume();
    this.#timer = setTimeout(() => this.destroy(), milliseconds);
  }

  shutDown(): void {
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
