import type { Buffer } from "node:buffer";
import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Log } from "../../observability/log.ts";
import type { ConnectionHandler } from "../connection_registry.ts";
import type { SocketTransport } from "../transport.ts";
import { checkCredentials, type TlsCredentials } from "./tls_credentials.ts";

/** Receives the result of a handshake. */
export interface HandshakeListener {
  /** It succeeded: the socket carries the decrypted bytes. */
  secured(socket: Socket): void;
  /** It failed, and the socket is closed. */
  failed(reason: string): void;
}

/** Wraps sockets in TLS, with a certificate that can be replaced at any time. */
export class TlsGate {
  #context: SecureContext;
  #certificate: X509Certificate;

  /**
   * @param handshakeMilliseconds time limit of a handshake.
   * @throws {TlsError} when the certificate and the key do not belong together.
   */
  constructor(
    credentials: TlsCredentials,
    private readonly handshakeMilliseconds: number,
    private readonly log: Log,
  ) {
    this.#certificate = checkCredentials(credentials);
    this.#context = createSecureContext(credentials);
  }

  /** SHA-256 of the certificate, as hexadecimal pairs with colons. */
  get fingerprint(): string {
    return this.#certificate.fingerprint256;
  }

  /**
   * Replaces the certificate for later handshakes. An unusable one is logged, and the old one stays.
   *
   * @returns whether it was replaced.
   */
  reload(credentials: TlsCredentials): boolean {
    try {
      const certificate = checkCredentials(credentials);
      this.#context = createSecureContext(credentials);
      this.#certificate = certificate;
    } catch (error) {
      this.log.error("cannot use the new TLS certificate; the old one stays", {
        error: (error as Error).message,
      });
      return false;
    }
    this.log.info("tls certificate in use", {
      fingerprint: this.fingerprint,
      until: this.#certificate.validTo,
    });
    return true;
  }

  /**
   * Starts a handshake, which takes the socket over from its transport.
   *
   * @param first the bytes that the client has already sent.
   */
  admit(transport: SocketTransport, first: Buffer, listener: HandshakeListener): ConnectionHandler {
    return new Handshake(transport, first, this.#context, this.handshakeMilliseconds, listener);
  }
}

class Handshake implements ConnectionHandler {
  readonly #socket: Socket;
  readonly #secured: TLSSocket;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #reason = "closed by the client";

  constructor(
    transport: SocketTransport,
    first: Buffer,
    context: SecureContext,
    milliseconds: number,
    private readonly listener: HandshakeListener,
  ) {
    const socket = this.#socket = transport.detach(this);
    // In a paused socket these bytes stay in its buffer, which TLS reads.
    socket.pause();
    socket.unshift(first);
    this.#secured = new TLSSocket(socket, { isServer: true, secureContext: context });
    this.#secured.on("error", this.#onError);
    this.#secured.on("end", this.#onEnd);
    this.#secured.on("close", this.#onClose);
    this.#secured.on("secure", this.#onSecure);
    this.#deadline = setTimeout(() => {
      this.#reason = `not done within ${milliseconds} ms`;
      this.destroy();
    }, milliseconds);
  }

  shutDown(): void {
    this.destroy();
  }

  destroy(): void {
    this.#secured.destroy();
  }

  #onError = (error: Error): void => void (this.#reason = error.message.trim());

  /** The client has closed its side; the socket itself stays open for writing. */
  #onEnd = (): void => this.destroy();

  #onClose = (): void => {
    clearTimeout(this.#deadline);
    this.listener.failed(this.#reason);
  };

  #onSecure = (): void => {
    clearTimeout(this.#deadline);
    this.#secured.removeListener("end", this.#onEnd);
    this.#secured.removeListener("close", this.#onClose);
    this.#secured.removeListener("secure", this.#onSecure);
    stopReadingWhenPaused(this.#secured, this.#socket);
    this.listener.secured(this.#secured);
  };
}

/** The part of a socket's handle that starts and stops reading. */
interface ReadingHandle {
  readStart(): number;
  readStop(): number;
}

/**
 * Makes a paused TLS socket stop reading from its connection.
 *
 * In Deno 2.9.6 it continues to read and stores the bytes outside of the stream's buffer: 900 MB in
 * 2 s were measured. No public call stops that, not even a pause of the connection's own socket; the
 * handle of that socket does.
 *
 * @param secured the TLS socket.
 * @param socket the connection below it.
 */
function stopReadingWhenPaused(secured: TLSSocket, socket: Socket): void {
  const inside = handleOf(secured);
  const outside = handleOf(socket);
  if (inside === undefined || outside === undefined) return;
  const start = inside.readStart.bind(inside);
  const stop = inside.readStop.bind(inside);
  inside.readStart = () => {
    const result = start();
    outside.readStart();
    return result;
  };
  inside.readStop = () => {
    outside.readStop();
    return stop();
  };
}

function handleOf(socket: Socket): ReadingHandle | undefined {
  const { _handle: handle } = socket as Socket & { _handle?: Partial<ReadingHandle> | null };
  return typeof handle?.readStart === "function" && typeof handle.readStop === "function"
    ? handle as ReadingHandle
    : undefined;
}
