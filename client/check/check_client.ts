import { Buffer } from "node:buffer";
import net from "node:net";
import type { Duplex } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import { type ByteString, sizeText } from "../../protocol/mod.ts";
import { ConnectionError, connectionErrorOf } from "../core/connection_errors.ts";
import type { Endpoint } from "../core/transport.ts";
import { CheckFailure } from "./check_failure.ts";

/** Time for the server to close its side after this client has. */
const LINGER_MILLISECONDS = 1000;

/** Maximum number of received bytes: over seven times those of the largest check. */
const MAX_RECEIVED_BYTES = 8_000_000;

/** Starts to connect. @param opened called once the connection is established. */
export type OpenStream = (endpoint: Endpoint, opened: () => void) => Duplex;

const openSocket: OpenStream = (endpoint, opened) =>
  net.connect({ ...endpoint, allowHalfOpen: true }, opened).setNoDelay(true);

/** A bare socket without a protocol. It keeps all received bytes, within a bound, and bounds every wait
 * for more. */
export class CheckClient {
  /** All received bytes after the known greeting. */
  received: ByteString = "";
  /** Whether the server has sent anything, a known greeting included. */
  hasReceived = false;
  /** Whether the first bytes differ from the known greeting. */
  hasOtherGreeting = false;
  /** Whether the server has closed its side, or the connection broke. */
  isEnded = false;
  /** The known greeting until it has arrived. */
  #greeting: Greeting | undefined;
  /** The bytes that may be its beginning. */
  #head: ByteString = "";
  /** Whether the server has sent more than {@link MAX_RECEIVED_BYTES}. */
  #isFlooded = false;
  #wake = () => {};

  private constructor(
    private readonly socket: Duplex,
    private readonly patienceMilliseconds: number,
    /** Duration of connecting, in milliseconds. */
    readonly connectMilliseconds: number,
    greeting: Greeting | undefined,
  ) {
    this.#greeting = greeting;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.hasReceived = true;
      if (this.received.length + this.#head.length + chunk.length <= MAX_RECEIVED_BYTES) {
        this.#receive(chunk);
      } else {
        this.#isFlooded = true;
        socket.destroy();
      }
      this.#wake();
    });
    const ended = () => {
      this.isEnded = true;
      this.#wake();
    };
    socket.on("end", ended);
    socket.on("error", () => {}); // "close" follows
    socket.on("close", ended);
  }

  /**
   * @param greeting the known greeting of the server, to be left out of the received bytes.
   * @param openStream connects. Default: TCP.
   * @throws {ConnectionError} when the connection is refused, or takes longer than the patience.
   */
  static open(
    endpoint: Endpoint,
    patienceMilliseconds: number,
    greeting?: Greeting,
    openStream: OpenStream = openSocket,
  ): Promise<CheckClient> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const connected = () => {
        clearTimeout(timer);
        socket.removeListener("error", failed);
        const took = performance.now() - start;
        resolve(new CheckClient(socket, patienceMilliseconds, took, greeting));
      };
      const socket = openStream(endpoint, connected);
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new ConnectionError("timed_out", "connect", endpoint));
      }, patienceMilliseconds);
      const failed = (error: Error) => {
        clearTimeout(timer);
        reject(connectionErrorOf(error, "connect", endpoint));
      };
      socket.once("error", failed);
    });
  }

  #receive(chunk: ByteString): void {
    if (this.#greeting === undefined) {
      this.received += chunk;
      return;
    }
    this.#head += chunk;
    const length = this.#greeting.lengthIn(this.#head);
    if (length === undefined) return;
    this.hasOtherGreeting = length === 0;
    this.received = this.#head.slice(length);
    this.#greeting = undefined;
  }

  /**
   * Sends bytes; resolves when the kernel has accepted them, so that two calls make two segments. It
   * also resolves if the server does not read or is gone: then the answer is missing.
   */
  send(bytes: ByteString): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.patienceMilliseconds);
    this.socket.once("close", resolve);
    this.socket.write(Buffer.from(bytes, "latin1"), () => resolve());
    if (this.socket.destroyed) resolve();
    return promise.finally(() => {
      clearTimeout(timer);
      this.socket.removeListener("close", resolve);
    });
  }

  /**
   * Waits until the received bytes are as expected.
   *
   * @returns false after a timeout, or when the connection ended first.
   * @throws {CheckFailure} when the server sends too much.
   */
  async until(
    isExpected: (received: ByteString) => boolean,
    milliseconds: number = this.patienceMilliseconds,
  ): Promise<boolean> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, milliseconds);
    try {
      while (!isExpected(this.received)) {
        if (this.#isFlooded) {
          throw new CheckFailure(
            `it sent over ${sizeText(MAX_RECEIVED_BYTES)} over one connection`,
          );
        }
        if (isLate || this.isEnded) return false;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until the server closes its side; false after a timeout. */
  async untilEnd(milliseconds?: number): Promise<boolean> {
    await this.until(() => this.isEnded, milliseconds);
    return this.isEnded;
  }

  /** Closes the sending side. */
  end(): void {
    this.socket.end();
  }

  /** Closes with RST, as a machine that crashed; over another transport than TCP at once. */
  reset(): void {
    const { socket } = this;
    if (socket instanceof net.Socket) socket.resetAndDestroy();
    else socket.destroy();
  }

  /** Closes the sending side, and the socket once the server has closed its side too. */
  close(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }
}

/** Encodes text as UTF-8. */
export function bytesOf(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Decodes UTF-8; invalid bytes become U+FFFD. */
export function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The first bytes of a server on every connection. Its numbers may differ, such as a port or time. */
export class Greeting {
  readonly #pattern: RegExp;
  readonly #shape: ByteString;

  /** @param text the greeting on one connection; not empty. */
  constructor(readonly text: ByteString) {
    this.#pattern = new RegExp(`^${text.split(/\d+/).map(literalPattern).join("\\d+")}`);
    this.#shape = shapeOf(text);
  }

  /**
   * Measures the greeting on another connection.
   *
   * @param received the first bytes there.
   * @returns 0 for other bytes; `undefined` while more of the greeting may come.
   */
  lengthIn(received: ByteString): number | undefined {
    const found = this.#pattern.exec(received);
    if (found !== null) return found[0].length;
    return this.#shape.startsWith(shapeOf(received)) ? undefined : 0;
  }
}

/** Replaces all numbers by 0. */
function shapeOf(bytes: ByteString): ByteString {
  return bytes.replace(/\d+/g, "0");
}

/** A regular expression that matches a text, as `RegExp.escape` makes it, which Node 22 lacks. */
export function literalPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
