import { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { TransportContext, TransportListener } from "../network/transport.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { HttpExchange } from "./http_exchange.ts";

const CONTINUE = toBuffer("HTTP/1.1 100 Continue\r\n\r\n");

/** Size of the memory for the first bytes of a body. */
const FIRST_BYTES = 1024;

/** Sends the go-ahead to a client that waits for it before it sends its body. */
export function sendContinue({ transport }: HttpExchange): void {
  transport.write(CONTINUE, () => {});
}

/** The text of a body; `undefined` for invalid UTF-8. */
export function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** How the body of a request ends; one of them is called, once, unless the request is refused. */
export interface BodyHandlers {
  /** Receives the body; the exchange is answered by the caller. */
  onComplete(body: Buffer): void;
  /** The body has more bytes than its maximum, by its header or in chunks. */
  onTooLarge(): void;
  /** The request has no header about a body. */
  onMissing(): void;
}

/** Reads the body of one request into memory. */
export class RequestBody implements TransportListener {
  #body = Buffer.alloc(0);
  #length = 0;
  #missing = Infinity;
  #chunks: ChunkedDecoder | undefined;
  #isDone = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param maxBytes of the body.
   * @param milliseconds time limit of the body.
   */
  constructor(
    private readonly exchange: HttpExchange,
    private readonly context: TransportContext,
    private readonly maxBytes: number,
    private readonly milliseconds: number,
    private readonly handlers: BodyHandlers,
  ) {}

  start(): void {
    const { exchange, milliseconds, maxBytes } = this;
    const { body, isAwaited } = exchange.framing;
    if (body === undefined) return this.handlers.onMissing();
    if (body === "chunked") this.#chunks = new ChunkedDecoder(maxBytes, (part) => this.#add(part));
    else if (body > maxBytes) return this.handlers.onTooLarge();
    else this.#missing = body;
    const first = exchange.connection.takeWaiting();
    exchange.handOver(this);
    this.#deadline = setTimeout(
      () => this.#fail(408, `The request was not complete within ${milliseconds} ms.`),
      milliseconds,
    );
    if (isAwaited && this.#missing > 0 && first.length === 0) sendContinue(exchange);
    this.#take(first);
  }

  received(bytes: ByteString): void {
    this.#take(toBuffer(bytes));
  }

  controlFrame(): void {}

  ended(): void {
    this.#fail(400, "The body of the request is incomplete.");
  }

  closed(): void {
    this.#end();
    this.context.registry.delete(this);
  }

  shutDown(): void {
    this.exchange.connection.shutDown();
  }

  destroy(): void {
    this.exchange.transport.destroy();
  }

  #take(bytes: Buffer): void {
    if (this.#isDone) return;
    if (this.#chunks !== undefined) return this.#takeChunks(this.#chunks, bytes);
    const part = bytes.subarray(0, this.#missing);
    this.#add(part);
    this.#missing -= part.length;
    if (this.#missing === 0) this.#complete(bytes.subarray(part.length));
  }

  #takeChunks(chunks: ChunkedDecoder, bytes: Buffer): void {
    const state = chunks.push(bytes);
    if (state === "complete") this.#complete(chunks.rest);
    else if (state === "invalid") this.#fail(400, "The chunks of the body are invalid.");
    else if (state === "too large") {
      this.#end();
      this.handlers.onTooLarge();
    }
  }

  /** A copy: parts of one byte would keep the memory of all that was received. */
  #add(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#body.length) {
      const grown = Buffer.alloc(Math.min(Math.max(2 * length, FIRST_BYTES), this.maxBytes));
      this.#body.copy(grown, 0, 0, this.#length);
      this.#body = grown;
    }
    part.copy(this.#body, this.#length);
    this.#length = length;
  }

  #complete(rest: Buffer): void {
    this.#end();
    this.exchange.bodyRead(rest);
    this.handlers.onComplete(this.#body.subarray(0, this.#length));
  }

  #fail(status: number, text: string): void {
    if (this.#isDone) return;
    this.#end();
    this.exchange.refuse(status, text);
  }

  #end(): void {
    this.#isDone = true;
    clearTimeout(this.#deadline);
  }
}
