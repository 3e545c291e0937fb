import { counted } from "../format.ts";

/** The phase of a connection in which an error occurred. */
export type ErrorPhase = "connect" | "login" | "run";

/** Errors of one kind. */
export interface ErrorCount {
  /** The phase of the error. */
  readonly phase: ErrorPhase;
  /** The system's name (`ECONNREFUSED`), the server's code (`name_taken`), or `timeout` or `closed`. */
  readonly code: string;
  /** Number of these errors. */
  readonly count: number;
  /** Whole seconds into the phase when the first one was seen. `connect` and `login` begin together,
   * `run` begins with the first message. */
  readonly firstSecond: number;
  /** The text of the first one. */
  readonly text: string;
}

/** What the system's errors of a socket mean. */
const SOCKET_REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRNOTAVAIL: "no local port is free",
  ECONNREFUSED: "connection refused: no server listens there",
  ECONNRESET: "the server reset the connection",
  EHOSTUNREACH: "the host cannot be reached",
  EMFILE: "too many open files",
  ENETUNREACH: "the network cannot be reached",
  ENOENT: "the socket does not exist",
  ENOTFOUND: "unknown host",
  EPIPE: "the server has closed the connection",
  ETIMEDOUT: "the connection timed out",
};

/** The reason of an error of a socket, in plain words if it is a known one. */
export function socketReason({ code, message }: NodeJS.ErrnoException): string {
  const isKnown = code !== undefined && Object.hasOwn(SOCKET_REASONS, code);
  return isKnown ? SOCKET_REASONS[code]! : message;
}

/** An error as a sentence without a full stop. */
export function errorWords({ code, text }: ErrorCount): string {
  const words = text.replace(/\.$/, "");
  if (Object.hasOwn(SOCKET_REASONS, code)) return `${words} (${code})`;
  return words.includes(code) ? words : `${code}, ${words}`;
}

/** One sentence for each kind of error during the run. */
export function runFailures(errors: readonly ErrorCount[]): string[] {
  return errors.filter(({ phase }) => phase === "run").map((error) =>
    `${counted(error.count, "error")} during the run: ${errorWords(error)}.`
  );
}

/** Counts errors by phase and code. */
export class ErrorTally {
  readonly #counts = new Map<string, { -readonly [Key in keyof ErrorCount]: ErrorCount[Key] }>();

  /** @param milliseconds since the start of the phase. */
  add(phase: ErrorPhase, code: string, text: string, milliseconds: number, count = 1): void {
    const key = `${phase} ${code}`;
    const known = this.#counts.get(key);
    if (known === undefined) {
      const firstSecond = Math.floor(milliseconds / 1000);
      this.#counts.set(key, { phase, code, count, firstSecond, text });
    } else known.count += count;
  }

  /** Number of errors in a phase, or in all. */
  countOf(phase?: ErrorPhase): number {
    return this.#counts.values().reduce(
      (sum, each) => sum + (phase === undefined || each.phase === phase ? each.count : 0),
      0,
    );
  }

  /** All kinds, in the order in which they were first seen. */
  list(): ErrorCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }
}
