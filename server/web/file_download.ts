import { Buffer } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { type ByteString, isPicture, storedFileName } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { OpenContent, StoredFiles } from "../chat/files/stored_files.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import type { SocketTransport, TransportContext, TransportListener } from "../network/transport.ts";
import { systemClock } from "../scheduling/clock.ts";
import { StorageError } from "../storage/storage_error.ts";
import { rangeOf } from "./byte_range.ts";
import { isKnown } from "./entity_tag.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { FILE_PACE, SlowPeerTimer } from "./slow_peer_timer.ts";
import { rawHead, sentence, type WebAnswer } from "./web_answer.ts";

/** Bytes that are read and written at once. */
const SLICE_BYTES = 64 * 1024;

/** The content of an address never changes. Shared caches may not keep it. */
const KEEP = "private, max-age=31536000, immutable";

/** A content gets no rights of the page, even where a browser shows it: no scripts, no requests, an origin
 * of its own. The browser's own view of a picture has styles. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export interface DownloadRequest {
  readonly hash: string;
  /** The name in the address. */
  readonly name: string;
  readonly isHead: boolean;
  readonly headers: IncomingHttpHeaders;
}

export interface DownloadHost {
  /** Key of the address. */
  readonly key: string;
  /** The download is over, in any way. Called at least once. */
  ended(): void;
}

/**
 * Sends a stored file.
 *
 * A slice is read when the system has accepted the one before, so that a slow client costs one slice, and
 * other connections have their turns between two.
 */
export class FileDownload implements TransportListener {
  #transport: SocketTransport | undefined;
  #timer: SlowPeerTimer | undefined;
  #file: FileHandle | undefined;
  #isOver = false;
  #isReading = false;

  constructor(
    private readonly request: DownloadRequest,
    private readonly exchange: HttpExchange,
    private readonly context: TransportContext,
    private readonly host: DownloadHost,
  ) {}

  get key(): string {
    return this.host.key;
  }

  async start(files: StoredFiles): Promise<void> {
    this.#transport = this.exchange.handOver(this);
    try {
      const content = await files.read(this.request.hash);
      if (typeof content !== "object") return this.#answer(missing(content, files));
      this.#file = content.file;
      if (this.#isOver) this.#closeFile();
      else this.#send(content);
    } catch (error) {
      this.#report(error);
    }
  }

  received(bytes: ByteString): void {
    this.exchange.connection.keep(toBuffer(bytes));
  }

  controlFrame(): void {}

  ended(): void {}

  closed(): void {
    this.#close();
    this.context.registry.delete(this);
  }

  shutDown(): void {
    this.exchange.connection.shutDown();
  }

  destroy(): void {
    this.#transport?.destroy();
  }

  evict(): void {
    this.destroy();
  }

  #send({ size, type }: OpenContent): void {
    const { hash, name, isHead, headers } = this.request;
    const tag = `"${hash}"`;
    const common = {
      "Cache-Control": KEEP,
      "ETag": tag,
      "Accept-Ranges": "bytes",
      "Content-Security-Policy": POLICY,
      "Content-Disposition": disposition(isPicture(type), storedFileName(name) ?? "file"),
    };
    if (isKnown(headers["if-none-match"], tag)) {
      const headers = { ...common, "Content-Length": String(size) };
      return this.#answer({ status: 304, type, body: "", headers });
    }
    const ifRange = headers["if-range"];
    const isCurrent = ifRange === undefined || ifRange === tag;
    const range = isCurrent ? rangeOf(headers.range, size) : undefined;
    if (range === "outside") {
      return this.#answer(
        sentence(416, "The file has no such bytes.", { "Content-Range": `bytes */${size}` }),
      );
    }
    const { first, last } = range ?? { first: 0, last: size - 1 };
    const rangeHeader = range && { "Content-Range": `bytes ${first}-${last}/${size}` };
    const head = rawHead(
      { status: range === undefined ? 200 : 206, type, body: "", headers: common },
      {
        "Content-Length": String(last - first + 1),
        ...rangeHeader,
        ...this.exchange.connectionHeaders(),
      },
    );
    this.#timer = new SlowPeerTimer(FILE_PACE, size, systemClock.after, () => this.destroy());
    if (isHead || size === 0) return this.#end(head);
    this.#transport!.write(
      head,
      () => void this.#sendSlice(Buffer.alloc(SLICE_BYTES), first, last),
    );
  }

  async #sendSlice(buffer: Buffer, first: number, last: number): Promise<void> {
    if (this.#isOver) return;
    this.#timer!.progressed();
    try {
      this.#isReading = true;
      const length = Math.min(buffer.length, last - first + 1);
      const { bytesRead } = await this.#file!.read(buffer, 0, length, first);
      this.#isReading = false;
      if (this.#isOver) return this.#closeFile();
      // The disk has lost the rest: the client detects it by the length.
      if (bytesRead === 0) return this.destroy();
      const next = first + bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      this.#transport!.write(bytes, () => {
        if (next > last) this.#end(Buffer.alloc(0));
        else void this.#sendSlice(buffer, next, last);
      });
    } catch (error) {
      this.#isReading = false;
      if (this.#isOver) return this.#closeFile();
      this.#reportError(error);
      this.destroy();
    }
  }

  #report(error: unknown): void {
    this.#reportError(error);
    this.#answer(sentence(503, "The server cannot read the file. Try again later."));
  }

  #reportError(error: unknown): void {
    if (error instanceof StorageError) this.context.log.error(error.message);
    else reportInternalError(this.context, error, this.exchange.peer.address);
  }

  #answer(answer: WebAnswer): void {
    if (this.#isOver) return;
    this.#close();
    if (answer.status === 404) this.exchange.ticket.refuse("http", "404");
    this.exchange.end(answer);
  }

  #end(lastBytes: Buffer): void {
    if (this.#isOver) return;
    this.#close();
    this.exchange.finish(lastBytes);
  }

  #close(): void {
    this.#isOver = true;
    this.#timer?.stop();
    if (!this.#isReading) this.#closeFile();
    this.host.ended();
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close().catch(() => {});
  }
}

function missing(why: "gone" | undefined, files: StoredFiles): WebAnswer {
  if (why === "gone") {
    return sentence(
      410,
      "This file is no longer stored: newer ones needed its space, or its room was deleted.",
    );
  }
  return sentence(
    404,
    files.maxBytes === undefined
      ? "This server stores no files."
      : "There is no such file. Check the address.",
  );
}

/** `Content-Disposition` with a name for all clients (RFC 6266): the first in ASCII. */
function disposition(isShown: boolean, name: string): string {
  const plain = name.replace(/[^ !#-[\]-~]|%/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return `${isShown ? "inline" : "attachment"}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
