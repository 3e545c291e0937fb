import { cleanLine, shorten } from "../../protocol/mod.ts";
import type { Endpoint } from "../core/transport.ts";
import { CheckClient, textOf } from "./check_client.ts";
import type { Greeting } from "./greeting.ts";

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
