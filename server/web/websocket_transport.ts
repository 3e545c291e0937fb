import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { WEBSOCKET_PROTOCOL } from "../../protocol/mod.ts";
import type { Peer } from "../network/peer.ts";
import type { ConnectionHandler } from "../network/connection_registry.ts";
import type { Transport, TransportContext, TransportListener } from "../network/transport.ts";

/** RFC 6455, section 7.4.1. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/**
 * The transport of a WebSocket.
 *
 * 1. `ws` reads: it puts messages together, answers pings and leads the closing handshake. What it
 *    writes itself is always a whole frame at once.
 * 2. What is to be sent comes as whole frames, too, and goes straight to the socket, so that all
 *    members of a room share one buffer. So no frame ever gets into another.
 * 3. Behind a closing frame nothing more may be said, whichever side it came from first: it is
 *    dropped.
 * 4. A client whose frames are wrong, or binary, gets a closing code; from there on it
 *    counts as one that says nothing more.
 */
export class WebSocketTransport implements Transport {
  readonly address: string;
  readonly port: number;
  readonly asksForIntroduction: boolean;
  #listener: TransportListener | undefined;
  /** Whether the client was sent that its frames are wrong. */
  #isRefused = false;

  constructor(
    private readonly client: WebSocket,
    private readonly socket: Socket,
    peer: Pick<Peer, "address" | "port">,
    private readonly context: TransportContext,
    private readonly former: ConnectionHandler,
  ) {
    this.address = peer.address;
    this.asksForIntroduction = client.protocol === WEBSOCKET_PROTOCOL;
    this.port = peer.port;
  }

  setListener(listener: TransportListener): void {
    this.context.registry.replace(this.#listener ?? this.former, listener);
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (!isFirst) return;
    const { client } = this;
    client.on("message", this.#onMessage);
    client.on("ping", () => this.#listener!.alive());
    client.on("pong", () => this.#listener!.alive());
    client.on("error", ({ code }: Error & { code?: string }) => {
      if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.context.metrics.tooLong++;
      this.#listener!.ended(); // the closing code was sent; "close" follows
    });
    client.on("close", () => this.#listener!.closed());
  }

  write(bytes: Uint8Array, written: () => void): void {
    if (this.client.readyState !== WebSocket.OPEN) return queueMicrotask(written);
    this.context.metrics.sentBytes += bytes.length;
    this.socket.write(bytes, written);
  }

  ping(): void {
    if (this.client.readyState === WebSocket.OPEN) this.client.ping();
  }

  end(): void {
    this.client.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.client.pause();
  }

  resume(): void {
    this.client.resume();
  }

  #onMessage = (data: Buffer, isBinary: boolean): void => {
    // What came before the end of the connection counts, also where `ws` has seen the end already.
    if (this.#isRefused) return;
    if (!isBinary) return this.#listener!.received(data.toString("latin1"));
    this.#isRefused = true;
    this.client.close(UNSUPPORTED_DATA, "Send text messages, not binary ones.");
    this.#listener!.ended();
  };
}
