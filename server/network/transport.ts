import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ByteString } from "../../protocol/mod.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { ConnectionHandler, ConnectionRegistry } from "./connection_registry.ts";
import { type Peer, peerText } from "./peer.ts";

/** The owner of a transport: receives its bytes and its end. */
export interface TransportListener extends ConnectionHandler {
  /** Bytes came in: part of a stream, or over WebSocket one whole message. */
  received(bytes: ByteString): void;
  /** The client gave a sign of life without bytes, such as a pong of WebSocket. */
  alive(): void;
  /** The client has closed its side. */
  ended(): void;
  /** The connection is closed. Called exactly once, also after an error. */
  closed(): void;
}

/** A connection's bytes, with or without TLS or WebSocket. */
export interface Transport {
  /** IP address of the client. */
  readonly address: string;
  /** Port of the client. */
  readonly port: number;
  /** True where the client has asked for an introduction before its first byte. */
  readonly asksForIntroduction?: boolean;
  /** Hands the connection on: from here on this listener alone is called, and none before it. The first
   * call starts the delivery. */
  setListener(listener: TransportListener): void;
  /** Writes; calls `written` when the kernel has taken all of it. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Asks for a sign of life, where the transport has a way of its own. */
  ping?(): void;
  /** Makes the system ask for a sign of life, and close the connection where none comes for some time. */
  probe?(): void;
  /** Closes this side, behind what was written. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

/** What all transports of a server share. */
export interface TransportContext {
  readonly registry: ConnectionRegistry;
  readonly log: Pick<Log, "error" | "debug">;
  readonly metrics: Pick<Metrics, "sentBytes" | "internalErrors" | "tooLong">;
}

/** Milliseconds of silence after which the system asks for a sign of life. */
const PROBE_IDLE = 1000;

/**
 * The transport of a plain or TLS socket.
 *
 * It is the only one who listens to the socket, and it calls one listener: a former owner of the
 * connection cannot receive, pause or buffer what is for the next one.
 */
export class SocketTransport implements Transport {
  #listener: TransportListener | undefined;
  #isProbeOdd = false;

  /**
   * @param peer may be replaced by what a trusted proxy sends.
   * @param former the owner of the socket inside which this one is.
   */
  constructor(
    readonly socket: Socket,
    public peer: Peer,
    private readonly context: TransportContext,
    private readonly former?: ConnectionHandler,
  ) {
    socket.on("error", () => {}); // "close" follows and does the rest
  }

  get address(): string {
    return this.peer.address;
  }

  get port(): number {
    return this.peer.port;
  }

  setListener(listener: TransportListener): void {
    const { socket } = this;
    this.context.registry.replace(this.#listener ?? this.former, listener);
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (!isFirst) return;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
  }

  /** Gives the socket away to an owner who listens to it without a transport. */
  detach(owner: ConnectionHandler): Socket {
    const { socket } = this;
    this.context.registry.replace(this.#listener, owner);
    socket.removeListener("data", this.#onData);
    socket.removeListener("end", this.#onEnd);
    socket.removeListener("close", this.#onClose);
    return socket;
  }

  /** Runs what is done for this connection; an error is reported and ends it alone. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.context.metrics.sentBytes += bytes.length;
    this.socket.write(bytes, written);
  }

  probe(): void {
    // Only another time than the last one reaches the system.
    this.#isProbeOdd = !this.#isProbeOdd;
    this.socket.setKeepAlive(true, this.#isProbeOdd ? 2 * PROBE_IDLE : PROBE_IDLE);
  }

  /** @param lastBytes are written before. */
  end(lastBytes?: Uint8Array): void {
    if (lastBytes === undefined) this.socket.end();
    else this.socket.end(lastBytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  #onData = (chunk: Buffer): void => {
    try {
      // The decoders work on byte strings.
      this.#listener!.received(chunk.toString("latin1"));
    } catch (error) {
      this.#fail(error);
    }
  };

  #onEnd = (): void => this.guard(() => this.#listener!.ended());

  #onClose = (): void => this.guard(() => this.#listener!.closed());

  #fail(error: unknown): void {
    reportInternalError(this.context, error, peerText(this.peer));
    this.destroy();
  }
}
