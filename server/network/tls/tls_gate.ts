import type { Buffer } from "node:buffer";
import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Log } from "../../observability/log.ts";
import type { ConnectionHandler } from "../connection_registry.ts";
import { stopReadingWhenPaused } from "./back_pressure.ts";
import { checkCredentials, type TlsCredentials } from "./tls_credentials.ts";

/** How a handshake ended. */
export interface HandshakeListener {
  /** It stands: what comes next is inside. */
  secured(socket: Socket): void;
  /** It failed, and the socket is closed. */
  failed(reason: string): void;
}

/** Puts TLS around sockets, with a certificate that can be exchanged while it runs. */
export class TlsGate {
  #context: SecureContext;
  #certificate: X509Certificate;

  /**
   * @param handshakeMilliseconds that a client has for its part of the handshake.
   * @throws {TlsError} where certificate and key cannot be used together.
   */
  constructor(
    credentials: TlsCredentials,
    private readonly handshakeMilliseconds: number,
    private readonly log: Log,
  ) {
    this.#certificate = checkCredentials(credentials);
    this.#context = createSecureContext(credentials);
  }

  /** SHA-256 of the certificate, in pairs of hexadecimal digits with colons between. */
  get fingerprint(): string {
    return this.#certificate.fingerprint256;
  }

  /**
   * Uses another certificate for the handshakes to come. One that cannot be used is logged, and the
   * one before stays.
   *
   * @returns whether the new one is in use.
   */
  reload(credentials: TlsCredentials): boolean {
    try {
      this.#certificate = checkCredentials(credentials);
      this.#context = createSecureContext(credentials);
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
   * Starts a handshake on a socket.
   *
   * @param first what the client has sent already.
   */
  admit(socket: Socket, first: Buffer, listener: HandshakeListener): ConnectionHandler {
    return new Handshake(socket, first, this.#context, this.handshakeMilliseconds, listener);
  }
}

/** A client between its first byte of TLS and the end of the handshake. */
class Handshake implements ConnectionHandler {
  readonly #secured: TLSSocket;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #reason = "closed by the client";

  constructor(
    private readonly socket: Socket,
    first: Buffer,
    context: SecureContext,
    milliseconds: number,
    private readonly listener: HandshakeListener,
  ) {
    // Paused, what is put back stays in the socket's buffer, where TLS looks for it.
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

  /** The client is gone, and cannot take its part: the socket itself stays open for writing. */
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
    stopReadingWhenPaused(this.#secured, this.socket);
    this.listener.secured(this.#secured);
  };
}
