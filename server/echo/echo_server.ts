import type { Acceptor, EchoConnection } from "./acceptor.ts";
import { excerptOf } from "./excerpt.ts";
import { MESSAGE_END_MILLISECONDS, MessageEnds } from "../network/message_ends.ts";
import { Prefixer } from "./prefixer.ts";

/** How clients are served. */
export const ECHO_MODES = ["concurrent", "iterative", "once"] as const;

/** One of {@link ECHO_MODES}: all at the same time; one after the other, each until it leaves; one
 * after the other, one message each. */
export type EchoMode = (typeof ECHO_MODES)[number];

/** Options of the echo server, and where it reports. */
export interface EchoOptions {
  readonly mode: EchoMode;
  /** What stands before every line that goes back; `""` for nothing. */
  readonly prefix: string;
  /** Gets a line about everything that happens. */
  readonly log: (line: string) => void;
  /** Waits that number of milliseconds. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Milliseconds of any origin that never go back. */
  readonly monotonic: () => number;
  /** Milliseconds of silence that end a line of any client; 0 for none: see {@link MessageEnds}. */
  readonly lineTimeoutMilliseconds: number;
}

/** What an echo server did. */
export interface EchoTotals {
  clients: number;
  /** Bytes that came from clients and went back. */
  bytes: number;
}

/** Bytes that are taken from a connection at a time, and all that is held for it. */
const READ_BYTES = 65_536;

/** Time that a client has to read its answer when what it sent on was not read: closing would have
 * the kernel throw the answer away. */
export const LINGER_MILLISECONDS = 1000;

/** Pause before accepting is tried again after an error, such as no descriptor left. */
export const ACCEPT_RETRY_MILLISECONDS = 100;

/**
 * Sends back what clients send.
 *
 * 1. What was read is written before more is read: a client that does not read is not read either,
 *    and costs one buffer.
 * 2. Everything that a client sends before it closes its side comes back; then the server closes its
 *    own.
 * 3. Unless the mode is `concurrent`, the next client is accepted when the one before has been served.
 *    Until then it waits in the kernel's queue: connected, and told nothing.
 * 4. A client that fails ends alone.
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

  /** Serves clients; resolves when it was stopped and all of them are closed. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      const connection = await this.#accept();
      if (connection === undefined) break;
      if (this.#isStopping) { // it came while the others were closed
        connection.close();
        break;
      }
      const served = this.#serve(connection);
      this.#track(served);
      if (this.options.mode !== "concurrent") await served;
    }
    await Promise.all(this.#serving);
  }

  /** Stops listening and closes all connections. */
  stop(): void {
    this.#isStopping = true;
    this.acceptor.close();
    for (const connection of this.#open) connection.close();
  }

  async #accept(): Promise<EchoConnection | undefined> {
    let isTold = false;
    while (true) {
      try {
        return await this.acceptor.accept();
      } catch (error) {
        if (this.#isStopping) return undefined;
        if (!isTold) this.options.log(`Cannot accept a client, trying again: ${messageOf(error)}`);
        isTold = true;
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

  /** Echoes until the client closes its side. */
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
   * Echoes one message. Since TCP knows none, it ends with a line feed at the end of what came, with
   * silence, or when the client closes its side.
   *
   * @returns the read that waits for what comes after the message; `undefined` at the end.
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

  /** Reads and drops what a client sends on, so that it can still read its answer. */
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
      // It has gone, and that is what was waited for.
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

/** A read that waits for what comes after the one message. */
interface Rest {
  readonly pending: Promise<number | null>;
}

/** Line feed. */
const LF = 10;

/** What a race with a pause answers when the pause wins. */
const SILENCE: unique symbol = Symbol("silence");

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
