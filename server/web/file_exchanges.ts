import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { FILE_HASH, hostPort, type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { isLoopback, plainAddress } from "../addresses/network_address.ts";
import type { StoredFiles, Upload, UploadRequest } from "../chat/files/stored_files.ts";
import { isAccountToken, type ScriptAccess } from "../chat/script_access.ts";
import type { Result } from "../result.ts";
import { FairPool } from "../scheduling/fair_pool.ts";
import type { TransportContext } from "../network/transport.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { digestOf } from "./digest_header.ts";
import { FileDownload } from "./file_download.ts";
import { FileUpload } from "./file_upload.ts";
import { isOriginAllowed } from "./origin.ts";
import type { PassedRequest } from "./request_gate.ts";
import { problemAnswer } from "./problem_answer.ts";
import { decodedPart, pathOf } from "./routes.ts";
import { credentialsOf, undecodable, UNKNOWN_AUTHORIZATION } from "./script_request.ts";
import { sentence } from "./web_answer.ts";

/** Maximum number of files that are received at the same time; one more ends the oldest of the address
 * with the most. */
const MAX_UPLOADS = 32;

/** The same for files that are sent. Each has a file open, and 64 KiB. */
const MAX_DOWNLOADS = 64;

/** The path of a file that is posted: its room and its name. */
const UPLOAD_PATH = /^\/rooms\/([^/]*)\/files\/([^/]*)$/;

/** The path of a stored file: its hash, and any name. */
const DOWNLOAD_PATH = /^\/files\/([^/]*)\/[^/]*$/;

const ALLOW_PUT = { "Allow": "PUT" };

/** The names by which a machine reaches itself. */
const LOCAL_HOST = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i;

export interface FileOptions {
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string | null;
}

/** An HTTP connection that sends or receives a file. */
interface FileTransfer {
  /** Key of the address. */
  readonly key: string;
  /** Ends it for another one. */
  evict(): void;
}

/** The requests for stored files: `PUT /rooms/ROOM/files/NAME` posts one, `GET /files/HASH/NAME` reads it. */
export class FileExchanges {
  readonly #uploads = new FairPool<FileTransfer>(MAX_UPLOADS);
  readonly #downloads = new FairPool<FileTransfer>(MAX_DOWNLOADS);

  /** @param reachedAt the address of this machine by which a client of another one has reached it last. */
  constructor(
    private readonly files: StoredFiles,
    private readonly scripts: Pick<ScriptAccess, "authorize" | "checkOf">,
    private readonly options: FileOptions,
    private readonly reachedAt: () => string | undefined,
    private readonly context: TransportContext,
  ) {}

  /**
   * Answers a request for a file.
   *
   * @returns whether it was one.
   */
  take(
    request: IncomingMessage,
    passed: PassedRequest,
    exchange: HttpExchange,
  ): boolean {
    const path = pathOf(request.url ?? "") ?? "";
    const [, room, name] = UPLOAD_PATH.exec(path) ?? [];
    if (room !== undefined) {
      this.#upload(room, name!, request, passed, exchange);
      return true;
    }
    const [, hash] = DOWNLOAD_PATH.exec(path) ?? [];
    if (hash === undefined) return false;
    this.#download(hash, path, request, exchange);
    return true;
  }

  #upload(
    room: string,
    name: string,
    { method, headers }: IncomingMessage,
    { host, prefix, peer }: PassedRequest,
    exchange: HttpExchange,
  ): void {
    const refuse = (error: ProtocolError, headers?: Readonly<Record<string, string>>) =>
      exchange.decline({ reason: "http", answer: problemAnswer(error, headers) });
    if (method !== "PUT") return refuse(protocolError("method_not_allowed", "PUT is"), ALLOW_PUT);
    const { origin } = headers;
    if (!isOriginAllowed(origin, host, this.options.allowedOrigins)) {
      return refuse(protocolError("origin_refused"));
    }
    const { body } = exchange.framing;
    if (body === undefined) return refuse(protocolError("file_length_needed"));
    const size = body === "chunked" ? undefined : body;
    const [roomName, fileName] = [decodedPart(room), decodedPart(name)];
    if (roomName === undefined || fileName === undefined) {
      return refuse(undecodable(roomName === undefined ? "room_invalid" : "file_name_invalid"));
    }
    const { value: hash, error: damaged } = digestOf(headers);
    if (damaged !== undefined) return refuse(damaged);
    const sender = this.#senderOf(headers, peer.address);
    const begin = async (): Promise<Result<Upload>> => {
      const { value, error } = await sender;
      if (error !== undefined) return { error };
      const { address } = peer;
      return this.files.begin({
        ...value,
        room: roomName,
        name: fileName,
        size,
        hash,
        address,
      });
    };
    const { publicUrl } = this.options;
    const { localAddress, localPort = 0 } = exchange.transport.socket;
    const own = { host: plainAddress(localAddress), port: localPort };
    const url = publicUrl ??
      `${peer.isSecure ? "https" : "http"}://${hostForAll(host, own, this.reachedAt())}${prefix}`;
    const { maxBytes } = this.files;
    const transfer = new FileUpload(begin(), size, url, exchange, this.context, {
      key: exchange.ticket.key,
      maxBytes,
      refuse,
      ended: () => void this.#uploads.delete(transfer),
    });
    this.#uploads.add(transfer)?.evict();
    transfer.start();
  }

  /**
   * The sender of a file: the token of its session, or a script. `Session-Token` has priority: a proxy in
   * front of the server may need `Authorization` for its own users.
   */
  async #senderOf(
    headers: IncomingHttpHeaders,
    address: string,
  ): Promise<Result<Pick<UploadRequest, "sender" | "check">>> {
    const [, bearer] = /^Bearer (\S{1,64})$/i.exec(headers.authorization ?? "") ?? [];
    const session = headers["session-token"] ?? (isAccountToken(bearer ?? "") ? undefined : bearer);
    if (session !== undefined) return { value: { sender: String(session) } };
    const credentials = credentialsOf(headers, address, true);
    if (credentials === undefined) return { error: UNKNOWN_AUTHORIZATION };
    const { value: sender, error } = await this.scripts.authorize(credentials);
    if (error !== undefined) return { error };
    return { value: { sender, check: this.scripts.checkOf(credentials) } };
  }

  #download(
    hash: string,
    path: string,
    { method, headers }: IncomingMessage,
    exchange: HttpExchange,
  ): void {
    if (method !== "GET" && method !== "HEAD") {
      const allow = { "Allow": "GET, HEAD" };
      return exchange.end(sentence(405, "A file is read with GET and HEAD.", allow));
    }
    if (!FILE_HASH.test(hash)) {
      return exchange.end(sentence(404, "There is no such file. Check the address."));
    }
    const name = decodedPart(path.slice(path.lastIndexOf("/") + 1)) ?? "";
    const transfer = new FileDownload(
      { hash, name, isHead: method === "HEAD", headers },
      exchange,
      this.context,
      { key: exchange.ticket.key, ended: () => void this.#downloads.delete(transfer) },
    );
    this.#downloads.add(transfer)?.evict();
    void transfer.start(this.files);
  }
}

/**
 * The host of an address for all members: that of the request, unless its client is on the machine of the
 * server and others are not.
 *
 * @param requested absent in HTTP/1.0.
 * @param own the address of the server on the socket.
 * @param reachedAt the address by which a client of another machine has reached it last, if any.
 */
export function hostForAll(
  requested: string | undefined,
  own: { readonly host: string; readonly port: number },
  reachedAt: string | undefined,
): string {
  const isLocal = requested === undefined || LOCAL_HOST.test(requested);
  const isHere = isLocal && isLoopback(own.host) && reachedAt !== undefined;
  if (isHere) return hostPort({ host: reachedAt, port: own.port });
  return requested ?? hostPort(own);
}
