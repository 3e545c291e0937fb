import { cleanLine, shorten } from "../../protocol/mod.ts";
import type { Endpoint } from "../core/transport.ts";
import { CheckClient, type Greeting, textOf } from "./check_client.ts";
import { ConnectionError } from "../core/connection_errors.ts";

/** How a check ended. */
export type Verdict = "PASS" | "FAIL" | "SKIP";

/** What one check found. */
export interface CheckResult {
  readonly verdict: Verdict;
  readonly name: string;
  /** Why it failed or was skipped; perhaps something worth knowing where it passed. */
  readonly detail: string;
}

/** One check of servers that speak a dialect. */
export interface Check<Dialect> {
  readonly name: string;
  /**
   * @returns something worth knowing, or nothing.
   * @throws {CheckFailure} when the server does something wrong.
   * @throws {CheckSkipped} when the server does not have what would be checked.
   */
  run(context: CheckContext, dialect: Dialect): Promise<string | void>;
}

/** The server did something wrong. */
export class CheckFailure extends Error {}

/** The server does not have what would be checked. */
export class CheckSkipped extends Error {}

/** What a check needs: connections, and names and texts that nobody has used yet. */
export class CheckContext {
  /** Set when the server was found not to tell who comes: waiting for it again finds nothing new. */
  isUnannounced = false;
  /** The same of who leaves. */
  isSilent = false;
  /** True when the server was found to pass on messages without the sender's name. */
  isUnsigned = false;
  /** The reason why no client can join the chat, once found: checks that need one are skipped. */
  obstacle: string | undefined;
  /** What the server says first on every connection, once that is known: clients leave it out. */
  greeting: Greeting | undefined;
  #clients: CheckClient[] = [];
  #count = 0;

  /**
   * @param patienceMilliseconds the longest that anything is waited for.
   * @param tag what makes the names and texts of this run its own.
   */
  constructor(
    readonly endpoint: Endpoint,
    readonly patienceMilliseconds: number,
    private readonly tag: string,
  ) {}

  /** The patience as people read it. */
  get patience(): string {
    return `${this.patienceMilliseconds / 1000} s`;
  }

  /** Connects; the connection is closed at the end of the check. */
  async connect(): Promise<CheckClient> {
    const client = await CheckClient.open(this.endpoint, this.patienceMilliseconds, this.greeting);
    this.#clients.push(client);
    return client;
  }

  /** A name that nobody has. */
  name(stem: string): string {
    return `${stem}${this.tag}${this.#count++}`;
  }

  /** A text that nobody has said, and that no other one is part of. */
  text(): string {
    return `check-${this.tag}-${this.#count++}-end`;
  }

  /** Closes all connections. */
  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** The beginning of what came in, for a message. */
export function excerpt(bytes: string): string {
  if (bytes === "") return "nothing";
  const text = cleanLine(textOf(bytes)).trim();
  if (text !== "") return `"${shorten(text, 80)}"`;
  return bytes.trim() === "" ? "white space" : "something unreadable";
}

/** Number of clients in a crowd. */
export const CROWD = 20;

/** The advice for a full backlog. */
const ADVICE = "Raise it, as in listen(128), and do nothing between two accepts";

/** Minimum duration of connecting when a SYN was dropped and sent again: 1 s (RFC 6298), less a margin
 * for rounded timers. */
const RETRY_MILLISECONDS = 900;

/** The result of a crowd of clients. */
export interface CrowdResult<Value> {
  /** The results of the clients. */
  readonly values: Value[];
  /** A remark on how they connected; empty if there was no delay. */
  readonly note: string;
}

/**
 * Connects {@link CROWD} clients at once, and runs work with each.
 *
 * A client that the server has not accepted yet waits in its listen backlog, and when that is full,
 * cannot connect. The error names these causes rather than the messages that such a client misses.
 *
 * @throws {CheckFailure} when a client cannot connect, is not served, or its work fails.
 */
export async function runCrowd<Value>(
  context: CheckContext,
  work: (client: CheckClient, index: number) => Promise<Value>,
): Promise<CrowdResult<Value>> {
  let timedOut = 0;
  let unserved = 0;
  let slow = 0;
  const runs = Array.from({ length: CROWD }, async (_, index) => {
    const client = await context.connect().catch((error) => {
      if (error instanceof ConnectionError && error.code === "timed_out") timedOut++;
      throw error;
    });
    if (client.connectMilliseconds >= RETRY_MILLISECONDS) slow++;
    try {
      return await work(client, index);
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
export function isUnserved({ hasHeard, isEnded }: CheckClient): boolean {
  return !hasHeard && !isEnded;
}

/** The reason why clients of a crowd are not served; `undefined` if all are. */
export function backlogFault(
  { patience }: CheckContext,
  timedOut: number,
  unserved: number,
): string | undefined {
  if (timedOut > 0) {
    return `${timedOut} of ${CROWD} clients could not connect in ${patience}: the server's listen ` +
      `backlog is full. ${ADVICE}`;
  }
  if (unserved === 0) return undefined;
  return `${unserved} of ${CROWD} clients were connected, but not served in ${patience}: they wait ` +
    `in the server's listen backlog. ${ADVICE}`;
}

function slowNote(slow: number): string {
  return `${slow} of ${CROWD} took over 1 s to connect: the server's listen backlog was full. ${ADVICE}`;
}
