import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import { cleanLine, MAX_FRAME_BYTES, shorten, WEBSOCKET_PROTOCOL } from "../../protocol/mod.ts";
import type { AdmissionTicket } from "../admission.ts";
import { Farewell } from "../farewell.ts";
import { guardSocket } from "../internal_error.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Visitor, VisitorBook } from "../visitor.ts";
import { plainAddress } from "../network_address.ts";
import type { Peer } from "../peer.ts";
import type { Wire } from "../wire.ts";
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
import { answerTo, pathOf, type Routes, WEBSOCKET_PATH } from "./routes.ts";
import { headersOf, rawAnswer, sentence, type WebAnswer } from "./web_answer.ts";
import { WebSocketWire } from "./websocket_wire.ts";

/** Bytes of a request's body, which nothing here wants. */
const MAX_BODY_BYTES = 64 * 1024;
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
export interface WebHost extends VisitorBook {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Lets a client of the chat in; from then on it stands for its socket. Absent where the routes
   * have no WebSocket. */
  serve?(wire: Wire, socket: Socket, ticket: AdmissionTicket, visitor: Visitor): void;
}

/** A connection on which HTTP is spoken. */
export interface WebConnection {
  readonly socket: Socket;
  readonly ticket: AdmissionTicket;
  readonly peer: Peer;
  /** Who stood for the socket so far. */
  readonly visitor: Visitor;
}

/**
 * Serves the sockets on which HTTP is spoken: a page, `/healthz`, `/metrics`, and `/ws`, which becomes
 * a client of the chat.
 */
export class WebServer {
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  readonly #compression = new Compression(Object.values(PAGE_FILES).map(({ text }) => text));
  readonly #exchanges = new WeakMap<Socket, HttpExchange>();

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
  take({ socket, ticket, peer, visitor }: WebConnection, first: Buffer): void {
    const exchange = new HttpExchange(
      socket,
      ticket,
      peer,
      this.options.requestMilliseconds,
      this.host,
    );
    this.#exchanges.set(socket, exchange);
    this.host.replace(visitor, exchange);
    this.#http.emit("connection", socket);
    if (first.length === 0) return;
    // Put back into the socket instead, it would be read in a later turn, and what comes in meanwhile
    // before it: HTTP reads the system's socket directly (seen with Deno 2.9.6, once in a thousand).
    socket.emit("data", first);
  }

  /** Takes a socket on which nothing but HTTP is spoken, and nothing has come in yet. */
  accept(socket: Socket, ticket: AdmissionTicket, peer: Peer): void {
    socket.on("error", () => {}); // "close" follows
    const visitor: Visitor = { shutDown() {}, destroy() {} };
    this.take({ socket, ticket, peer, visitor }, Buffer.alloc(0));
  }

  #onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    guardSocket(this.host, request.socket, () => this.#receive(request, response));

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const exchange = this.#exchanges.get(request.socket)!;
    const passed = exchange.begin() ? this.#check(request, exchange) : undefined;
    if (passed === undefined) return void request.resume();
    const tooLarge = () => exchange.refuse(413, `A request may have ${MAX_BODY_BYTES} bytes.`);
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
      request.resume();
      return tooLarge();
    }
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      if (!exchange.isOver && (bytes += chunk.length) > MAX_BODY_BYTES) tooLarge();
    });
    const answerAll = () => {
      if (exchange.isOver) return;
      const answer = this.#answer(request, passed, exchange);
      const encoding = request.headers["accept-encoding"]?.toString();
      const { body, headers } = this.#compression.encode(answer, encoding);
      response.writeHead(answer.status, { ...headersOf(answer), ...headers });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    request.on("end", () => guardSocket(this.host, request.socket, answerAll));
  }

  #onUpgrade = (request: IncomingMessage, stream: unknown, head: Buffer): void => {
    const socket = stream as Socket;
    guardSocket(this.host, socket, () => this.#upgrade(request, socket, head));
  };

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const exchange = this.#exchanges.get(socket)!;
    const passed = exchange.begin() ? this.#check(request, exchange) : undefined;
    if (passed === undefined) return;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket" &&
      pathOf(request.url ?? "") === WEBSOCKET_PATH && Object.hasOwn(this.routes, WEBSOCKET_PATH);
    // Any other protocol may be declined by going on with this one (RFC 9110, section 7.8).
    if (!isWebSocket) return exchange.end(this.#answer(request, passed, exchange));
    const { origin } = request.headers;
    if (!isOriginAllowed(origin, passed.host, this.options.allowedOrigins)) {
      return this.#refuseOrigin(exchange, origin!);
    }
    this.#webSockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      exchange.leave();
      const wire = new WebSocketWire(client, socket, passed.peer, this.host.metrics);
      this.host.serve?.(wire, socket, exchange.ticket, exchange);
    });
  }

  #onClientError = (error: NodeJS.ErrnoException, stream: unknown): void => {
    const exchange = this.#exchanges.get(stream as Socket);
    if (exchange === undefined || exchange.isOver) return;
    // Health checks of proxies reset their connections: that is the end, and no bad request.
    if (isBrokenConnection(error)) return exchange.destroy();
    if (error.code === "HPE_HEADER_OVERFLOW") exchange.refuse(431, HEADERS_TOO_LARGE);
    else exchange.refuse(400, "That is no HTTP request.");
  };

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
    { method = "", url = "", socket, headers }: IncomingMessage,
    { host, peer }: PassedRequest,
    exchange: HttpExchange,
  ): WebAnswer {
    const { isSecure } = peer;
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

/** Whether an error is one of the connection, and not of what it carried. */
function isBrokenConnection({ code }: NodeJS.ErrnoException): boolean {
  return code === "ECONNRESET" || code === "EPIPE" || code === "ETIMEDOUT";
}

/** One request and its answer, which is all that there is on a connection. */
class HttpExchange implements Visitor {
  /** Whether somebody else stands for the socket by now. */
  isOver = false;
  #hasBegun = false;
  readonly #deadline: ReturnType<typeof setTimeout>;

  constructor(
    private readonly socket: Socket,
    readonly ticket: AdmissionTicket,
    /** The other end of the socket; of a forwarded request, its client. */
    public peer: Peer,
    milliseconds: number,
    private readonly host: WebHost,
  ) {
    socket.on("close", this.#onClose);
    this.#deadline = setTimeout(() => {
      // With an answer under way the client does not read it; there is nothing more to say.
      if (socket.writableLength > 0) socket.destroy();
      else this.refuse(408, `A request may take ${milliseconds} ms.`);
    }, milliseconds);
  }

  /** Begins a request. @returns false for all but the first: what is sent behind it is dropped. */
  begin(): boolean {
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    return isFirst;
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
  end(answer: WebAnswer): void {
    this.leave();
    this.host.replace(this, new Farewell(this.socket, rawAnswer(answer), this.host));
  }

  /** Somebody else stands for the socket now. */
  leave(): void {
    this.isOver = true;
    clearTimeout(this.#deadline);
    this.socket.removeListener("close", this.#onClose);
  }

  #onClose = (): void => {
    this.leave();
    this.host.replace(this);
  };
}
