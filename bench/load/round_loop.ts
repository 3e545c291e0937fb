import { Bench } from "tinybench";
import type { Sending, SendingOptions } from "./sending.ts";
import { type Timing, timingOf } from "./timing.ts";

export interface RoundLoopOptions {
  /** How long rounds are measured. */
  readonly secondsPerSize: number;
  /** Maximum time of a round. */
  readonly timeoutSeconds: number;
}

/** Sends one message at a time: the next when the last receiver has the one before. */
export class RoundLoop implements Sending {
  readonly unsent = 0;
  readonly left = 0;
  /** The measurement of tinybench, once `finished`. */
  timing: Timing | null = null;
  /** The reason of an early end, once `finished`. */
  failure: string | undefined;
  #finished: Promise<void> = Promise.resolve();
  #round: PromiseWithResolvers<void> | undefined;
  #broken: string | undefined;

  constructor(
    private readonly sending: SendingOptions,
    private readonly options: RoundLoopOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Settled when tinybench has finished. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  start(): void {
    this.#finished = this.#run();
  }

  wake(): void {
    if (this.sending.traffic.isIdle) this.#round?.resolve();
  }

  /** The message of the round is lost: the round must not pass for a complete one. */
  expired(): void {
    const { timeoutSeconds } = this.options;
    const text = `a message had not reached all clients after ${timeoutSeconds} s`;
    this.#round?.reject(new Error(text));
  }

  stop(): void {
    this.#round?.resolve();
  }

  /** A connection broke: no further round can be complete. */
  fail(text: string): void {
    this.#broken = `a connection closed: ${text}`;
    this.#round?.reject(new Error(this.#broken));
  }

  async #run(): Promise<void> {
    const { secondsPerSize } = this.options;
    const bench = new Bench({
      ...{ signal: this.signal, time: secondsPerSize * 1000, iterations: 10, warmupIterations: 5 },
      warmupTime: Math.min(secondsPerSize * 100, 250),
    });
    bench.add("round", () => this.#once(), { async: true });
    const [task] = await bench.run();
    this.timing = timingOf(task!, 1000);
    if (task!.result.state === "errored") this.failure = task!.result.error.message;
    this.sending.onEnd();
  }

  /** Sends one message and waits until the last receiver has it. */
  async #once(): Promise<void> {
    if (this.#broken !== undefined) throw new Error(this.#broken);
    if (this.signal.aborted) return;
    const round = Promise.withResolvers<void>();
    this.#round = round;
    const timer = setTimeout(() => this.expired(), this.options.timeoutSeconds * 1000);
    const { first, count } = this.sending.traffic.take(0, 1);
    if (count > 0) this.sending.write(0, first, count);
    try {
      await round.promise;
    } finally {
      clearTimeout(timer);
      this.#round = undefined;
    }
  }
}
