import { Buffer } from "node:buffer";
import {
  type ByteString,
  type ProtocolError,
  protocolError,
  sizeText,
} from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { Result } from "../result.ts";
import type { Upload } from "../chat/files/stored_files.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import type { StopReason } from "../network/connection_registry.ts";
import type { SocketTransport, TransportContext, TransportListener } from "../network/transport.ts";
import { systemClock } from "../scheduling/clock.ts";
import { StorageError } from "../storage/storage_error.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { sendContinue } from "./request_body.ts";
import { FILE_PACE, SlowPeerTimer } from "./slow_peer_timer.ts";
import { json } from "./web_answer.ts";

const NOTHING: Buffer = Buffer.alloc(0);

export interface UploadHost {
  /** Key of the address. */
  readonly key: string;
  /** Maximum size of a file without an announced one; `undefined` if none are stored. */
  readonly maxBytes: number | undefined;
  refuse(error: ProtocolError): void;
  /** The upload is over, in any way. Called at least once. */
  ended(): void;
}

/**
 * Receives the body of one request as a file.
 *
 * 1. The socket is not read while a piece is written to the disk: a fast sender fills no memory.
 * 2. Bytes after the body belong to the next request.
 * 3. An end at any byte before removes what was received.
 * 4. When the server stops, the rest of the body has half of the time of the stop.
 */
export class FileUpload implements TransportListener {
  readonly #timer: SlowPeerTimer;
  #upload: Upload | undefined;
  /** Received and not yet written, in order. */
  readonly #waiting: Buffer[] = [];
  /** The content of the chunks that were just received. */
  #part = NOTHING;
  /** Bytes of the body; with chunks infinite until its end. */
  #missing: number;
  readonly #chunks: ChunkedDecoder | undefined;
  #isAwaited = false;
  #isWriting = false;
  #isOver = false;
  #cancelStop: () => void = () => {};
  #transport: SocketTransport | undefined;

  /**
   * @param permission the upload, or the error of one that is refused.
   * @param size of the body in bytes; `undefined` for one in chunks.
   * @param url the address of the server for the message.
   */
  constructor(
    private readonly permission: Promise<Result<Upload>>,
    size: number | undefined,
    private readonly url: string,
    private readonly exchange: HttpExchange,
    private readonly context: TransportContext,
    private readonly host: UploadHost,
  ) {
    const { maxBytes = Infinity } = host;
    this.#missing = size ?? Infinity;
    if (size === undefined) {
      this.#chunks = new ChunkedDecoder(maxBytes, (part) => this.#part = part);
    }
    const { after } = systemClock;
    const onSlow = () => this.#fail(protocolError("file_too_slow"));
    this.#timer = new SlowPeerTimer(FILE_PACE, size ?? maxBytes, after, onSlow);
  }

  get key(): string {
    return this.host.key;
  }

  /** Begins with the bytes after the head of the request. */
  start(): void {
    const { exchange } = this;
    const first = exchange.connection.takeWaiting();
    this.#isAwaited = exchange.framing.isAwaited && first.length === 0;
    this.#transport = exchange.handOver(this);
    // First, so that it discards an upload that these bytes end.
    void this.#write();
    this.#take(first);
  }

  received(bytes: ByteString): void {
    this.#take(toBuffer(bytes));
  }

  controlFrame(): void {}

  ended(): void {
    if (this.#missing > 0) this.#fail(protocolError("file_incomplete"));
  }

  closed(): void {
    this.#close();
    if (!this.#isWriting) void this.#upload?.discard();
    this.context.registry.delete(this);
  }

  shutDown(_reason: StopReason, milliseconds: number): void {
    this.exchange.connection.shutDown();
    this.#cancelStop = systemClock.after(milliseconds / 2, () => {
      if (this.#missing > 0) this.#fail(protocolError("files_busy"));
    });
  }

  destroy(): void {
    this.#transport?.destroy();
  }

  evict(): void {
    this.#fail(protocolError("files_busy"));
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    const taken = this.#chunks === undefined
      ? this.#announced(bytes)
      : this.#dataOf(this.#chunks, bytes);
    if (taken === undefined) return;
    if (taken.length > 0) {
      this.#waiting.push(taken);
      this.#timer.progressed();
    }
    if (this.#missing === 0) {
      this.exchange.bodyRead(this.#chunks?.rest ?? bytes.subarray(taken.length));
    }
    if (!this.#isWriting) void this.#write();
  }

  #announced(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.#missing);
    this.#missing -= taken.length;
    return taken;
  }

  /** The content in chunks; `undefined` after an error. */
  #dataOf(chunks: ChunkedDecoder, bytes: Buffer): Buffer | undefined {
    const state = chunks.push(bytes);
    if (state === "too large") {
      return void this.#fail(protocolError("file_too_large", sizeText(this.host.maxBytes!)));
    }
    if (state === "invalid") return void this.#fail(protocolError("file_incomplete"));
    if (state === "complete") this.#missing = 0;
    const part = this.#part;
    this.#part = NOTHING;
    return part;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    this.#transport!.pause();
    try {
      const upload = await this.#permitted();
      if (upload === undefined) return;
      while (this.#waiting.length > 0 && !this.#isOver) await upload.write(this.#waiting.shift()!);
      if (this.#isOver) return;
      if (this.#missing === 0) await this.#finish(upload);
      else this.#transport!.resume();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#isWriting = false;
      // Its end has waited for the piece that was being written.
      if (this.#isOver) void this.#upload?.discard();
    }
  }

  /** Waits for the permission; the first time the client gets its go-ahead, or the error. */
  async #permitted(): Promise<Upload | undefined> {
    if (this.#upload !== undefined) return this.#upload;
    const { value: upload, error } = await this.permission;
    if (error !== undefined) return void this.#fail(error);
    this.#upload = upload;
    if (this.#isAwaited && this.#missing > 0 && !this.#isOver) sendContinue(this.exchange);
    return upload;
  }

  async #finish(upload: Upload): Promise<void> {
    this.#timer.stop();
    // Another one that displaced it now would refuse a file that is posted nevertheless.
    this.host.ended();
    // It discards what it has not posted.
    this.#upload = undefined;
    const { value: message, error } = await upload.finish(this.url);
    if (error !== undefined) return this.#fail(error);
    if (this.#isOver) return;
    this.#close();
    const { room, seq, time, file } = message;
    this.exchange.end(json(201, { room, seq, time, ...file }, { "Location": file!.url }));
  }

  #report(error: unknown): void {
    const { log } = this.context;
    if (error instanceof StorageError) log.error(error.message);
    else reportInternalError(this.context, error, this.exchange.peer.address);
    this.#fail(protocolError("storage_failed"));
  }

  #fail(error: ProtocolError): void {
    if (this.#isOver) return;
    this.#close();
    if (!this.#isWriting) void this.#upload?.discard();
    this.host.refuse(error);
  }

  #close(): void {
    this.#isOver = true;
    this.#timer.stop();
    this.#cancelStop();
    this.host.ended();
  }
}
