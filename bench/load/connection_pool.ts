import { Connection, type ConnectionOptions, type Stage } from "./connection.ts";
import type { ErrorTally } from "./error_tally.ts";
import { LatencyHistogram } from "../ledger/latency_histogram.ts";
import type { SourceOf } from "./source_addresses.ts";

/** TCP connections that are being made at one time. More would wait for each other in this program,
 * and measure that. */
const MAX_CONNECTING = 64;

/** What a crowd needs to know. */
export interface ConnectionPoolOptions
  extends Omit<ConnectionOptions, "name" | "source" | "onStage"> {
  readonly connections: number;
  /** Connections opened a second. Default: one as soon as another is made, 64 at a time. */
  readonly connectRate?: number | undefined;
  /** Where on this machine they come from. Default: the system chooses. */
  readonly sourceOf?: SourceOf;
  /** Name of a connection, by its number. */
  readonly nameOf: (index: number) => string;
  readonly errors: ErrorTally;
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends the wait for those that have not joined yet. */
  readonly signal: AbortSignal;
}

/** Connections that join together and close together. */
export class ConnectionPool {
  readonly #connections: Connection[] = [];
  /** How long each of them took to come so far, in microseconds. */
  readonly times: Readonly<Record<Stage, LatencyHistogram>> = {
    connected: new LatencyHistogram(),
    greeted: new LatencyHistogram(),
    joined: new LatencyHistogram(),
  };

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
   * Opens all connections, and waits until each has joined, failed or run out of time, and for as long
   * as the profile lets the server settle. Failures go to the tally.
   *
   * @returns those that have joined and still stand.
   */
  async gather(options: ConnectionPoolOptions): Promise<Connection[]> {
    const { errors, now, signal, connectRate, sourceOf } = options;
    const start = now();
    let begun = 0;
    const standing = new Set<Connection>();
    const joining: Promise<void>[] = [];
    const stop = () => this.#connections.forEach((one) => one.joined || one.destroy());
    signal.addEventListener("abort", stop);
    const next = async () => {
      while (begun < options.connections) {
        const index = begun++;
        if (connectRate !== undefined) {
          await pause(start + index * 1000 / connectRate - now(), signal);
        }
        if (signal.aborted) return;
        const begin = now();
        const connection = new Connection({
          ...options,
          name: options.nameOf(index),
          onStage: (stage) => this.times[stage].record((now() - begin) * 1000),
          ...(sourceOf && { source: (attempt: number) => sourceOf(index, attempt) }),
        });
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
    await pause(options.profile.settleMilliseconds ?? 0, signal);
    return [...standing];
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}

/** Waits, unless the signal ends that. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
