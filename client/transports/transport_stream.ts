import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { Endpoint, OpenTransport, Transport } from "../core/transport.ts";

/** A transport as a stream, for TLS and WebSocket over it. Bytes may be written at once: they wait until
 * the connection is established. */
export class TransportStream extends Duplex {
  /** The error with which the connection has ended. */
  failure: Error | undefined;
  readonly #transport: Transport;
  #isOpen = false;
  /** The chunk that waits for the connection, and its callback. */
  #unsent: (() => void) | undefined;
  /** The callback of a chunk that the network has not accepted yet. */
  #accepted: (() => void) | undefined;

  /** @param opened called once the connection is established. */
  constructor(open: OpenTransport, endpoint: Endpoint, opened: () => void = () => {}) {
    super({ allowHalfOpen: false });
    this.#transport = open(endpoint, {
      opened: () => {
        this.#isOpen = true;
        this.#unsent?.();
        opened();
      },
      received: (bytes) => {
        if (!this.push(Buffer.from(bytes, "latin1"))) this.#transport.pause();
      },
      drained: () => this.#drained(),
      closed: (error) => this.#closed(error),
    });
  }

  override _read(): void {
    if (this.#isOpen) this.#transport.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const send = () => {
      if (this.#transport.write(chunk.toString("latin1")) === false) this.#accepted = done;
      else done();
    };
    if (this.#isOpen) send();
    else this.#unsent = send;
  }

  /** Joins chunks: WebSocket frames are written in two. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "", done);
  }

  override _final(done: () => void): void {
    this.#transport.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#transport.destroy();
    done(error);
  }

  #drained(): void {
    const accepted = this.#accepted;
    this.#accepted = undefined;
    accepted?.();
  }

  #closed(error: Error | undefined): void {
    this.failure = error;
    if (error !== undefined) return void this.destroy(error);
    this.push(null);
    this.#drained();
  }
}
