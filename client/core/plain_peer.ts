import type { ByteString } from "../../protocol/mod.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

/** A server that is not hubbub and can be used with plain lines. */
export interface PlainPeer {
  /** What it is, in a few words. */
  readonly description: string;
  /** True when it sends back what it gets. */
  readonly isEcho: boolean;
  /** The connection, where nothing was sent over it yet; without it, a new one is needed. */
  readonly connection?: PlainConnection | undefined;
}

/** An open connection that waits for its next owner. What comes in meanwhile is kept. */
export interface PlainConnection {
  /** Takes the place of a new connection, once. */
  readonly open: OpenTransport;
  /** Closes it, where there is no next owner. */
  destroy(): void;
}

/** A connection between two owners. */
export class HandedOverConnection implements PlainConnection, TransportListener {
  #received: ByteString;
  #next: TransportListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param received what has come in so far. */
  constructor(private readonly transport: Transport, received: ByteString) {
    this.#received = received;
  }

  readonly open: OpenTransport = (_endpoint, next) => {
    queueMicrotask(() => {
      this.#next = next;
      next.opened();
      if (this.#received !== "") next.received(this.#received);
      if (this.#end !== undefined) next.closed(this.#end.error);
    });
    return this.transport;
  };

  destroy(): void {
    this.transport.destroy();
  }

  opened(): void {}

  received(bytes: ByteString): void {
    if (this.#next === undefined) this.#received += bytes;
    else this.#next.received(bytes);
  }

  closed(error?: Error): void {
    if (this.#next === undefined) this.#end = { error };
    else this.#next.closed(error);
  }
}
