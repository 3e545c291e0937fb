import { LatencyHistogram } from "../ledger/latency_histogram.ts";
import type { Profile } from "../profiles/profile.ts";
import { Connection } from "./connection.ts";
import { ErrorTally } from "./error_tally.ts";
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
  /** From when the new server listened until a connection had joined it. */
  readonly latencies = new LatencyHistogram();
  readonly failed = new ErrorTally();
  /** Attempts, of all connections. */
  attempts = 0;
  /** When the last connection joined again. */
  lastAt = 0;
  readonly #end = new AbortController();
  readonly #back = new Map<number, Connection>();
  readonly #all = Promise.withResolvers<void>();
  readonly #attempts: Promise<void>[] = [];
  #listensAt: number | undefined;
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

  /** Records when a new server listens. */
  serverListens(): void {
    this.#listensAt = this.context.now();
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
      const member = new Connection({ target, profile, name, timeout: timeoutSeconds * 1000 });
      const abort = () => member.joined || member.destroy();
      signal.addEventListener("abort", abort);
      const failure = await member.join();
      signal.removeEventListener("abort", abort);
      if (failure === undefined) {
        this.lastAt = now();
        this.latencies.record((this.lastAt - (this.#listensAt ?? this.lastAt)) * 1000);
        this.#back.set(index, member);
        if (this.#back.size === connections) this.#all.resolve();
        return;
      }
      if (signal.aborted) return;
      this.failed.add(failure.phase, failure.code, failure.text, now() - this.#start);
      await pause(retrySeconds * 1000, signal);
    }
  }
}
