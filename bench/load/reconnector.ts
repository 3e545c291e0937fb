import type { LatencyHistogram } from "../ledger/latency_histogram.ts";
import type { Profile } from "../profiles/profile.ts";
import { Connection, type ConnectionStage } from "./connection.ts";
import { ErrorTally } from "./error_tally.ts";
import { histogramOf } from "./joining.ts";
import type { Target } from "./options.ts";
import { pause, type RunContext } from "./run_context.ts";

export interface ReconnectorOptions {
  readonly target: Target;
  readonly profile: Profile;
  readonly connections: number;
  /** Timeout of an attempt. */
  readonly timeoutSeconds: number;
  /** Pause after a failed attempt. */
  readonly retrySeconds: number;
}

/** Connections that have lost their server and try to join again. */
export class Reconnector {
  readonly failed = new ErrorTally();
  /** Connections that broke after they had joined again. */
  readonly broken = new ErrorTally();
  /** Attempts, of all connections. */
  attempts = 0;
  /** When the last connection joined again. */
  lastAt = 0;
  readonly #end = new AbortController();
  readonly #back = new Map<number, Connection>();
  readonly #all = Promise.withResolvers<void>();
  readonly #attempts: Promise<void>[] = [];
  /** When the caller reported that the new server listens. */
  #reportedAt: number | undefined;
  /** When the first connection that has joined was connected. */
  #connectedAt = Infinity;
  readonly #joinedAt: number[] = [];
  #start = 0;
  #isActive = false;

  constructor(
    private readonly options: ReconnectorOptions,
    private readonly context: RunContext,
  ) {
    const end = () => this.#end.abort();
    context.signal.addEventListener("abort", end);
    if (context.signal.aborted) end();
  }

  /** Number of connections that have joined again. */
  get back(): number {
    return this.#back.size;
  }

  /** Those that have joined again, in the order of their numbers. */
  get members(): Connection[] {
    return [...this.#back].toSorted(([a], [b]) => a - b).map(([, member]) => member);
  }

  /** From now on, connections that break reconnect. */
  start(): void {
    this.#isActive = true;
    this.#start = this.context.now();
  }

  /** From now on, connections that break do not reconnect. */
  stop(): void {
    this.#isActive = false;
  }

  /** Records that a new server listens. Connections may have joined before. */
  serverListens(): void {
    this.#reportedAt = this.context.now();
  }

  /** When the new server listened; `undefined` if none did. A connection may be there before the report. */
  get listensAt(): number | undefined {
    return this.#reportedAt && Math.min(this.#reportedAt, this.#connectedAt);
  }

  /** From when the new server listened until a connection had joined it. */
  get latencies(): LatencyHistogram {
    const { listensAt = this.#connectedAt } = this;
    return histogramOf(this.#joinedAt.map((time) => time - listensAt));
  }

  /** Reconnects a broken connection until it has joined again. */
  onBreak(index: number, name: string): void {
    if (this.#isActive) this.#attempts.push(this.#retry(index, name));
  }

  /** Waits until all have joined again, up to a time. Then no more attempts are made. */
  async wait(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.#end.abort(), milliseconds);
    const ended = new Promise<void>((resolve) => {
      if (this.#end.signal.aborted) resolve();
      this.#end.signal.addEventListener("abort", () => resolve());
    });
    await Promise.race([this.#all.promise, ended]);
    clearTimeout(timer);
  }

  /** Ends all attempts and connections. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#attempts);
    await Promise.all(this.#back.values().map((member) => member.close()));
  }

  async #retry(index: number, name: string): Promise<void> {
    const { target, profile, timeoutSeconds, retrySeconds, connections } = this.options;
    const { now } = this.context;
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.attempts++;
      let connectedAt = Infinity;
      const onStage = (stage: ConnectionStage) => {
        if (stage === "connected") connectedAt = now();
      };
      const timeout = timeoutSeconds * 1000;
      const member = new Connection({ target, profile, name, timeout, onStage });
      const abort = () => member.joined || member.destroy();
      signal.addEventListener("abort", abort);
      const failure = await member.join();
      signal.removeEventListener("abort", abort);
      if (failure === undefined) {
        this.lastAt = now();
        this.#connectedAt = Math.min(this.#connectedAt, connectedAt);
        this.#joinedAt.push(this.lastAt);
        this.#back.set(index, member);
        member.onBreak = ({ phase, code, text }) => this.broken.add(phase, code, text, 0);
        if (this.#back.size === connections) this.#all.resolve();
        return;
      }
      if (signal.aborted) return;
      this.failed.add(failure.phase, failure.code, failure.text, now() - this.#start);
      await pause(retrySeconds * 1000, signal);
    }
  }
}
