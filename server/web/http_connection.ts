import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import { endConnection } from "../network/lingering_close.ts";
import type { SocketTransport, TransportContext, TransportListener } from "../network/transport.ts";
import { HEADERS_TOO_LARGE } from "./request_gate.ts";
import { RequestHeadReader } from "./request_head.ts";

/** The error for bytes that are not a request. */
export const NO_REQUEST = "Invalid HTTP request.";

/** Maximum number of requests of a connection: nginx's own default. */
export const MAX_REQUESTS = 1000;

/**
 * Time limit for the next request of a trusted proxy, in milliseconds. nginx closes idle connections after
 * 60 s by default: if this side were first, the request that it sends in that moment would be lost.
 */
const PROXY_IDLE_MILLISECONDS = 75_000;

const NOTHING: Buffer = Buffer.alloc(0);

/** Answers the requests of a connection. */
export interface RequestHandler {
  /** A head is complete. No other is read before the answer is sent with {@link HttpConnection.finish}. */
  onHead(head: Buffer): void;
  /** Bytes are not a request, or it was not complete in time: the last answer of the connection. */
  onFault(status: number, text: string): void;
}

/**
 * A connection with HTTP: one request after the other.
 *
 * 1. One request at a time. Bytes of the next ones are kept, at most those of one read: the socket is not
 *    read on before the answer is written.
 * 2. The next request is parsed once the system has accepted the answer before, in a turn of its own. A
 *    client that sends many and does not read gets no work done, and its connection is closed.
 * 3. A request with a body that was not read to its end is the last one.
 * 4. An idle connection is closed without a word: after its time, or when the server stops. A request that
 *    is being answered then is the last one.
 * 5. Between two requests the connection counts for the address of its peer, not for that of a client
 *    behind a proxy.
 */
export class HttpConnection implements TransportListener {
  #head = new RequestHeadReader();
  #waiting = NOTHING;
  #requests = 0;
  /** Whether a request is being answered. */
  #isBusy = false;
  /** Whether an owner of its own reads a body, or writes an answer. */
  #isLent = false;
  #isStopping = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /** @param milliseconds time limit of a request, of the break before it, and of an answer. */
  constructor(
    readonly transport: SocketTransport,
    readonly ticket: AdmissionTicket,
    readonly context: TransportContext,
    private readonly milliseconds: number,
    private readonly handler: RequestHandler,
  ) {
    transport.setListener(this);
    this.#awaitRequest();
  }

  /** Whether another request may follow the one that is being answered. */
  get isReusable(): boolean {
    const isLast = this.transport.socket.readableEnded && this.#waiting.length === 0;
    return !isLast && !this.#isStopping && this.#requests < MAX_REQUESTS &&
      this.ticket.refusal === undefined;
  }

  /** Time limit of the break before the next request. */
  get idleMilliseconds(): number {
    return this.transport.peer.isTrustedProxy ? PROXY_IDLE_MILLISECONDS : this.milliseconds;
  }

  received(bytes: ByteString): void {
    if (this.#isBusy) return this.keep(toBuffer(bytes));
    if (this.#head.isEmpty && this.#requests > 0) this.#awaitRequest();
    this.#read(toBuffer(bytes));
  }

  controlFrame(): void {}

  ended(): void {
    if (this.#isBusy) return;
    if (this.#head.isEmpty) this.#close(NOTHING);
    else this.handler.onFault(400, NO_REQUEST);
  }

  closed(): void {
    clearTimeout(this.#deadline);
    this.context.registry.delete(this);
  }

  /** The server stops: the request that is being answered is the last one. */
  shutDown(): void {
    this.#isStopping = true;
    if (!this.#isBusy) this.transport.socket.destroySoon();
  }

  destroy(): void {
    this.transport.destroy();
  }

  /** Keeps bytes after the request that is being answered. */
  keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.transport.pause();
  }

  /** Takes the bytes after the head of the request that is being answered. */
  takeWaiting(): Buffer {
    const waiting = this.#waiting;
    this.#waiting = NOTHING;
    return waiting;
  }

  /** Lets an owner read a body or write an answer. It may return the connection by {@link takeBack}. */
  lend(owner: TransportListener): void {
    const { transport } = this;
    this.#isLent = true;
    transport.setListener(owner);
    transport.resume();
    // The end has come while an earlier request was being answered.
    if (transport.socket.readableEnded) {
      queueMicrotask(() => transport.guard(() => owner.ended()));
    }
  }

  takeBack(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    this.transport.setListener(this);
  }

  /** Releases the socket from its transport, which would receive the bytes that are put back. */
  detach(): Socket {
    const { transport } = this;
    transport.resume();
    const socket = transport.detach(this);
    socket.once("close", () => this.closed());
    return socket;
  }

  /**
   * Writes the last bytes of an answer.
   *
   * @param isLast whether the connection is closed after them.
   */
  finish(bytes: Buffer, isLast: boolean): void {
    const { transport } = this;
    if (transport.socket.destroyed) return;
    if (isLast || this.#isStopping) return this.#close(bytes);
    this.takeBack();
    if (bytes.length === 0) return this.#next();
    this.#limit(this.milliseconds, () => this.destroy());
    transport.write(bytes, () => transport.guard(() => this.#next()));
  }

  #read(bytes: Buffer): void {
    const read = this.#head.push(bytes);
    if (read === undefined) {
      if (this.transport.socket.readableEnded) this.ended();
      else this.transport.resume();
      return;
    }
    clearTimeout(this.#deadline);
    this.#isBusy = true;
    if (read === "too large") return this.handler.onFault(431, HEADERS_TOO_LARGE);
    if (read === "invalid") return this.handler.onFault(400, NO_REQUEST);
    this.#requests++;
    this.#waiting = read.rest;
    this.handler.onHead(read.head);
  }

  #next(): void {
    const { transport, ticket } = this;
    clearTimeout(this.#deadline);
    if (transport.socket.destroyed) return;
    const refusal = ticket.renew(transport.peer.address);
    if (this.#isStopping || refusal !== undefined) return this.#close(NOTHING);
    if (this.#waiting.length > 0) {
      setImmediate(() => transport.guard(() => this.#readWaiting()));
      return;
    }
    this.#isBusy = false;
    this.#head = new RequestHeadReader();
    if (transport.socket.readableEnded) return this.#close(NOTHING);
    this.#limit(this.idleMilliseconds, () => this.#close(NOTHING));
    transport.resume();
  }

  #readWaiting(): void {
    if (this.transport.socket.destroyed) return;
    if (this.#isStopping) return this.#close(NOTHING);
    this.#isBusy = false;
    this.#head = new RequestHeadReader();
    this.#awaitRequest();
    this.#read(this.takeWaiting());
  }

  #awaitRequest(): void {
    const { milliseconds } = this;
    const text = `The request was not complete within ${milliseconds} ms.`;
    this.#limit(milliseconds, () => this.handler.onFault(408, text));
  }

  #limit(milliseconds: number, expire: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.transport.guard(expire), milliseconds);
  }

  #close(lastBytes: Buffer): void {
    clearTimeout(this.#deadline);
    endConnection(this.transport, lastBytes, this.context, this.milliseconds);
    if (this.#isStopping) this.transport.socket.destroySoon();
  }
}
