import { Connection, type ConnectionOptions } from "./connection.ts";
import type { ErrorTally } from "./error_tally.ts";

/** TCP connections that are being made at one time. More would wait for each other in this program,
 * and measure that. */
const MAX_CONNECTING = 64;

/** What a crowd needs to know. */
export interface CrowdOptions extends Omit<ConnectionOptions, "name"> {
  readonly connections: number;
  /** Name of a connection, by its number. */
  readonly nameOf: (index: number) => string;
  readonly errors: ErrorTally;
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends the wait for those that have not joined yet. */
  readonly signal: AbortSignal;
}

/** Connections that join together and close together. */
export class Crowd {
  readonly #connections: Connection[] = [];

  /** How many TCP has connected. */
  get connected(): number {
    return this.#count((connection) => connection.connected);
  }

  /** How many have heard from the server. */
  get greeted(): number {
    return this.#count((connection) => connection.greeted);
  }

  /** How many the server has let in. */
  get joined(): number {
    return this.#count((connection) => connection.joined);
  }

  #count(condition: (connection: Connection) => boolean): number {
    return this.#connections.reduce((sum, one) => sum + (condition(one) ? 1 : 0), 0);
  }

  /**
   * Opens all connections, and waits until each has joined, failed or run out of time. Failures go to
   * the tally.
   *
   * @returns those that have joined and still stand.
   */
  async gather(options: CrowdOptions): Promise<Connection[]> {
    const { errors, now, signal } = options;
    const start = now();
    const standing = new Set<Connection>();
    const joining: Promise<void>[] = [];
    const stop = () => this.#connections.forEach((one) => one.joined || one.destroy());
    signal.addEventListener("abort", stop);
    const next = async () => {
      while (this.#connections.length < options.connections && !signal.aborted) {
        const name = options.nameOf(this.#connections.length);
        const connection = new Connection({ ...options, name });
        this.#connections.push(connection);
        connection.onBreak = ({ code, text }) => {
          standing.delete(connection);
          // It has joined, so it is the run that goes without it.
          errors.add("run", code, text, 0);
        };
        joining.push(
          connection.join().then((failure) => {
            if (failure === undefined) standing.add(connection);
            else if (!signal.aborted) {
              errors.add(failure.phase, failure.code, failure.text, now() - start);
            }
          }),
        );
        await connection.opened;
      }
    };
    await Promise.all(Array.from({ length: MAX_CONNECTING }, next));
    await Promise.all(joining);
    signal.removeEventListener("abort", stop);
    return [...standing];
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}
