import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import { cleanLine, MAX_FRAME_BYTES, shorten, WEBSOCKET_PROTOCOL } from "../../protocol/mod.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import { LingeringClose } from "../network/lingering_close.ts";
import { guardSocket } from "../observability/internal_error.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { ConnectionHandler, ConnectionRegistry } from "../network/connection_registry.ts";
import { plainAddress } from "../addresses/network_address.ts";
import type { Peer } from "../network/peer.ts";
import type { Transport } from "../network/transport.ts";
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

/** Bytes of a body that a request may announce, which nothing here reads. */
const MAX_BODY_BYTES = 64 * 1024;
/** The sentence for what is no request. */
const NO_REQUEST = "That is no HTTP request.";
/** Frames of one message of a WebSocket. */
const MAX_FRAGMENTS = 128;
/** How long a WebSocket's client may take for its part of the closing handshake. */
const CLOSE_MILLISECONDS = 5000;
/** Longest part of a foreign origin that is shown again. */
const MAX_SHOWN_ORIGIN = 100;

/** How browsers are served. */
export interface WebOptions {
  /** Origins, besides the server's own, whose pages may connect. */
  readonly allowedOrigins: readonly string[];
  /** Milliseconds that a request may take, from its first byte to the end of its answer. */
  readonly requestMilliseconds: number;
}

/** What the web server needs of the server. */
export interface WebHost extends ConnectionRegistry {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Starts a client of the chat, which handles the socket from then on. Absent where the routes
   * have no WebSocket. */
  serve?(
    transport: Transport,
    socket: Socket,
    ticket: AdmissionTicket,
    handler: ConnectionHandler,
  ): void;
}

/** A connection on which HTTP is spoken. */
export interface WebConnection {
  readonly socket: Socket;
  readonly ticket: AdmissionTicket;
  readonly peer: Peer;
  /** Who stood for the socket so far. */
  readonly handler: ConnectionHandler;
}

/** A request that Node has parsed, and the socket that it came over. */
interface ParsedRequest {
  readonly request: IncomingMessage;
  readonly exchange: HttpExchange;
  /** What has come in behind its head. */
  readonly rest: Buffer;
}

/**
 * Serves the sockets on which HTTP is spoken: a page, `/healthz`, `/metrics`, and `/ws`, which becomes
 * a client of the chat.
 *
 * Node parses the head of the first request on each socket, and gets no other byte: requests that a
 * client sends behind the first one, and bodies, are dropped unparsed.
 */
export class WebServer {
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  readonly #compression = new Compression(Object.values(PAGE_FILES).map(({ text }) => text));
  /** What is being parsed, by the stream that stands for its socket. */
  readonly #parsing = new WeakMap<object, Omit<ParsedRequest, "request">>();

  /**
   * @param gate that every request has to pass.
   * @param routes what is answered at each path.
   */
  constructor(
    private readonly options: WebOptions,
    private readonly host: WebHost,
    private readonly gate: RequestGate,
    private readonly routes: Routes,
  ) {
    // A missing Host is answered here, with the same headers as all else.
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false });
    // One more than may be is enough to see that there are too many; the rest is dropped.
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
      // By default, any that is offered would be confirmed.
      handleProtocols: (offered: Set<string>) =>
        offered.has(WEBSOCKET_PROTOCOL) && WEBSOCKET_PROTOCOL,
    };
    this.#webSockets = new WebSocketServer(webSocketOptions);
  }

  /**
   * Takes a socket over.
   *
   * @param first what has come in already.
   */
  take({ socket, ticket, peer, handler }: WebConnection, first: Buffer): void {
    const exchange = new HttpExchange(
      socket,
      ticket,
      peer,
      this.options.requestMilliseconds,
      this.host,
    );
    this.host.replace(handler, exchange);
    exchange.readHead((head, rest) => this.#parse(exchange, head, rest));
    if (first.length > 0) exchange.start(first);
  }

  /** Takes a socket on which nothing but HTTP is spoken, and nothing has come in yet. */
  accept(socket: Socket, ticket: AdmissionTicket, peer: Peer): void {
    socket.on("error", () => {}); // "close" follows
    const handler: ConnectionHandler = { shutDown() {}, destroy() {} };
    this.take({ socket, ticket, peer, handler }, Buffer.alloc(0));
  }

  /** Has Node parse one head; it calls back before this returns. */
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

  /** Runs what is done with the one request of a stream. */
  #guard(stream: Socket, run: (parsing: Omit<ParsedRequest, "request">) => void): void {
    const parsing = this.#parsing.get(stream);
    if (parsing === undefined) return;
    this.#parsing.delete(stream);
    guardSocket(this.host, parsing.exchange.socket, () => run(parsing));
  }

  #receive({ request, exchange }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed === undefined) return;
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
      return exchange.refuse(413, `A request may have ${MAX_BODY_BYTES} bytes.`);
    }
    const answer = this.#answer(request, passed, exchange);
    const encoding = request.headers["accept-encoding"]?.toString();
    const encoded = this.#compression.encode(answer, encoding);
    exchange.end(answer, { ...encoded, isHead: request.method === "HEAD" });
  }

  #upgrade({ request, exchange, rest }: ParsedRequest): void {
    const passed = this.#check(request, exchange);
    if (passed === undefined) return;
    const { socket } = exchange;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket" &&
      pathOf(request.url ?? "") === WEBSOCKET_PATH && Object.hasOwn(this.routes, WEBSOCKET_PATH);
    // Any other protocol may be declined by going on with this one (RFC 9110, section 7.8).
    if (!isWebSocket) return exchange.end(this.#answer(request, passed, exchange));
    const { origin } = request.headers;
    if (!isOriginAllowed(origin, passed.host, this.options.allowedOrigins)) {
      return this.#refuseOrigin(exchange, origin!);
    }
    this.#webSockets.handleUpgrade(request, socket, rest, (client: WebSocket) => {
      exchange.leave();
      const transport = new WebSocketTransport(client, socket, passed.peer, this.host.metrics);
      this.host.serve?.(transport, socket, exchange.ticket, exchange);
    });
  }

  /** Lets a request pass, or answers it with what is wrong. */
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
    const { socket } = exchange;
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
    this.host.log.debug("foreign origin refused", { origin: shown });
    exchange.end(sentence(
      403,
      `Pages from ${shown} may not connect here. The server's owner can allow them with ` +
        `--allow-origin ${shown}`,
    ));
  }
}

/** One request and its answer, which is all that there is on a connection. */
class HttpExchange implements ConnectionHandler {
  /** Whether somebody else stands for the socket by now. */
  isOver = false;
  readonly #head = new RequestHeadReader();
  #onHead: ((head: Buffer, rest: Buffer) => void) | undefined;
  readonly #deadline: ReturnType<typeof setTimeout>;

  constructor(
    readonly socket: Socket,
    readonly ticket: AdmissionTicket,
    /** The other end of the socket; of a forwarded request, its client. */
    public peer: Peer,
    private readonly milliseconds: number,
    private readonly host: WebHost,
  ) {
    socket.on("close", this.#onClose);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    this.#deadline = setTimeout(
      () => this.refuse(408, `A request may take ${milliseconds} ms.`),
      milliseconds,
    );
  }

  /** @param onHead gets the head of the request, and what has come in behind it. */
  readHead(onHead: (head: Buffer, rest: Buffer) => void): void {
    this.#onHead = onHead;
  }

  /** Takes what has come in already. */
  start(first: Buffer): void {
    this.#onData(first);
  }

  shutDown(): void {
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Answers with an error, and closes. */
  refuse(status: number, text: string): void {
    this.decline({ reason: "http", answer: sentence(status, text) });
  }

  /** Answers with what is wrong, counts it, and closes. */
  decline({ reason, answer }: RefusedRequest): void {
    this.ticket.refuse(reason, String(answer.status));
    this.host.log.debug("http request refused", {
      address: this.peer.address,
      status: answer.status,
    });
    this.end(answer);
  }

  /** Answers and closes. */
  end(answer: WebAnswer, encoded?: EncodedAnswer): void {
    this.leave();
    const lastWords = rawAnswer(answer, encoded);
    this.host.replace(
      this,
      new LingeringClose(this.socket, lastWords, this.host, this.milliseconds),
    );
  }

  /** Somebody else stands for the socket now. */
  leave(): void {
    this.isOver = true;
    clearTimeout(this.#deadline);
    this.socket.removeListener("close", this.#onClose);
    this.#stopReading();
  }

  #stopReading(): void {
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("end", this.#onEnd);
  }

  #onData = (chunk: Buffer): void =>
    guardSocket(this.host, this.socket, () => {
      const read = this.#head.push(chunk);
      if (read === undefined) return;
      this.#stopReading();
      if (read === "too large") return this.refuse(431, HEADERS_TOO_LARGE);
      if (read === "invalid") return this.refuse(400, NO_REQUEST);
      this.#onHead?.(read.head, read.rest);
    });

  #onEnd = (): void => guardSocket(this.host, this.socket, () => this.refuse(400, NO_REQUEST));

  #onClose = (): void => {
    this.leave();
    this.host.replace(this);
  };
}
