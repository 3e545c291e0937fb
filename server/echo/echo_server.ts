import type { Acceptor, EchoConnection } from "./acceptor.ts";
import { excerptOf } from "./excerpt.ts";
import { MESSAGE_END_MILLISECONDS, MessageEnds } from "../network/message_ends.ts";
import { Prefixer } from "./prefixer.ts";

/** The orders in which clients are served. */
export const ECHO_MODES = ["concurrent", "iterative", "once"] as const;

/** One of {@link ECHO_MODES}: all at the same time; one after the other, each until it leaves; one
 * after the other, one message each. */
export type EchoMode = (typeof ECHO_MODES)[number];

export interface EchoOptions {
  readonly mode: EchoMode;
  /** Text before each line of the echo; `""` for none. */
  readonly prefix: string;
  /** Receives a line for each event. */
  readonly log: (line: string) => void;
  /** Resolves after a number of milliseconds. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** Milliseconds of silence that end a line of any client; 0 for none: see {@link MessageEnds}. */
  readonly lineTimeoutMilliseconds: number;
}

export interface EchoTotals {
  clients: number;
  /** Echoed bytes of clients, without prefixes. */
  bytes: number;
}

/** Size of the buffer of a connection, the only one that it has. */
const READ_BYTES = 65_536;

/** Time that a client has to read its answer while its further input is discarded: a close with unread
 * input would make the kernel drop the answer. */
export const LINGER_MILLISECONDS = 1000;

/** Pause after a failed accept, such as for a lack of descriptors. */
export const ACCEPT_RETRY_MILLISECONDS = 100;

/**
 * Sends back the input of clients.
 *
 * 1. Input is written before more is read: a client that does not read is not read either, and costs one
 *    buffer.
 * 2. All input up to the client's end of its output is echoed; then the server ends its own.
 * 3. Unless the mode is `concurrent`, the next client is accepted when the previous one has been served.
 *    Until then it waits in the kernel's queue: connected, without an answer.
 * 4. An error of one client does not affect the others.
 */
export class EchoServer {
  readonly totals: EchoTotals = { clients: 0, bytes: 0 };
  readonly #open = new Set<EchoConnection>();
  readonly #serving = new Set<Promise<void>>();
  readonly #prefix: Uint8Array;
  #isStopping = false;

  constructor(private readonly acceptor: Acceptor, private readonly options: EchoOptions) {
    this.#prefix = new TextEncoder().encode(options.prefix);
  }

  /** Serves clients; resolves after {@link stop}, when all connections are closed. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      const connection = await this.#accept();
      if (connection === undefined) break;
      if (this.#isStopping) { // accepted during the stop
        connection.close();
        break;
      }
      const served = this.#serve(connection);
      this.#track(served);
      if (this.options.mode !== "concurrent") await served;
    }
    await Promise.all(this.#serving);
  }

  stop(): void {
    this.#isStopping = true;
    this.acceptor.close();
    for (const connection of this.#open) connection.close();
  }

  async #accept(): Promise<EchoConnection | undefined> {
    let isLogged = false;
    while (true) {
      try {
        return await this.acceptor.accept();
      } catch (error) {
        if (this.#isStopping) return undefined;
        if (!isLogged) {
          this.options.log(`Cannot accept a client, trying again: ${messageOf(error)}`);
        }
        isLogged = true;
        await this.options.delay(ACCEPT_RETRY_MILLISECONDS);
      }
    }
  }

  async #serve(connection: EchoConnection): Promise<void> {
    const { log, mode } = this.options;
    this.totals.clients++;
    this.#open.add(connection);
    log(`New connection from ${connection.peer}`);
    let rest: Rest | undefined;
    try {
      rest = mode === "once"
        ? await this.#echoMessage(connection)
        : await this.#echoAll(connection);
      await connection.closeWrite();
    } catch (error) {
      if (!this.#isStopping) log(`Lost the connection to ${connection.peer}: ${messageOf(error)}`);
    }
    log(`Connection closed for ${connection.peer}`);
    if (rest === undefined) return this.#close(connection);
    this.#track(this.#linger(connection, rest.pending));
  }

  async #echoAll(connection: EchoConnection): Promise<undefined> {
    const { monotonic, lineTimeoutMilliseconds } = this.options;
    const buffer = new Uint8Array(READ_BYTES);
    const ends = new MessageEnds(monotonic, lineTimeoutMilliseconds);
    const prefixer = new Prefixer(this.#prefix, ends);
    while (true) {
      const count = await connection.read(buffer);
      if (count === null) return undefined;
      await this.#answer(connection, prefixer, buffer.subarray(0, count));
    }
  }

  /**
   * Echoes one message. TCP has no messages: it ends with a line feed at the end of a read, with silence,
   * or with the input.
   *
   * @returns the pending read after the message; `undefined` after the end of the input.
   */
  async #echoMessage(connection: EchoConnection): Promise<Rest | undefined> {
    const buffer = new Uint8Array(READ_BYTES);
    const prefixer = new Prefixer(this.#prefix);
    const pause = this.options.lineTimeoutMilliseconds || MESSAGE_END_MILLISECONDS;
    let count = await connection.read(buffer);
    while (count !== null) {
      const bytes = buffer.subarray(0, count);
      const isEnd = bytes.at(-1) === LF;
      await this.#answer(connection, prefixer, bytes);
      const more = connection.read(buffer);
      more.catch(() => {}); // the waiting call gets the error
      if (isEnd) return { pending: more };
      const silence = this.options.delay(pause).then((): typeof SILENCE => SILENCE);
      const next = await Promise.race([more, silence]);
      if (next === SILENCE) return { pending: more };
      count = next;
    }
    return undefined;
  }

  async #answer(connection: EchoConnection, prefixer: Prefixer, bytes: Uint8Array): Promise<void> {
    this.options.log(`Received from ${connection.peer}: ${excerptOf(bytes)}`);
    await connection.write(prefixer.push(bytes));
    this.totals.bytes += bytes.length;
  }

  /** Discards further input, so that the client can still read its answer. */
  async #linger(connection: EchoConnection, pending: Promise<number | null>): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    const late = this.options.delay(LINGER_MILLISECONDS).then(() => null);
    try {
      let next: Promise<number | null> = pending;
      while (await Promise.race([next, late]) !== null) {
        next = connection.read(buffer);
        next.catch(() => {}); // may lose the race
      }
    } catch {
      // The client has closed the connection.
    }
    this.#close(connection);
  }

  #close(connection: EchoConnection): void {
    connection.close();
    this.#open.delete(connection);
  }

  #track(work: Promise<void>): void {
    this.#serving.add(work);
    void work.finally(() => this.#serving.delete(work));
  }
}

/** The pending read after the one message. */
interface Rest {
  readonly pending: Promise<number | null>;
}

const LF = 10;

/** The result of a race that the pause wins. */
const SILENCE: unique symbol = Symbol("silence");

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
