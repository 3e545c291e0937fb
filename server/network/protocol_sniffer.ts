import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ByteString, ClientProtocol } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";
import type { AdmissionTicket } from "./admission.ts";
import {
  DETECTION_MILLISECONDS,
  Detector,
  type Protocol,
  TLS_DETECTION_MILLISECONDS,
} from "./detection.ts";
import { refuseConnection } from "./lingering_close.ts";
import { type Peer, peerOf, peerText } from "./peer.ts";
import {
  type DecodedProxyHeader,
  type ProxyHeader,
  ProxyHeaderDecoder,
  ProxyHeaderError,
} from "./proxy/proxy_header.ts";
import type { TlsGate } from "./tls/tls_gate.ts";
import { SocketTransport, type TransportContext, type TransportListener } from "./transport.ts";
import type { TrustedProxies } from "./trusted_proxies.ts";
import type { RefusalReason } from "../observability/metrics.ts";
import type { Clock } from "../scheduling/clock.ts";
import { PunctualTimer } from "../scheduling/punctual_timer.ts";

/** With TLS only, no client waits for a prompt: silence means a lost first segment, which arrives within
 * one second (RFC 6298, section 2). */
const TLS_ONLY_DETECTION_MILLISECONDS = 1500;

/**
 * Parts of the silence, each with a timer of its own. A pause of the event loop that ends just before one
 * timer for all of it would not make that timer late, and the client, perhaps in the same process, would
 * have had no turn to write.
 */
const SILENT_PARTS = 3;

/** Bytes of a chunk that are examined. */
const HEAD_BYTES = 16;

/** The alert of a TLS server without a certificate: fatal, handshake_failure (RFC 8446, 6). */
const TLS_HANDSHAKE_FAILURE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/** The answer to a PROXY header of another address. No name of a user has a space. */
const UNTRUSTED_PROXY = "A PROXY header is accepted from a trusted proxy only. " +
  "The administrator can name one with --trusted-proxy.\n";

/** Milliseconds of silence before TCP probes the peer. */
const KEEPALIVE_MILLISECONDS = 60_000;

export type DetectedProtocol = Exclude<ClientProtocol, "websocket">;

/** The owners of connections whose protocol is known. */
export interface ProtocolHandlers {
  /**
   * Serves a client of the chat.
   *
   * @param protocol `silent` for a client that has sent nothing.
   * @param chunks the received chunks; their boundaries show whether a user types.
   */
  chat(
    transport: SocketTransport,
    ticket: AdmissionTicket,
    protocol: DetectedProtocol | "silent",
    chunks: readonly ByteString[],
  ): TransportListener;
  http(transport: SocketTransport, ticket: AdmissionTicket, first: ByteString): void;
  /** The error for a client without TLS. */
  tlsRequired(protocol: DetectedProtocol | "http"): Buffer;
}

export interface SnifferContext extends TransportContext, Pick<Clock, "monotonic" | "after"> {
  readonly handlers: ProtocolHandlers;
  /** Absent without a certificate. */
  readonly tls: Pick<TlsGate, "admit"> | undefined;
  /** Whether clients without TLS are refused. */
  readonly tlsOnly: boolean;
  readonly trustedProxies: TrustedProxies;
  readonly proxyHeaderMilliseconds: number;
}

/**
 * Detects the protocol of a client by its first bytes, and hands the connection over. It starts again,
 * once, after the header of a trusted proxy, and inside TLS.
 */
export class ProtocolSniffer implements TransportListener {
  #detector = new Detector();
  #chunks: ByteString[] = [];
  /** Present during a PROXY header. */
  #header: ProxyHeaderDecoder | undefined;
  #isProxied = false;
  #timer: PunctualTimer;
  /** Deadline of a PROXY header. */
  #headerDue: number | undefined;

  /** @param isInTls whether the transport is inside TLS. */
  constructor(
    private readonly transport: SocketTransport,
    private readonly ticket: AdmissionTicket,
    private readonly context: SnifferContext,
    private readonly isInTls = false,
  ) {
    this.#timer = new PunctualTimer(context);
    transport.setListener(this);
    this.#waitForMore();
  }

  shutDown(): void {
    this.destroy();
  }

  destroy(): void {
    this.transport.destroy();
  }

  received(bytes: ByteString): void {
    if (this.#header !== undefined) return this.#readHeader(bytes);
    this.#chunks.push(bytes);
    const protocol = this.#detector.push(bytes.slice(0, HEAD_BYTES));
    if (protocol === undefined) this.#waitForMore();
    else this.#handOver(protocol);
  }

  controlFrame(): void {}

  ended(): void {
    if (this.#header !== undefined) this.#refuseHeader("the connection ended within it");
    else this.#handOver("text")?.ended();
  }

  closed(): void {
    this.#timer.stop();
    this.context.registry.delete(this);
  }

  #waitForMore(): void {
    this.#timer.stop();
    if (this.#mayTrust && this.#detector.mayBecomeProxy) return this.#waitForHeader();
    this.#waitForPart(this.#silence / SILENT_PARTS, SILENT_PARTS);
  }

  #waitForPart(milliseconds: number, parts: number): void {
    const onElapsed = () => {
      // Of ten thousand programs that connected at once, a dozen were treated as users, since their first
      // bytes were unread.
      if (this.#timer.takeLate()) this.#waitForMore();
      else if (parts > 1) this.#waitForPart(milliseconds, parts - 1);
      else this.#receivedNothing();
    };
    this.#timer.start(milliseconds, () => this.transport.guard(onElapsed));
  }

  /** One deadline for the whole header: further bytes do not extend it. */
  #waitForHeader(): void {
    const now = this.context.monotonic();
    this.#headerDue ??= now + this.context.proxyHeaderMilliseconds;
    this.#timer.start(
      Math.max(0, this.#headerDue - now),
      () => this.transport.guard(() => this.#refuseHeader("it was not complete in time")),
    );
  }

  /** Whether a PROXY header is accepted now. */
  get #mayTrust(): boolean {
    return !this.isInTls && !this.#isProxied && this.transport.peer.isTrustedProxy;
  }

  /** Milliseconds of silence that end the detection. */
  get #silence(): number {
    if (this.#mustBeSecure) return TLS_ONLY_DETECTION_MILLISECONDS;
    const mayStartTls = this.context.tls !== undefined && !this.isInTls;
    return mayStartTls ? TLS_DETECTION_MILLISECONDS : DETECTION_MILLISECONDS;
  }

  get #mustBeSecure(): boolean {
    return this.context.tlsOnly && !this.transport.peer.isSecure;
  }

  #receivedNothing(): void {
    if (this.#chunks.length > 0 || this.#mustBeSecure) return void this.#handOver("text");
    this.context.handlers.chat(this.transport, this.ticket, "silent", []);
  }

  /** @returns the new owner of a client of the chat. */
  #handOver(protocol: Protocol): TransportListener | undefined {
    this.#timer.stop();
    const { transport, ticket, context: { handlers } } = this;
    if (protocol === "proxy") return void this.#startHeader();
    const first = this.#chunks.join("");
    if (protocol === "tls") return void this.#startTls(first);
    // A trusted proxy may have terminated TLS, as its request shows.
    const mayBeForwarded = protocol === "http" && transport.peer.isTrustedProxy;
    if (this.#mustBeSecure && !mayBeForwarded) {
      return void this.#refuse(
        "tls_required",
        "TLS is required",
        handlers.tlsRequired(protocol),
      );
    }
    if (protocol === "http") return void handlers.http(transport, ticket, first);
    return handlers.chat(transport, ticket, protocol, this.#chunks);
  }

  #startHeader(): void {
    if (!this.#mayTrust) {
      const why = "a PROXY header from an untrusted address";
      return this.#refuse("proxy_untrusted", why, Buffer.from(UNTRUSTED_PROXY));
    }
    this.#header = new ProxyHeaderDecoder();
    this.#waitForHeader();
    this.#readHeader(this.#chunks.join(""));
  }

  #readHeader(bytes: ByteString): void {
    let decoded: DecodedProxyHeader | undefined;
    try {
      decoded = this.#header!.push(toBuffer(bytes));
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error;
      return this.#refuseHeader(error.message);
    }
    if (decoded !== undefined) this.#startBehind(decoded);
  }

  #startBehind({ header, rest }: DecodedProxyHeader): void {
    const { transport, ticket, context } = this;
    const proxy = transport.peer;
    transport.peer = this.#peerBehind(header);
    context.log.debug("proxied", { address: peerText(transport.peer), proxy: peerText(proxy) });
    if (!header.isLocal) ticket.moveTo(transport.peer.address);
    this.#header = undefined;
    this.#isProxied = true;
    this.#timer.stop();
    this.#timer = new PunctualTimer(context);
    this.#detector = new Detector();
    this.#chunks = [];
    this.#waitForMore();
    if (rest.length > 0) this.received(rest.toString("latin1"));
  }

  /** The peer that a header names; without one the proxy's own address stays. */
  #peerBehind({ client, isLocal, isSecure }: ProxyHeader): Peer {
    const { peer } = this.transport;
    if (isLocal) return peer;
    if (client === undefined) return { ...peer, isSecure, isTrustedProxy: false };
    const isTrustedProxy = this.context.trustedProxies.has(client.address);
    return { ...client, isSecure, isTrustedProxy };
  }

  #refuseHeader(reason: string): void {
    this.#timer.stop();
    const lastBytes = Buffer.from(`Cannot use the PROXY header: ${reason}.\n`);
    this.#refuse("proxy_header", `the PROXY header: ${reason}`, lastBytes);
  }

  #startTls(first: ByteString): void {
    const { transport, ticket, context } = this;
    // The handshake would cost more than the error is worth.
    if (ticket.refusal !== undefined) return this.destroy();
    if (context.tls === undefined || this.isInTls) {
      return this.#refuse("tls_handshake", "TLS is not available", TLS_HANDSHAKE_FAILURE);
    }
    const handshake = context.tls.admit(transport, toBuffer(first), {
      secured: (socket) =>
        transport.guard(() => {
          try {
            const peer = { ...transport.peer, isSecure: true };
            const inside = new SocketTransport(socket, peer, context, handshake);
            new ProtocolSniffer(inside, ticket, context, true);
          } catch (error) {
            context.registry.delete(handshake); // no owner of the socket reports its close
            throw error;
          }
        }),
      failed: (reason) => {
        ticket.refuse("tls_handshake", reason);
        context.log.debug("tls handshake failed", { address: peerText(transport.peer), reason });
        context.registry.delete(handshake);
      },
    });
  }

  #refuse(reason: RefusalReason, why: string, lastBytes: Buffer): void {
    const { transport, ticket, context } = this;
    refuseConnection(transport, ticket, { reason, why, lastBytes }, context);
  }
}

/** Starts the detection on a socket that was just accepted. */
export function sniffProtocol(
  socket: Socket,
  ticket: AdmissionTicket,
  context: SnifferContext,
): ProtocolSniffer {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
  const peer = peerOf(socket, context.trustedProxies);
  context.log.debug("connected", { address: peerText(peer) });
  return new ProtocolSniffer(new SocketTransport(socket, peer, context), ticket, context);
}
