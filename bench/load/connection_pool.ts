import {
  CLOSING_TIME,
  Connection,
  type ConnectionOptions,
  type ConnectionStage,
  type Failure,
} from "./connection.ts";
import type { ErrorTally } from "./error_tally.ts";
import { pause } from "./run_context.ts";
import type { SourceOf } from "./source_addresses.ts";

/** Maximum of TCP connections that connect at one time: more would wait for each other in this
 * program, and that would be measured. */
const MAX_CONNECTING = 64;

/** Maximum of connections that close at one time: 10,000 at once would take 35 MB. */
const MAX_CLOSING = 512;

/** Shortest wait for the next connection that is due, in milliseconds. */
const OPENING_TICK = 1;

export interface ConnectionPoolOptions
  extends Omit<ConnectionOptions, "name" | "source" | "onStage"> {
  readonly connections: number;
  /** Connections opened per second. Default: the next one as soon as one is connected. */
  readonly connectRate?: number | undefined;
  /** The stage that ends the wait for a connection. Default `joined`. */
  readonly until?: "connected" | "joined";
  /** Opening the connections is the run itself: as many are opened at a time as are due. Default: 64
   * at a time, before the run. */
  readonly isRun?: boolean;
  /** How long a connection stays after it has joined, before it is closed. Default: until the end. */
  readonly stayMilliseconds?: () => number;
  /** Their local addresses. Default: chosen by the system. */
  readonly sourceOf?: SourceOf;
  /** Name of a connection, by its number. */
  readonly nameOf: (index: number) => string;
  readonly errors: ErrorTally;
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends the wait for those that have not joined yet. */
  readonly signal: AbortSignal;
}

/** Connections that are opened together and closed together. */
export class ConnectionPool {
  readonly #connections = new Set<Connection>();
  /** By stage: how long each connection took to reach it, in milliseconds from its start. */
  readonly times: Readonly<Record<ConnectionStage, number[]>> = {
    connected: [],
    greeted: [],
    joined: [],
  };
  /** Connections that have failed to join. */
  failed = 0;

  /**
   * Opens all connections, and waits until each has reached the stage, failed or run out of time, and
   * for as long as the profile lets the server settle. Failures go to the tally.
   *
   * @returns the connections that have joined and are still open.
   */
  async open(options: ConnectionPoolOptions): Promise<Connection[]> {
    const { connections, connectRate, isRun = false, until = "joined", now, signal } = options;
    const standing = new Set<Connection>();
    const settled: Promise<void>[] = [];
    const start = now();
    const dueAt = (index: number) =>
      connectRate === undefined ? start : start + index * 1000 / connectRate;
    let connecting = 0;
    let freed = Promise.withResolvers<void>();
    const stop = () => this.#connections.forEach((one) => one.joined || one.destroy());
    signal.addEventListener("abort", stop);
    for (let index = 0; index < connections && !signal.aborted; index++) {
      const wait = dueAt(index) - now();
      if (wait > 0) await pause(Math.max(wait, OPENING_TICK), signal);
      if (!isRun && connecting >= MAX_CONNECTING) await freed.promise;
      if (signal.aborted) break;
      const { connection, joining } = this.#start(index, start, standing, options);
      const opened = connection.opened();
      settled.push(until === "joined" ? joining : opened);
      connecting++;
      void opened.then(() => {
        connecting--;
        freed.resolve();
        freed = Promise.withResolvers();
      });
    }
    await Promise.all(settled);
    signal.removeEventListener("abort", stop);
    if (!isRun) await pause(options.profile.settleMilliseconds ?? 0, signal);
    return [...standing];
  }

  #start(
    index: number,
    start: number,
    standing: Set<Connection>,
    { errors, now, signal, sourceOf, until, isRun, stayMilliseconds, ...options }:
      ConnectionPoolOptions,
  ): { connection: Connection; joining: Promise<void> } {
    const begin = now();
    const tally = ({ phase, code, text }: Failure, milliseconds: number) => {
      if (signal.aborted) return;
      if (phase !== "run") this.failed++;
      errors.add(phase, code, text, milliseconds);
    };
    const connection = new Connection({
      ...options,
      name: options.nameOf(index),
      onStage: (stage) => this.times[stage].push(now() - begin),
      ...(sourceOf && { source: (attempt: number) => sourceOf(index, attempt) }),
    });
    this.#connections.add(connection);
    connection.onBreak = (failure) => {
      standing.delete(connection);
      // It has joined, so it is missing in the run, which begins when all have.
      if (isRun) tally(failure, now() - start);
      else errors.add("run", failure.code, failure.text, 0);
    };
    const joining = connection.join().then(async (failure) => {
      if (failure === undefined) {
        standing.add(connection);
        if (stayMilliseconds === undefined) return;
        await pause(stayMilliseconds(), signal);
        await connection.close();
        standing.delete(connection);
        this.#connections.delete(connection);
      } // A server need not send anything if connecting is the last requested stage.
      else if (until !== "connected" || !connection.connected) tally(failure, now() - start);
    });
    return { connection, joining };
  }

  /** Closes all connections, in good order until a time limit. */
  async close(): Promise<void> {
    const start = performance.now();
    const left = this.#connections.values();
    const closeOneByOne = async () => {
      for (const connection of left) {
        await connection.close(Math.max(CLOSING_TIME - (performance.now() - start), 0));
      }
    };
    await Promise.all(Array.from({ length: MAX_CLOSING }, closeOneByOne));
  }
}
