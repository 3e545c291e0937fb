import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { AdmissionTicket } from "../network/admission.ts";
import type { Peer } from "../network/peer.ts";
import type { SocketTransport, TransportListener } from "../network/transport.ts";
import type { HttpConnection } from "./http_connection.ts";
import { framingOf, type RequestFraming } from "./request_framing.ts";
import type { RefusedRequest } from "./request_gate.ts";
import { type EncodedAnswer, rawAnswer, sentence, type WebAnswer } from "./web_answer.ts";

/** The framing of bytes that are not a request. */
const NO_FRAMING: RequestFraming = { body: undefined, isKeptAlive: false, isAwaited: false };

/** One request and its answer. */
export class HttpExchange {
  /** The other end of the socket; for a forwarded request, its client. */
  peer: Peer;
  #framing = NO_FRAMING;
  #isHead = false;
  #hasUnreadBody = false;
  #isLast: boolean | undefined;
  #isOver = false;

  constructor(readonly connection: HttpConnection) {
    this.peer = connection.transport.peer;
  }

  get transport(): SocketTransport {
    return this.connection.transport;
  }

  get ticket(): AdmissionTicket {
    return this.connection.ticket;
  }

  get framing(): RequestFraming {
    return this.#framing;
  }

  /** Begins with the parsed head; a request with a doubtful end is refused. @returns whether it goes on. */
  begin(request: IncomingMessage): boolean {
    this.#isHead = request.method === "HEAD";
    const framing = framingOf(request);
    if ("status" in framing) {
      this.refuse(framing.status, framing.text);
      return false;
    }
    this.#framing = framing;
    this.#hasUnreadBody = framing.body !== undefined && framing.body !== 0;
    return true;
  }

  refuse(status: number, text: string): void {
    this.decline({ reason: "http", answer: sentence(status, text) });
  }

  /** Makes this the last request of its connection, in any case. */
  closeAfter(): void {
    this.#isLast = true;
  }

  decline({ reason, answer }: RefusedRequest): void {
    if (this.#isOver) return;
    this.ticket.refuse(reason, String(answer.status));
    this.connection.context.log.debug("http request refused", {
      address: this.peer.address,
      status: answer.status,
    });
    this.end(answer);
  }

  /** Answers the request. Only the first answer is sent, and none to a closed connection. */
  end(answer: WebAnswer, encoded?: EncodedAnswer): void {
    const headers = { ...encoded?.headers, ...this.connectionHeaders() };
    const body = encoded?.body ?? answer.body;
    this.finish(rawAnswer(answer, { body, headers }, this.#isHead));
  }

  /**
   * The headers that announce whether the connection stays open. An owner that writes the head of an answer
   * itself, and ends it with {@link finish}, sends them; all others close the connection.
   */
  connectionHeaders(): Readonly<Record<string, string>> {
    const { connection } = this;
    this.#isLast ??= !this.#framing.isKeptAlive || this.#hasUnreadBody || !connection.isReusable;
    if (this.#isLast) return { "Connection": "close" };
    const timeout = Math.floor(connection.idleMilliseconds / 1000);
    return { "Connection": "keep-alive", "Keep-Alive": `timeout=${timeout}` };
  }

  /** Writes the last bytes of the answer. */
  finish(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.connection.finish(bytes, this.#isLast ?? true);
  }

  /** Hands the connection over to an owner that reads the body, or answers the request in its own time. */
  handOver(owner: TransportListener): SocketTransport {
    this.connection.lend(owner);
    return this.transport;
  }

  /** Takes the connection back: the body was read. @param rest the bytes after it. */
  bodyRead(rest: Buffer): void {
    this.#hasUnreadBody = false;
    this.connection.takeBack();
    this.connection.keep(rest);
  }

  /** Releases the socket for another protocol. */
  detach(): Socket {
    return this.connection.detach();
  }
}
