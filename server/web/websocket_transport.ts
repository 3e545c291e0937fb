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
 * 1. `ws` reads: it joins messages, answers pings and performs the closing handshake. Its own writes are
 *    always whole frames.
 * 2. Output consists of whole frames, too, and is written directly to the socket, so that all members of
 *    a room share one buffer.
 * 3. After a closing frame, of either side, output is dropped.
 * 4. A client with invalid or binary frames gets a closing code; its further input is ignored.
 */
export class WebSocketTransport implements Transport {
  readonly address: string;
  readonly port: number;
  readonly requestsIntroduction: boolean;
  #listener: TransportListener | undefined;
  /** Whether the client got the closing code for invalid frames. */
  #isRefused = false;

  constructor(
    private readonly client: WebSocket,
    private readonly socket: Socket,
    peer: Pick<Peer, "address" | "port">,
    private readonly context: TransportContext,
    private readonly former: ConnectionHandler,
  ) {
    this.address = peer.address;
    this.requestsIntroduction = client.protocol === WEBSOCKET_PROTOCOL;
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
    // Input before the end of the connection counts, even if `ws` has already detected the end.
    if (this.#isRefused) return;
    if (!isBinary) return this.#listener!.received(data.toString("latin1"));
    this.#isRefused = true;
    this.client.close(UNSUPPORTED_DATA, "Send text messages, not binary ones.");
    this.#listener!.ended();
  };
}
