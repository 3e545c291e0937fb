import { Buffer } from "node:buffer";
import net from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import type { ByteString } from "../../protocol/mod.ts";
import { ConnectionError, connectionErrorOf } from "../core/connection_errors.ts";
import type { Endpoint } from "../core/transport.ts";

/** Time that a server has to close its side when this client has left. */
const FAREWELL_MILLISECONDS = 1000;

/**
 * A client made of a bare socket, which knows no protocol. It keeps all that came in as a byte string,
 * and every wait for more of it is bounded.
 */
export class CheckClient {
  /** All that came in after the greeting that is known, one byte a character. */
  received: ByteString = "";
  /** True once the server has sent anything, a known greeting included. */
  hasHeard = false;
  /** True when what came first is something else than the greeting that is known. */
  isGreetedOtherwise = false;
  /** True when the server has closed its side, or the connection broke. */
  isEnded = false;
  /** What is known to come first, until it has come. */
  #greeting: Greeting | undefined;
  /** What may be the beginning of it. */
  #head: ByteString = "";
  #wake = () => {};

  private constructor(
    private readonly socket: net.Socket,
    private readonly patienceMilliseconds: number,
    /** Duration of connecting, in milliseconds. */
    readonly connectMilliseconds: number,
    greeting: Greeting | undefined,
  ) {
    this.#greeting = greeting;
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    socket.on("data", (chunk: string) => {
      this.hasHeard = true;
      this.#receive(chunk);
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
   * Connects.
   *
   * @param greeting what the server is known to say first, to be left out of what is received.
   * @throws {ConnectionError} when it is refused, or takes longer than the given patience.
   */
  static open(
    endpoint: Endpoint,
    patienceMilliseconds: number,
    greeting?: Greeting,
  ): Promise<CheckClient> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const socket = net.connect({ ...endpoint, allowHalfOpen: true });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new ConnectionError("timed_out", "connect", endpoint));
      }, patienceMilliseconds);
      const failed = (error: Error) => {
        clearTimeout(timer);
        reject(connectionErrorOf(error, "connect", endpoint));
      };
      socket.once("error", failed);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.removeListener("error", failed);
        const took = performance.now() - start;
        resolve(new CheckClient(socket, patienceMilliseconds, took, greeting));
      });
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
    this.isGreetedOtherwise = length === 0;
    this.received = this.#head.slice(length);
    this.#greeting = undefined;
  }

  /**
   * Sends bytes; resolves when the kernel has taken them, so that two calls make two segments. Where
   * the server does not read, or has gone, it resolves all the same: the answer that does not come
   * tells.
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
   * Waits until what came in is as expected.
   *
   * @returns false when it was not in time, or the connection ended before.
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
        if (isLate || this.isEnded) return false;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until the server closes its side; false when it did not in time. */
  async untilEnd(milliseconds?: number): Promise<boolean> {
    await this.until(() => this.isEnded, milliseconds);
    return this.isEnded;
  }

  /** Closes the sending side. */
  end(): void {
    this.socket.end();
  }

  /** Closes with RST, as a machine that crashed. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Leaves in an orderly way: the server is told, and may say on until it closes its side too. */
  close(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), FAREWELL_MILLISECONDS);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }
}

/** Text as the bytes that stand for it. */
export function bytesOf(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Bytes as the text that they stand for. */
export function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/**
 * What a server says first on every connection. Its numbers may be others each time: how many clients
 * there are, a port, the time.
 */
export class Greeting {
  readonly #pattern: RegExp;
  readonly #shape: ByteString;

  /** @param text what came on one connection; not empty. */
  constructor(readonly text: ByteString) {
    this.#pattern = new RegExp(`^${text.split(/\d+/).map(literal).join("\\d+")}`);
    this.#shape = shapeOf(text);
  }

  /**
   * How long it is on another connection.
   *
   * @param received what came first there.
   * @returns 0 when something else came; `undefined` while more of it may come.
   */
  lengthIn(received: ByteString): number | undefined {
    const found = this.#pattern.exec(received);
    if (found !== null) return found[0].length;
    return this.#shape.startsWith(shapeOf(received)) ? undefined : 0;
  }
}

/** Bytes with every number made the same. */
function shapeOf(bytes: ByteString): ByteString {
  return bytes.replace(/\d+/g, "0");
}

/** A regular expression that matches a text to the letter. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
