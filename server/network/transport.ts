import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ByteString } from "../../protocol/mod.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { ConnectionHandler, ConnectionRegistry } from "./connection_registry.ts";
import { type Peer, peerText } from "./peer.ts";

/** Bytes as which a control frame of a WebSocket counts where bytes that are no input are limited: it costs
 * about as much time as discarding them. */
export const CONTROL_FRAME_BYTES = 4096;

/** The owner of a transport: receives its bytes and its end. */
export interface TransportListener extends ConnectionHandler {
  /** Bytes were received: part of a stream, or one whole message of a WebSocket. */
  received(bytes: ByteString): void;
  /** The client has sent a ping or a pong of a WebSocket: it is alive. */
  controlFrame(): void;
  ended(): void;
  /** The connection is closed. Called once, also after an error. */
  closed(): void;
}

/** The bytes of a connection, with or without TLS or WebSocket. */
export interface Transport {
  /** IP address of the client. */
  readonly address: string;
  readonly port: number;
  /** Whether the client has requested an introduction before its first byte. */
  readonly requestsIntroduction?: boolean;
  /** Hands the connection over: from now on only this listener is called. The first call starts the
   * delivery. */
  setListener(listener: TransportListener): void;
  /** Writes; calls `written` when the kernel has accepted all bytes. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Pings the client, if the transport has pings of its own. */
  ping?(): void;
  /** Makes the system probe the peer, and close the connection if no answer comes for some time. */
  probe?(): void;
  /** Calls back once this side is closed, and the system has all bytes. */
  onWritten?(run: () => void): void;
  /** Closes this side after all written bytes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

export interface TransportContext {
  readonly registry: ConnectionRegistry;
  readonly log: Pick<Log, "error" | "debug">;
  readonly metrics: Pick<Metrics, "sentBytes" | "internalErrors" | "tooLong">;
}

/** Milliseconds of silence before the system probes the peer. */
const PROBE_IDLE = 1000;

/**
 * The transport of a plain or TLS socket.
 *
 * It is the only listener of the socket, and calls one listener: a former owner of the connection cannot
 * receive, pause or buffer the bytes for the next one.
 */
export class SocketTransport implements Transport {
  #listener: TransportListener | undefined;
  #isProbeOdd = false;

  /**
   * @param peer replaced when a trusted proxy names its client.
   * @param former the owner of the socket below, for a socket inside TLS.
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

  /** Releases the socket to an owner that listens to it without a transport. */
  detach(owner: ConnectionHandler): Socket {
    const { socket } = this;
    this.context.registry.replace(this.#listener, owner);
    socket.removeListener("data", this.#onData);
    socket.removeListener("end", this.#onEnd);
    socket.removeListener("close", this.#onClose);
    return socket;
  }

  /** Runs work for this connection; an error is reported, and ends only this connection. */
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
    // Only a changed time reaches the system.
    this.#isProbeOdd = !this.#isProbeOdd;
    this.socket.setKeepAlive(true, this.#isProbeOdd ? 2 * PROBE_IDLE : PROBE_IDLE);
  }

  onWritten(run: () => void): void {
    if (this.socket.writableFinished) run();
    else this.socket.once("finish", run);
  }

  /** @param lastBytes written before. */
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
