import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type ErrorReport, guardSocket } from "../../observability/internal_error.ts";
import type { ConnectionHandler } from "../connection_registry.ts";
import { type DecodedProxyHeader, ProxyHeaderDecoder, ProxyHeaderError } from "./proxy_header.ts";

/** How the reading of a header ended. */
export interface HeaderListener {
  /** The header is complete. */
  decoded(decoded: DecodedProxyHeader): void;
  /** There is no valid header, or none in time; the socket is still open. */
  failed(reason: string): void;
  /** The socket was closed before. */
  closed(): void;
}

/** A connection of a trusted proxy until its PROXY header is complete. */
export class ProxyHeaderReader implements ConnectionHandler {
  readonly #decoder = new ProxyHeaderDecoder();
  readonly #deadline: ReturnType<typeof setTimeout>;

  /**
   * @param socket has an `error` listener already.
   * @param report receives errors of the server itself, which end this socket alone.
   * @param milliseconds within which the header has to be complete.
   */
  constructor(
    private readonly socket: Socket,
    private readonly report: ErrorReport,
    milliseconds: number,
    private readonly listener: HeaderListener,
  ) {
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
    this.#deadline = setTimeout(() => this.#fail("it was not complete in time"), milliseconds);
  }

  /** Takes what has come in already. */
  start(first: Buffer): void {
    this.#onData(first);
  }

  shutDown(): void {
    this.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #onData = (chunk: Buffer): void => guardSocket(this.report, this.socket, () => this.#read(chunk));

  #read(chunk: Buffer): void {
    let decoded: DecodedProxyHeader | undefined;
    try {
      decoded = this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error;
      return this.#fail(error.message);
    }
    if (decoded === undefined) return;
    this.#leave();
    this.listener.decoded(decoded);
  }

  #onEnd = (): void => this.#fail("the connection ended within it");

  #onClose = (): void => {
    this.#leave();
    this.listener.closed();
  };

  #fail(reason: string): void {
    guardSocket(this.report, this.socket, () => {
      this.#leave();
      this.listener.failed(reason);
    });
  }

  #leave(): void {
    clearTimeout(this.#deadline);
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("end", this.#onEnd);
    this.socket.removeListener("close", this.#onClose);
  }
}
