import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import type { AdmissionTicket } from "./admission.ts";
import { Connection, type ConnectionServer } from "../session/connection.ts";
import { DETECTION_MILLISECONDS, Detector, isJsonStart, type Protocol } from "./detection.ts";
import { LingeringClose } from "./lingering_close.ts";
import { guardSocket } from "../observability/internal_error.ts";
import type { Metrics, RefusalReason } from "../observability/metrics.ts";
import { type Peer, peerOf, peerText } from "./peer.ts";
import { ProxyHeaderReader } from "./proxy/header_reader.ts";
import type { ProxyHeader } from "./proxy/proxy_header.ts";
import type { TrustedProxies } from "./trusted_proxies.ts";
import type { TlsGate } from "./tls/tls_gate.ts";
import type { ConnectionHandler, ConnectionRegistry } from "./connection_registry.ts";
import type { WebServer } from "../web/web_server.ts";
import { TLS_ONLY } from "../web/request_gate.ts";
import { rawAnswer, sentence } from "../web/web_answer.ts";
import { SocketTransport, type Transport } from "./transport.ts";
import type { ClientProtocol } from "../fanout/encoder.ts";

/** After this silence TCP asks whether the other side is still there. */
const KEEPALIVE_MILLISECONDS = 60_000;

/** How much later than asked for a timer may come while the server is not busy, in milliseconds. */
const PUNCTUAL_MILLISECONDS = 25;

/** Late timers in a row after which silence counts all the same. */
const MAX_LATE_TIMERS = 10;

/** Where only TLS is spoken nobody waits to be asked: silence is a first segment that got lost, and
 * comes again within a second (RFC 6298, section 2). */
const TLS_ONLY_DETECTION_MILLISECONDS = 1500;

/** Bytes of a chunk that are worth looking at. */
const HEAD_BYTES = 16;

/** The alert of a TLS server that has nothing to offer: fatal, handshake_failure (RFC 8446, 6). */
const TLS_HANDSHAKE_FAILURE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/** The answer to a PROXY header that is not believed. No name of a person has a space. */
const UNTRUSTED_PROXY = "A PROXY header is accepted from a trusted proxy only. " +
  "The server's owner can name one with --trusted-proxy.\n";

/** What the reception needs of the server. */
export interface SnifferServer extends ConnectionServer, ConnectionRegistry {
  readonly metrics: Metrics;
  /** Who speaks HTTP; absent where browsers are not served. */
  readonly web?: WebServer | undefined;
  /** Who puts TLS around a socket; absent where there is no certificate. */
  readonly tls?: TlsGate | undefined;
  /** Whether clients without TLS are refused. */
  readonly tlsOnly?: boolean;
  /** The proxies that may say for whom they have connected. */
  readonly trustedProxies: TrustedProxies;
  /** Milliseconds within which a PROXY header has to be complete. */
  readonly proxyHeaderMilliseconds: number;
}

/** What was taken off a connection already: nothing, a PROXY header, or TLS. */
type Layer = "none" | "proxy" | "tls";

/**
 * Receives a socket, finds out by its first bytes what is spoken on it, and hands it to whoever deals
 * with that. Behind the header of a trusted proxy it all starts again, once, and so it does inside TLS.
 */
export class ProtocolSniffer implements ConnectionHandler {
  readonly #detector = new Detector();
  readonly #chunks: Buffer[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lateTimers = 0;
  /** When a PROXY header that has begun has to be complete. */
  #headerDue: number | undefined;

  /**
   * @param ticket how the connection is counted.
   * @param peer who is at the other end; by default whom the socket names.
   * @param layer what was taken off already.
   */
  constructor(
    private readonly socket: Socket,
    private readonly server: SnifferServer,
    private readonly ticket: AdmissionTicket,
    private readonly peer: Peer = peerOf(socket, server.trustedProxies),
    private readonly layer: Layer = "none",
  ) {
    if (layer === "none") {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
      server.log.debug("connected", { address: peerText(peer) });
    }
    socket.on("error", () => {}); // "close" follows and does the rest
    socket.on("close", this.#onClose);
    socket.on("end", this.#onEnd);
    socket.on("data", this.#onData);
    this.#waitForMore();
  }

  shutDown(): void {
    this.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Takes what has come in already. */
  start(first: Buffer): void {
    this.#onData(first);
  }

  #waitForMore(): void {
    clearTimeout(this.#timer);
    if (this.#mayTrust && this.#detector.mayBecomeProxy) return this.#waitForHeader();
    const milliseconds = this.#mustBeSecure
      ? TLS_ONLY_DETECTION_MILLISECONDS
      : DETECTION_MILLISECONDS;
    const due = this.server.monotonic() + milliseconds;
    this.#timer = setTimeout(() => this.#guard(() => this.#heardNothing(due)), milliseconds);
  }

  /** A header that comes byte by byte makes no person: its deadline is the only one. */
  #waitForHeader(): void {
    this.#timer = setTimeout(() =>
      this.#guard(() => {
        this.#leave();
        this.#refuseHeader("it was not complete in time");
      }), this.#headerMilliseconds);
  }

  /** Milliseconds that are left for a PROXY header. */
  get #headerMilliseconds(): number {
    const now = this.server.monotonic();
    this.#headerDue ??= now + this.server.proxyHeaderMilliseconds;
    return Math.max(0, this.#headerDue - now);
  }

  /** Whether a PROXY header may come that is believed. */
  get #mayTrust(): boolean {
    return this.layer === "none" && this.peer.isTrustedProxy;
  }

  /** A timer that comes late tells of a busy server, and what the client has said may be unread: of
   * ten thousand programs that came at once, a dozen were taken for people. */
  #heardNothing(due: number): void {
    const isLate = this.server.monotonic() > due + PUNCTUAL_MILLISECONDS;
    if (isLate && this.#lateTimers++ < MAX_LATE_TIMERS) return this.#waitForMore();
    if (this.#chunks.length > 0 || this.#mustBeSecure) return void this.#handOver("text");
    this.#leave();
    const transport = new SocketTransport(this.socket, this.peer, this.server.metrics);
    serveSilent(this.server, {
      transport,
      socket: this.socket,
      ticket: this.ticket,
      handler: this,
    });
  }

  get #mustBeSecure(): boolean {
    return this.server.tlsOnly === true && !this.peer.isSecure;
  }

  #onData = (chunk: Buffer): void =>
    this.#guard(() => {
      this.#chunks.push(chunk);
      const protocol = this.#detector.push(chunk.toString("latin1", 0, HEAD_BYTES));
      if (protocol === undefined) this.#waitForMore();
      else this.#handOver(protocol);
    });

  #onEnd = (): void => this.#guard(() => this.#handOver("text")?.ended());

  #guard(run: () => void): void {
    guardSocket(this.server, this.socket, run);
  }

  #onClose = (): void => {
    this.#leave();
    this.server.replace(this);
  };

  #leave(): void {
    clearTimeout(this.#timer);
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("end", this.#onEnd);
    this.socket.removeListener("close", this.#onClose);
  }

  /** It is known what is spoken: from here on somebody else deals with the socket. */
  #handOver(protocol: Protocol): Connection | undefined {
    this.#leave();
    const first = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    if (protocol === "proxy") return void this.#readHeader(first);
    if (protocol === "tls") return void this.#startTls(first);
    // A trusted proxy may have ended TLS, which its request says.
    const mayBeForwarded = protocol === "http" && this.peer.isTrustedProxy;
    if (this.#mustBeSecure && !mayBeForwarded) return void this.#demandTls(protocol);
    if (protocol !== "http") return this.#serve(protocol, this.#chunks);
    if (this.ticket.refusal !== undefined) return void this.#refuseHttp(this.ticket.refusal);
    if (this.server.web === undefined) return void this.#declineHttp();
    const { socket, ticket, peer } = this;
    this.server.web.take({ socket, ticket, peer, handler: this }, first);
  }

  #readHeader(first: Buffer): void {
    const { server } = this;
    if (!this.#mayTrust) {
      const why = "a PROXY header from an address that is no trusted proxy";
      return this.#refuse("proxy_untrusted", Buffer.from(UNTRUSTED_PROXY), why);
    }
    const reader = new ProxyHeaderReader(this.socket, server, this.#headerMilliseconds, {
      decoded: ({ header, rest }) => {
        const peer = this.#peerBehind(header);
        server.log.debug("proxied", { address: peerText(peer), proxy: peerText(this.peer) });
        if (!header.isLocal) this.ticket.moveTo(peer.address);
        const inside = new ProtocolSniffer(this.socket, server, this.ticket, peer, "proxy");
        server.replace(reader, inside);
        if (rest.length > 0) inside.start(rest);
      },
      failed: (reason) => this.#refuseHeader(reason, reader),
      closed: () => server.replace(reader),
    });
    server.replace(this, reader);
    reader.start(first);
  }

  /** The peer that a header names: where it names none, the proxy's own address stays. */
  #peerBehind({ client, isLocal, isSecure }: ProxyHeader): Peer {
    if (isLocal) return this.peer;
    if (client === undefined) return { ...this.peer, isSecure, isTrustedProxy: false };
    return { ...client, isSecure, isTrustedProxy: this.server.trustedProxies.has(client.address) };
  }

  #refuseHeader(reason: string, handler?: ConnectionHandler): void {
    const lastWords = Buffer.from(`Cannot use the PROXY header: ${reason}.\n`);
    this.#refuse("proxy_header", lastWords, `the PROXY header: ${reason}`, handler);
  }

  #serve(kind: ClientProtocol, [first, ...more]: readonly Buffer[]): Connection {
    const transport = new SocketTransport(this.socket, this.peer, this.server.metrics);
    const connection = serveClient(this.server, {
      transport,
      kind,
      socket: this.socket,
      ticket: this.ticket,
      handler: this,
      first: first?.toString("latin1") ?? "",
    });
    // One by one, in the pieces in which they arrived: those show whether a person types.
    for (const chunk of more) connection.received(chunk.toString("latin1"));
    return connection;
  }

  #startTls(first: Buffer): void {
    const { server, socket, ticket } = this;
    // A handshake only to send an error would cost more than it is worth.
    if (ticket.refusal !== undefined) {
      server.replace(this);
      return void socket.destroy();
    }
    if (server.tls === undefined || this.layer === "tls") {
      return this.#refuse("tls_handshake", TLS_HANDSHAKE_FAILURE, "there is no TLS here");
    }
    const handshake = server.tls.admit(socket, first, {
      secured: (inside) =>
        this.#guard(() => {
          const peer = { ...this.peer, isSecure: true };
          server.replace(handshake, new ProtocolSniffer(inside, server, ticket, peer, "tls"));
        }),
      failed: (reason) => {
        ticket.refuse("tls_handshake", reason);
        server.log.debug("tls handshake failed", { address: peerText(this.peer), reason });
        server.replace(handshake);
      },
    });
    server.replace(this, handshake);
  }

  #demandTls(protocol: Exclude<Protocol, "tls" | "proxy">): void {
    const lastWords = protocol === "http"
      ? rawAnswer(sentence(400, TLS_ONLY))
      : this.#format(protocol).toBuffer(
        this.#format(protocol).encode({ type: "error", ...protocolError("tls_required") }),
      );
    this.#refuse("tls_required", lastWords, "TLS is required");
  }

  #refuseHttp(refusal: ProtocolError): void {
    this.#refuse(refusal.code, rawAnswer(sentence(429, refusal.text)), refusal.code);
  }

  #declineHttp(): void {
    const answer = sentence(404, "This server is a chat without web pages. Join it with nc.");
    this.#refuse("http", rawAnswer(answer), "there are no web pages");
  }

  #format(kind: ClientProtocol) {
    return this.server.formats[kind];
  }

  /** @param handler the object that handles the socket. */
  #refuse(
    reason: RefusalReason,
    lastWords: Buffer,
    why: string,
    handler: ConnectionHandler = this,
  ): void {
    this.ticket.refuse(reason);
    this.server.log.debug("refused", { address: peerText(this.peer), reason: why });
    this.server.replace(handler, new LingeringClose(this.socket, lastWords, this.server));
  }
}

/** Somebody who is to become a client of the chat. */
export interface Arrival {
  readonly transport: Transport;
  readonly kind: ClientProtocol;
  /** What carries the transport. */
  readonly socket: Socket;
  readonly ticket: AdmissionTicket;
  /** Who stood for the socket so far. */
  readonly handler: ConnectionHandler;
  /** What has come in already. */
  readonly first?: string;
}

/**
 * Makes somebody a client of the chat who has said nothing yet: a person, who is asked for a name, or
 * a program that is late. A program is known by its first byte. It has got the prompt, which ends
 * there in a line of its own, and is served as if it had spoken at once.
 */
function serveSilent(
  server: SnifferServer,
  { transport, socket, ticket, handler }: Omit<Arrival, "kind" | "first">,
): void {
  const { sessions } = server.metrics;
  sessions.text++;
  const leaveText = () => sessions.text--;
  socket.once("close", leaveText);
  const person = new Connection(transport, "text", server, ticket);
  server.replace(handler, person);
  person.start("", (first) => {
    if (!isJsonStart(first)) return false;
    socket.removeListener("close", leaveText);
    leaveText();
    person.abandon("\n");
    serveClient(server, { transport, kind: "json", socket, ticket, handler: person, first });
    return true;
  });
}

/** Makes somebody a client of the chat. */
export function serveClient(
  server: ConnectionServer & ConnectionRegistry & { readonly metrics: Metrics },
  { transport, kind, socket, ticket, handler, first }: Arrival,
): Connection {
  const { sessions } = server.metrics;
  sessions[kind]++;
  socket.once("close", () => sessions[kind]--);
  const connection = new Connection(transport, kind, server, ticket);
  server.replace(handler, connection);
  connection.start(first);
  return connection;
}
