import { basename } from "node:path";
import {
  cleanLine,
  type ErrorCode,
  fromBytes,
  fromByteString,
  hostPort,
  type ProtocolError,
  shorten,
  sizeText,
  type StoredFile,
  toByteString,
} from "../../protocol/mod.ts";
import { ChatError } from "../core/chat_error.ts";
import { ConnectionError, connectionErrorOf } from "../core/connection_errors.ts";
import type { Transport, TransportListener } from "../core/transport.ts";
import { abortable } from "./abortable.ts";
import type { FileStore } from "./file_chat.ts";
import { FileContent } from "./file_content.ts";
import { FileError } from "./file_error.ts";
import { openFile } from "./send_file.ts";

/** Bytes that are read and written at once. */
const PIECE_BYTES = 65_536;

/** Maximum size of an answer, in bytes. */
const MAX_ANSWER_BYTES = 65_536;

const MAX_SHOWN_CHARACTERS = 100;

/** Options of {@link postFile}. */
export interface PostFileOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Called as bytes are written to the connection. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly size: number }) => void;
}

/**
 * Posts a file in a room of this client: the server keeps it, and its address is a message in the room,
 * which this client receives, too.
 *
 * @param store that of the client: `client.fileStore`.
 * @throws {FileError} when it cannot be read, or was stopped.
 * @throws {ChatError} when the server refuses it.
 * @throws {ConnectionError} when there is no connection, or it ends first.
 */
export async function postFile(
  store: FileStore,
  room: string,
  path: string,
  { signal, onProgress = () => {} }: PostFileOptions = {},
): Promise<StoredFile> {
  const name = basename(path);
  const stopped = () => new FileError("aborted", `You have stopped sending ${name}.`);
  if (signal?.aborted === true) throw stopped();
  const source = await abortable(openFile(path), signal, stopped, ({ file }) => void file.close());
  const { size } = source;
  let request: PutRequest | undefined;
  const abort = () => request?.fail(stopped());
  signal?.addEventListener("abort", abort);
  const content = new FileContent({ name, ...source });
  try {
    if (size > store.maxBytes) throw ChatError.of("file_too_large", sizeText(store.maxBytes));
    request = new PutRequest(store, room, name, content, (bytes) => onProgress({ bytes, size }));
    return await request.answer;
  } finally {
    signal?.removeEventListener("abort", abort);
    request?.close();
    await content.idle();
    await source.file.close();
  }
}

/** One request with a file as its body, on a connection of its own. */
class PutRequest implements TransportListener {
  readonly #answer = Promise.withResolvers<StoredFile>();
  readonly #transport: Transport;
  #received = "";
  #drained: () => void = () => {};
  #isOver = false;

  constructor(
    private readonly store: FileStore,
    private readonly room: string,
    private readonly name: string,
    private readonly content: FileContent,
    private readonly onProgress: (bytes: number) => void,
  ) {
    this.#answer.promise.catch(() => {}); // awaited after the constructor
    this.#transport = store.open(this);
  }

  get answer(): Promise<StoredFile> {
    return this.#answer.promise;
  }

  opened(): void {
    const { endpoint, path: page, authorization, token } = this.store;
    const path = `${page}rooms/${encodeURIComponent(this.room)}/files/${
      encodeURIComponent(this.name)
    }`;
    this.#transport.write(toByteString(
      [
        `PUT ${path} HTTP/1.1`,
        `Host: ${hostPort(endpoint)}`,
        ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
        `Session-Token: ${token}`,
        `Content-Length: ${this.content.size}`,
        "Connection: close", // a proxy would wait for another request
        ...["", ""],
      ].join("\r\n"),
    ));
    void this.#send().catch((error) => this.fail(error));
  }

  received(bytes: string): void {
    // The server answers a complete file, or one that it refuses.
    this.#isOver = true;
    this.#received += bytes;
    if (this.#received.length > MAX_ANSWER_BYTES) this.#transport.destroy();
  }

  drained(): void {
    this.#drained();
  }

  closed(error?: Error): void {
    this.#isOver = true;
    this.#drained();
    const answer = answerOf(this.#received);
    if (answer === undefined) {
      const { endpoint } = this.store;
      const detail = statusOf(this.#received);
      this.fail(
        error !== undefined
          ? connectionErrorOf(error, "chat", endpoint)
          : detail !== undefined
          ? new ConnectionError("http_refused", "join", endpoint, { detail })
          : new ConnectionError("closed", "chat", endpoint),
      );
    } else if ("code" in answer) this.fail(new ChatError(answer));
    else this.#answer.resolve(answer);
  }

  fail(error: unknown): void {
    this.#answer.reject(error);
    this.close();
  }

  close(): void {
    this.#isOver = true;
    this.#drained();
    this.#transport.destroy();
  }

  async #send(): Promise<void> {
    const { content } = this;
    let sent = 0;
    while (sent < content.size && !this.#isOver) {
      const piece = await content.read(Math.min(PIECE_BYTES, content.size - sent));
      if (this.#isOver) return;
      sent += piece.length;
      const isAccepted = this.#transport.write(fromBytes(piece));
      this.onProgress(sent);
      if (isAccepted === false) await new Promise<void>((resolve) => this.#drained = resolve);
    }
    if (!this.#isOver) await content.verify();
  }
}

/** The status line of an answer that is not the server's, such as that of a proxy. */
function statusOf(received: string): string | undefined {
  const [, status] = /^HTTP\/1\.1 (\d{3}[^\r\n]*)\r\n/.exec(received) ?? [];
  return status === undefined ? undefined : shorten(cleanLine(status), MAX_SHOWN_CHARACTERS);
}

/** The file, or the error, of a complete answer of the server. */
function answerOf(received: string): StoredFile | ProtocolError | undefined {
  const [, status, body = ""] = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n(.*)$/s.exec(received) ?? [];
  if (status === undefined) return undefined;
  try {
    const value = JSON.parse(fromByteString(body) ?? "");
    if (status === "201") {
      const { name, size, type, hash, url } = value as StoredFile;
      return { name, size, type, hash, url };
    }
    return { code: value.code as ErrorCode, text: cleanLine(String(value.detail)) };
  } catch {
    return undefined;
  }
}
