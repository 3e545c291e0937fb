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
import type { AdmissionTicket } from "../network/admission.ts";
import { refuseConnection } from "../network/lingering_close.ts";
import { plainAddress } from "../addresses/network_address.ts";
import type { SocketTransport, Transport, TransportContext } from "../network/transport.ts";
import { Compression } from "./compression.ts";
import { HttpConnection, NO_REQUEST } from "./http_connection.ts";
import { HttpExchange } from "./http_exchange.ts";
import { PAGE_FILES } from "./page_files.ts";
import { isOriginAllowed } from "./origin.ts";
import {
  HEADERS_TOO_LARGE,
  MAX_HEADER_BYTES,
  MAX_HEADERS,
  type PassedRequest,
  type RequestGate,
} from "./request_gate.ts";
import { answerTo, pathOf, type Routes, WEBSOCKET_PATH } from "./routes.ts";
import { rawAnswer, sentence, type WebAnswer } from "./web_answer.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** Maximum announced size of a body in bytes, for requests without {@link Exchanges}: it is not read. */
const MAX_BODY_BYTES = 64 * 1024;
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

/** Requests that are not answered at once. */
export interface Exchanges {
  /** Answers a request. @returns whether it was one of these. */
  take(request: IncomingMessage, passed: PassedRequest, exchange: HttpExchange): boolean;
}

interface ParsedRequest {
  readonly request: IncomingMessage;
  readonly exchange: HttpExchange;
}

/**
 * Serves HTTP: the routes, the {@link Exchanges}, and `/ws`, which becomes a client of the chat.
 *
 * Node parses one head at a time, on a stream of its own: bodies are read by the exchanges that need them,
 * and the next request after the answer.
 */
export class WebServer {
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  readonly #compression = new Compression(Object.values(PAGE_FILES).map(({ text }) => text));
  /** The requests that are being parsed, by the stream that wraps their socket. */
  readonly #parsing = new WeakMap<object, HttpExchange>();

  /**
   * @param serveWebSocket absent if the routes have no WebSocket.
   * @param exchanges the requests that are not answered at once.
   */
  constructor(
    private readonly options: WebOptions,
    private readonly context: TransportContext,
    private readonly gate: RequestGate,
    private readonly routes: Routes,
    private readonly serveWebSocket: ServeWebSocket = () => {},
    private readonly exchanges: readonly Exchanges[] = [],
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
      // WebSocketTransport answers pings.
      autoPong: false,
      closeTimeout: CLOSE_MILLISECONDS,
      // By default, any offered protocol would be confirmed.
      handleProtocols: (offered: Set<string>) =>
        offered.has(WEBSOCKET_PROTOCOL) && WEBSOCKET_PROTOCOL,
    };
    this.#webSockets = new WebSocketServer(webSocketOptions);
  }

  /** Takes a connection over. @param first the bytes received so far. */
  take(transport: SocketTransport, ticket: AdmissionTicket, first: ByteString = ""): void {
    const { context, options: { requestMilliseconds } } = this;
    const connection = new HttpConnection(transport, ticket, context, requestMilliseconds, {
      onHead: (head) => this.#parse(new HttpExchange(connection), head),
      onFault: (status, text) => new HttpExchange(connection).refuse(status, text),
    });
    if (first.length > 0) connection.received(first);
  }

  /** Makes Node parse one head; its events come before this returns. */
  #parse(exchange: HttpExchange, head: Buffer): void {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    this.#parsing.set(stream, exchange);
    this.#http.emit("connection", stream);
    stream.emit("data", head);
    const isParsed = !this.#parsing.delete(stream);
    stream.destroy();
    if (!isParsed) exchange.refuse(400, NO_REQUEST);
  }

  #onRequest = (request: IncomingMessage): void =>
    this.#guard(request.socket, (exchange) => this.#receive({ request, exchange }));

  #onUpgrade = (request: IncomingMessage): void =>
    this.#guard(request.socket, (exchange) => this.#upgrade({ request, exchange }));

  #onClientError = (error: NodeJS.ErrnoException, stream: unknown): void =>
    this.#guard(stream as Socket, (exchange) => {
      if (error.code === "HPE_HEADER_OVERFLOW") exchange.refuse(431, HEADERS_TOO_LARGE);
      else exchange.refuse(400, NO_REQUEST);
    });

  /** Runs the work for the one request of a stream. */
  #guard(stream: Socket, run: (exchange: HttpExchange) => void): void {
    const exchange = this.#parsing.get(stream);
    if (exchange === undefined) return;
    this.#parsing.delete(stream);
    exchange.transport.guard(() => run(exchange));
  }

  #receive({ request, exchange }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed !== undefined) this.#respond({ request, exchange }, passed);
  }

  #respond({ request, exchange }: ParsedRequest, passed: PassedRequest): void {
    if (this.exchanges.some((each) => each.take(request, passed, exchange))) return;
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
      return exchange.refuse(413, `The body of the request is over ${MAX_BODY_BYTES} bytes.`);
    }
    const answer = this.#answer(request, passed, exchange);
    const encoding = request.headers["accept-encoding"]?.toString();
    const encoded = this.#compression.encode(answer, encoding);
    exchange.end(answer, encoded);
  }

  #upgrade({ request, exchange }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed === undefined) return;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket" &&
      pathOf(request.url ?? "") === WEBSOCKET_PATH && Object.hasOwn(this.routes, WEBSOCKET_PATH);
    // The upgrade to any other protocol is declined with a normal answer (RFC 9110, section 7.8).
    if (!isWebSocket) return this.#respond({ request, exchange }, passed);
    const { origin } = request.headers;
    if (!isOriginAllowed(origin, passed.host, this.options.allowedOrigins)) {
      return this.#refuseOrigin(exchange, origin!);
    }
    const rest = exchange.connection.takeWaiting();
    const socket = exchange.detach();
    this.#webSockets.handleUpgrade(request, socket, rest, (client: WebSocket) => {
      const { context } = this;
      const { connection } = exchange;
      const transport = new WebSocketTransport(client, socket, passed.peer, context, connection);
      this.serveWebSocket(transport, exchange.ticket);
    });
  }

  /** Checks a request, and answers a refused one. */
  #check(request: IncomingMessage, exchange: HttpExchange): PassedRequest | undefined {
    if (!exchange.begin(request)) return undefined;
    const checked = this.gate.check(request, exchange.peer);
    if ("answer" in checked) {
      exchange.closeAfter();
      return void exchange.decline(checked);
    }
    const { address } = checked.peer;
    const refusal = address === exchange.peer.address ? undefined : exchange.ticket.moveTo(address);
    exchange.peer = checked.peer;
    if (refusal === undefined) return checked;
    return void exchange.decline({ reason: refusal.code, answer: sentence(429, refusal.text) });
  }

  #answer(
    { method = "", url = "", headers }: IncomingMessage,
    { host, prefix, peer }: PassedRequest,
    exchange: HttpExchange,
  ): WebAnswer {
    const { isSecure } = peer;
    const { socket } = exchange.transport;
    const answer = answerTo({
      method,
      target: url,
      host,
      prefix,
      own: { host: plainAddress(socket.localAddress), port: socket.localPort ?? 0, isSecure },
      authorization: headers.authorization,
    }, this.routes);
    if (answer.status === 401) exchange.ticket.refuse("metrics_token");
    return answer;
  }

  #refuseOrigin(exchange: HttpExchange, origin: string): void {
    const shown = shorten(cleanLine(origin.slice(0, 2 * MAX_SHOWN_ORIGIN)), MAX_SHOWN_ORIGIN);
    exchange.ticket.refuse("origin", shown);
    // The client may already send frames.
    exchange.closeAfter();
    this.context.log.debug("foreign origin refused", { origin: shown });
    exchange.end(sentence(
      403,
      `Pages from ${shown} may not connect here. The administrator can allow them with ` +
        `--allow-origin ${shown}`,
    ));
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
