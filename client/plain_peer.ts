import type { ByteString } from "../protocol/mod.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

/** A server that is not hubbub and can be used with plain lines. */
export interface PlainPeer {
  /** What it is, in a few words. */
  readonly description: string;
  /** True when it has sent nothing. */
  readonly isSilent: boolean;
  /** The connection, where nothing was sent over it yet; without it, a new one is needed. */
  readonly connection?: HandedOverConnection | undefined;
}

/** A connection between two owners: what comes in meanwhile is kept for the second. */
export class HandedOverConnection implements TransportListener {
  #received: ByteString;
  #next: TransportListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param received what has come in so far. */
  constructor(private readonly transport: Transport, received: ByteString) {
    this.#received = received;
  }

  /** Takes the place of a new connection, once. */
  readonly open: OpenTransport = (_endpoint, next) => {
    queueMicrotask(() => {
      this.#next = next;
      next.opened();
      if (this.#received !== "") next.received(this.#received);
      if (this.#end !== undefined) next.closed(this.#end.error);
    });
    return this.transport;
  };

  /** Closes it, where there is no second owner. */
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
