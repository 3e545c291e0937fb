import { cleanLine, shorten } from "../../protocol/mod.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import type { Endpoint } from "../core/transport.ts";
import { CheckClient, type Greeting, type OpenStream, textOf } from "./check_client.ts";
import { CheckFailure } from "./check_failure.ts";

export type Verdict = "PASS" | "FAIL" | "SKIP";

export interface CheckResult {
  readonly verdict: Verdict;
  readonly name: string;
  /** Why it failed or was skipped; for a passed check an observation, or empty. */
  readonly detail: string;
}

/** One check of a server of some kind. */
export interface Check<Server> {
  readonly name: string;
  /**
   * @returns an observation, or nothing.
   * @throws {CheckFailure} when the server misbehaves.
   * @throws {CheckSkipped} when the server lacks the checked feature.
   */
  run(server: Server): Promise<string | void>;
}

/** Connections to the checked server, and names and texts that are unique in a run. */
export class CheckContext {
  /** The first bytes of every connection, once known: clients leave them out. */
  greeting: Greeting | undefined;
  #clients: CheckClient[] = [];
  #count = 0;

  /**
   * @param patienceMilliseconds maximum duration of each wait.
   * @param tag part of all names and texts of this run.
   * @param openStream connects. Default: TCP.
   */
  constructor(
    readonly endpoint: Endpoint,
    readonly patienceMilliseconds: number,
    private readonly tag: string,
    private readonly openStream?: OpenStream,
  ) {}

  /** The patience as text, such as `4 s`. */
  get patience(): string {
    return `${this.patienceMilliseconds / 1000} s`;
  }

  /** Connects a client that {@link close} disconnects. */
  async connect(): Promise<CheckClient> {
    const { endpoint, patienceMilliseconds, greeting, openStream } = this;
    const client = await CheckClient.open(endpoint, patienceMilliseconds, greeting, openStream);
    this.#clients.push(client);
    return client;
  }

  name(stem: string): string {
    return `${stem}${this.tag}${this.#count++}`;
  }

  /** A unique text that is not part of any other. */
  text(): string {
    return `check-${this.tag}-${this.#count++}-end`;
  }

  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** The start of received bytes, for a message. */
export function excerpt(bytes: string): string {
  if (bytes === "") return "nothing";
  const text = cleanLine(textOf(bytes)).trim();
  if (text !== "") return `"${shorten(text, 80)}"`;
  return bytes.trim() === "" ? "white space" : "something unreadable";
}

export const SIMULTANEOUS_CLIENTS = 20;

const BACKLOG_ADVICE = "Raise it, as in listen(128), and do nothing between two accepts";

/** Minimum duration of connecting when a SYN was dropped and sent again: 1 s (RFC 6298), less a margin
 * for rounded timers. */
const RETRY_MILLISECONDS = 900;

/**
 * Connects {@link SIMULTANEOUS_CLIENTS} clients at once, and runs work with each.
 *
 * A client that the server has not accepted yet waits in its listen backlog, and when that is full,
 * cannot connect. The error names these causes rather than the messages that such a client misses.
 *
 * @returns the results of the clients, and a remark on slow connecting, empty if there was no delay.
 * @throws {CheckFailure} when a client cannot connect, is not served, or its work fails.
 */
export async function runSimultaneously<Value>(
  context: CheckContext,
  work: (client: CheckClient) => Promise<Value>,
): Promise<{ readonly values: Value[]; readonly note: string }> {
  let timedOut = 0;
  let unserved = 0;
  let slow = 0;
  const runs = Array.from({ length: SIMULTANEOUS_CLIENTS }, async () => {
    const client = await context.connect().catch((error) => {
      if (error instanceof ConnectionError && error.code === "timed_out") timedOut++;
      throw error;
    });
    if (client.connectMilliseconds >= RETRY_MILLISECONDS) slow++;
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof CheckFailure && isUnserved(client)) unserved++;
      throw error;
    }
  });
  const settled = await Promise.allSettled(runs);
  const fault = backlogFault(context, timedOut, unserved);
  if (fault !== undefined) throw new CheckFailure(fault);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const values = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  return { values, note: slow === 0 ? "" : slowNote(slow) };
}

/** Whether the server has neither sent anything to a client nor ended its connection. */
export function isUnserved({ hasReceived, isEnded }: CheckClient): boolean {
  return !hasReceived && !isEnded;
}

/** The reason why simultaneous clients are not served; `undefined` if all are. */
export function backlogFault(
  { patience }: CheckContext,
  timedOut: number,
  unserved: number,
): string | undefined {
  if (timedOut > 0) {
    return `${timedOut} of ${SIMULTANEOUS_CLIENTS} clients could not connect in ${patience}: the ` +
      `server's listen backlog is full. ${BACKLOG_ADVICE}`;
  }
  if (unserved === 0) return undefined;
  return `${unserved} of ${SIMULTANEOUS_CLIENTS} clients were connected, but not served in ` +
    `${patience}: they wait in the server's listen backlog. ${BACKLOG_ADVICE}`;
}

function slowNote(slow: number): string {
  return `${slow} of ${SIMULTANEOUS_CLIENTS} took over 1 s to connect: the server's listen backlog ` +
    `was full. ${BACKLOG_ADVICE}`;
}
