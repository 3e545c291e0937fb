import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import {
  type ByteString,
  cleanLine,
  MAX_FRAME_BYTES,
  shorten,
  WEBSOCKET_PROTOCOL,
} from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import { endConnection, refuseConnection } from "../network/lingering_close.ts";
import { plainAddress } from "../addresses/network_address.ts";
import type { Peer } from "../network/peer.ts";
import type {
  SocketTransport,
  Transport,
  TransportContext,
  TransportListener,
} from "../network/transport.ts";
import { Compression } from "./compression.ts";
import { PAGE_FILES } from "./page_files.ts";
import { isOriginAllowed } from "./origin.ts";
import {
  HEADERS_TOO_LARGE,
  MAX_HEADER_BYTES,
  MAX_HEADERS,
  type PassedRequest,
  type RefusedRequest,
  type RequestGate,
} from "./request_gate.ts";
import { RequestHeadReader } from "./request_head.ts";
import { answerTo, pathOf, type Routes, WEBSOCKET_PATH } from "./routes.ts";
import { type EncodedAnswer, rawAnswer, sentence, type WebAnswer } from "./web_answer.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** Maximum announced size of a body in bytes. Bodies are not read. */
const MAX_BODY_BYTES = 64 * 1024;
/** The error for bytes that are not a request. */
const NO_REQUEST = "Invalid HTTP request.";
/** Maximum number of fragments of a WebSocket message. */
const MAX_FRAGMENTS = 128;
/** Time limit of the closing handshake of a WebSocket. */
const CLOSE_MILLISECONDS = 5000;
/** Maximum length of a foreign origin in an error. */
const MAX_SHOWN_ORIGIN = 100;

export interface WebOptions {
  /** Origins whose pages may connect, besides the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Time limit of a request, from its first byte to the end of its answer. */
  readonly requestMilliseconds: number;
}

export type ServeWebSocket = (transport: Transport, ticket: AdmissionTicket) => void;

interface ParsedRequest {
  readonly request: IncomingMessage;
  readonly exchange: HttpExchange;
  /** The bytes after its head. */
  readonly rest: Buffer;
}

/**
 * Serves HTTP: a page, `/healthz`, `/metrics`, and `/ws`, which becomes a client of the chat.
 *
 * Node parses only the head of the first request on each socket: further requests, and bodies, are
 * dropped unparsed.
 */
export class WebServer {
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  readonly #compression = new Compression(Object.values(PAGE_FILES).map(({ text }) => text));
  /** The requests that are being parsed, by the stream that wraps their socket. */
  readonly #parsing = new WeakMap<object, Omit<ParsedRequest, "request">>();

  /**
   * @param serveWebSocket absent if the routes have no WebSocket.
   */
  constructor(
    private readonly options: WebOptions,
    private readonly context: TransportContext,
    private readonly gate: RequestGate,
    private readonly routes: Routes,
    private readonly serveWebSocket: ServeWebSocket = () => {},
  ) {
    // A missing Host is answered by the gate, with the common headers.
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false });
    // One more than the maximum shows that there are too many; Node drops the rest.
    this.#http.maxHeadersCount = MAX_HEADERS + 1;
    this.#http.on("request", this.#onRequest);
    this.#http.on("checkContinue", this.#onRequest);
    this.#http.on("upgrade", this.#onUpgrade);
    this.#http.on("connect", this.#onUpgrade);
    this.#http.on("clientError", this.#onClientError);
    const webSocketOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      maxFragments: MAX_FRAGMENTS,
      // One frame at a time: 64 KiB of empty ones, which all clients may send at once, take 30 ms.
      allowSynchronousEvents: false,
      closeTimeout: CLOSE_MILLISECONDS,
      // By default, any offered protocol would be confirmed.
      handleProtocols: (offered: Set<string>) =>
        offered.has(WEBSOCKET_PROTOCOL) && WEBSOCKET_PROTOCOL,
    };
    this.#webSockets = new WebSocketServer(webSocketOptions);
  }

  /** Takes a connection over. @param first the bytes received so far. */
  take(transport: SocketTransport, ticket: AdmissionTicket, first: ByteString = ""): void {
    const exchange = new HttpExchange(
      transport,
      ticket,
      this.options.requestMilliseconds,
      this.context,
      (head, rest) => this.#parse(exchange, head, rest),
    );
    if (first.length > 0) exchange.received(first);
  }

  /** Makes Node parse one head; its events come before this returns. */
  #parse(exchange: HttpExchange, head: Buffer, rest: Buffer): void {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    this.#parsing.set(stream, { exchange, rest });
    this.#http.emit("connection", stream);
    stream.emit("data", head);
    const isParsed = !this.#parsing.delete(stream);
    stream.destroy();
    if (!isParsed) exchange.refuse(400, NO_REQUEST);
  }

  #onRequest = (request: IncomingMessage): void =>
    this.#guard(request.socket, (parsing) => this.#receive({ request, ...parsing }));

  #onUpgrade = (request: IncomingMessage): void =>
    this.#guard(request.socket, (parsing) => this.#upgrade({ request, ...parsing }));

  #onClientError = (error: NodeJS.ErrnoException, stream: unknown): void =>
    this.#guard(stream as Socket, ({ exchange }) => {
      if (error.code === "HPE_HEADER_OVERFLOW") exchange.refuse(431, HEADERS_TOO_LARGE);
      else exchange.refuse(400, NO_REQUEST);
    });

  /** Runs the work for the one request of a stream. */
  #guard(stream: Socket, run: (parsing: Omit<ParsedRequest, "request">) => void): void {
    const parsing = this.#parsing.get(stream);
    if (parsing === undefined) return;
    this.#parsing.delete(stream);
    parsing.exchange.transport.guard(() => run(parsing));
  }

  #receive({ request, exchange }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed === undefined) return;
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
      return exchange.refuse(413, `The body of the request is over ${MAX_BODY_BYTES} bytes.`);
    }
    const answer = this.#answer(request, passed, exchange);
    const encoding = request.headers["accept-encoding"]?.toString();
    const encoded = this.#compression.encode(answer, encoding);
    exchange.end(answer, { ...encoded, isHead: request.method === "HEAD" });
  }

  #upgrade({ request, exchange, rest }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed === undefined) return;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket" &&
      pathOf(request.url ?? "") === WEBSOCKET_PATH && Object.hasOwn(this.routes, WEBSOCKET_PATH);
    // The upgrade to any other protocol is declined with a normal answer (RFC 9110, section 7.8).
    if (!isWebSocket) return exchange.end(this.#answer(request, passed, exchange));
    const { origin } = request.headers;
    if (!isOriginAllowed(origin, passed.host, this.options.allowedOrigins)) {
      return this.#refuseOrigin(exchange, origin!);
    }
    const socket = exchange.detach();
    this.#webSockets.handleUpgrade(request, socket, rest, (client: WebSocket) => {
      const { context } = this;
      const transport = new WebSocketTransport(client, socket, passed.peer, context, exchange);
      this.serveWebSocket(transport, exchange.ticket);
    });
  }

  /** Checks a request, and answers a refused one. */
  #check(request: IncomingMessage, exchange: HttpExchange): PassedRequest | undefined {
    const checked = this.gate.check(request, exchange.peer);
    if ("answer" in checked) return void exchange.decline(checked);
    const { address } = checked.peer;
    const refusal = address === exchange.peer.address ? undefined : exchange.ticket.moveTo(address);
    exchange.peer = checked.peer;
    if (refusal === undefined) return checked;
    return void exchange.decline({ reason: refusal.code, answer: sentence(429, refusal.text) });
  }

  #answer(
    { method = "", url = "", headers }: IncomingMessage,
    { host, peer }: PassedRequest,
    exchange: HttpExchange,
  ): WebAnswer {
    const { isSecure } = peer;
    const { socket } = exchange.transport;
    const answer = answerTo({
      method,
      target: url,
      host,
      own: { host: plainAddress(socket.localAddress), port: socket.localPort ?? 0, isSecure },
      authorization: headers.authorization,
    }, this.routes);
    if (answer.status === 401) exchange.ticket.refuse("metrics_token");
    return answer;
  }

  #refuseOrigin(exchange: HttpExchange, origin: string): void {
    const shown = shorten(cleanLine(origin.slice(0, 2 * MAX_SHOWN_ORIGIN)), MAX_SHOWN_ORIGIN);
    exchange.ticket.refuse("origin", shown);
    this.context.log.debug("foreign origin refused", { origin: shown });
    exchange.end(sentence(
      403,
      `Pages from ${shown} may not connect here. The administrator can allow them with ` +
        `--allow-origin ${shown}`,
    ));
  }
}

/** One request and its answer, the only ones of a connection. */
class HttpExchange implements TransportListener {
  readonly #head = new RequestHeadReader();
  #isHeadRead = false;
  readonly #deadline: ReturnType<typeof setTimeout>;
  /** The other end of the socket; for a forwarded request, its client. */
  peer: Peer;

  /** @param onHead receives the head of the request, and the bytes after it. */
  constructor(
    readonly transport: SocketTransport,
    readonly ticket: AdmissionTicket,
    private readonly milliseconds: number,
    private readonly context: TransportContext,
    private readonly onHead: (head: Buffer, rest: Buffer) => void,
  ) {
    this.peer = transport.peer;
    transport.setListener(this);
    this.#deadline = setTimeout(
      () => this.refuse(408, `The request was not complete within ${milliseconds} ms.`),
      milliseconds,
    );
  }

  received(bytes: ByteString): void {
    if (this.#isHeadRead) return;
    const read = this.#head.push(toBuffer(bytes));
    if (read === undefined) return;
    this.#isHeadRead = true;
    if (read === "too large") return this.refuse(431, HEADERS_TOO_LARGE);
    if (read === "invalid") return this.refuse(400, NO_REQUEST);
    this.onHead(read.head, read.rest);
  }

  alive(): void {}

  ended(): void {
    if (!this.#isHeadRead) this.refuse(400, NO_REQUEST);
  }

  closed(): void {
    clearTimeout(this.#deadline);
    this.context.registry.delete(this);
  }

  shutDown(): void {
    this.transport.socket.destroySoon();
  }

  destroy(): void {
    this.transport.destroy();
  }

  refuse(status: number, text: string): void {
    this.decline({ reason: "http", answer: sentence(status, text) });
  }

  decline({ reason, answer }: RefusedRequest): void {
    this.ticket.refuse(reason, String(answer.status));
    this.context.log.debug("http request refused", {
      address: this.peer.address,
      status: answer.status,
    });
    this.end(answer);
  }

  end(answer: WebAnswer, encoded?: EncodedAnswer): void {
    clearTimeout(this.#deadline);
    const lastBytes = rawAnswer(answer, encoded);
    endConnection(this.transport, lastBytes, this.context, this.milliseconds);
  }

  /** Releases the socket from its transport, which would receive the bytes that are put back. */
  detach(): Socket {
    clearTimeout(this.#deadline);
    const socket = this.transport.detach(this);
    socket.once("close", () => this.closed());
    return socket;
  }
}

/** Refuses a request without a web server, or from an address with too many connections. */
export function refuseHttp(
  transport: SocketTransport,
  ticket: AdmissionTicket,
  context: TransportContext,
): void {
  const { refusal } = ticket;
  const answer = refusal === undefined
    ? sentence(404, "This server is a chat without web pages. Join it with nc.")
    : sentence(429, refusal.text);
  const { reason, why } = refusal === undefined
    ? { reason: "http" as const, why: "there are no web pages" }
    : { reason: refusal.code, why: refusal.code };
  refuseConnection(transport, ticket, { reason, why, lastBytes: rawAnswer(answer) }, context);
}
