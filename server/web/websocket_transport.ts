import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { WEBSOCKET_PROTOCOL } from "../../protocol/mod.ts";
import { MAX_DISCARDED_BYTES } from "../network/lingering_close.ts";
import type { Peer } from "../network/peer.ts";
import type { ConnectionHandler } from "../network/connection_registry.ts";
import type { Transport, TransportContext, TransportListener } from "../network/transport.ts";

/** RFC 6455, section 7.4.1. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/** Maximum number of pongs that wait for a client: they do not pass its outbox. */
const MAX_WAITING_PONGS = 16;

/**
 * The transport of a WebSocket.
 *
 * 1. `ws` reads: it joins messages and performs the closing handshake. Its own writes are always whole frames.
 * 2. Output consists of whole frames, too, and is written directly to the socket, so that all members of
 *    a room share one buffer.
 * 3. After a closing frame, of either side, output is dropped.
 * 4. A client with invalid or binary frames gets a closing code; its further input is ignored, and past
 *    {@link MAX_DISCARDED_BYTES} the connection is closed.
 * 5. Pings are answered at once. While {@link MAX_WAITING_PONGS} wait for a client that does not read, only
 *    its latest ping is kept (RFC 6455, section 5.5.3).
 */
export class WebSocketTransport implements Transport {
  readonly address: string;
  readonly port: number;
  readonly requestsIntroduction: boolean;
  #listener: TransportListener | undefined;
  /** Whether the client got the closing code for invalid frames. */
  #isRefused = false;
  /** Number of pongs that the system has not accepted yet. */
  #waitingPongs = 0;
  /** The latest ping without a pong. */
  #unanswered: Buffer | undefined;
  #isInputBounded = false;

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
    client.on("ping", this.#onPing);
    client.on("pong", () => this.#listener!.controlFrame());
    client.on("error", ({ code }: Error & { code?: string }) => {
      if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.context.metrics.tooLong++;
      this.#boundInput();
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
    this.#boundInput();
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
    this.#boundInput();
    this.client.close(UNSUPPORTED_DATA, "Send text messages, not binary ones.");
    this.#listener!.ended();
  };

  #onPing = (payload: Buffer): void => {
    this.#listener!.controlFrame();
    if (this.#waitingPongs < MAX_WAITING_PONGS) this.#pong(payload);
    else this.#unanswered = payload;
  };

  #pong(payload: Buffer): void {
    if (this.client.readyState !== WebSocket.OPEN) return;
    this.#waitingPongs++;
    this.client.pong(payload, false, () => {
      this.#waitingPongs--;
      const next = this.#unanswered;
      this.#unanswered = undefined;
      if (next !== undefined) this.#pong(next);
    });
  }

  /** Closes the connection if much more comes: `ws` reads on for the closing handshake. */
  #boundInput(): void {
    if (this.#isInputBounded) return;
    this.#isInputBounded = true;
    let bytes = 0;
    this.socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > MAX_DISCARDED_BYTES) this.destroy();
    });
  }
}
