import type { Connection, Failure } from "../connection.ts";
import type { ErrorTally } from "../error_tally.ts";
import { Mark } from "../mark.ts";
import type { Measurement } from "../measurement.ts";
import type { FullOptions } from "../options.ts";
import type { Profile } from "../profile.ts";
import { profileOf } from "../profiles/mod.ts";
import { Sampler } from "../sampler.ts";
import type { Environment } from "../scenario.ts";
import { BroadcastTraffic } from "./broadcast_traffic.ts";

/** How often progress is told and a sample is taken, in milliseconds. */
const TICK = 1000;

/** How often the end of the wait for late deliveries is looked for, in milliseconds. */
const DRAIN_TICK = 20;

/** What a run of a broadcast contributes to a measurement. */
export type BroadcastMeasurement = Pick<
  Measurement,
  "durationSeconds" | "messages" | "deliveries" | "bytes" | "latencies" | "samples"
>;

/**
 * The traffic of a broadcast on connections that have joined.
 *
 * 1. A sender has `pipelining` messages in flight; as soon as everybody has got one, it sends the
 *    next one (a closed loop).
 * 2. What a sender may send in one turn of the event loop leaves in one write: first everything that
 *    can be read is read, then `setImmediate` sends.
 * 3. A message that has not come to everybody in `timeoutSeconds` is an error and no longer holds up
 *    its sender. So does one that is missing where later ones have come in.
 * 4. Sending ends after the duration or the amount, on the signal, or when nobody is left; then what
 *    is still in flight is waited for, within the bounds of the environment's `drain`.
 */
export class BroadcastRun {
  readonly #members: readonly Connection[];
  readonly #senders: number;
  readonly #options: FullOptions;
  readonly #environment: Environment;
  readonly #errors: ErrorTally;
  readonly #profile: Profile;
  readonly #mark: Mark;
  readonly #traffic: BroadcastTraffic;
  readonly #sendingEnded = Promise.withResolvers<void>();
  readonly #sampler: Sampler;
  readonly #start: number;
  /** When sending ended, in milliseconds. */
  #end: number | undefined;
  /** Messages that may still be sent. */
  #budget: number;
  #flushScheduled = false;

  /** @param members the first of them send. */
  constructor(
    members: readonly Connection[],
    errors: ErrorTally,
    options: FullOptions,
    environment: Environment,
  ) {
    this.#members = members;
    this.#senders = Math.min(options.senders, members.length);
    this.#options = options;
    this.#environment = environment;
    this.#errors = errors;
    this.#profile = profileOf(options);
    this.#mark = new Mark(environment.runId, options.payloadBytes);
    this.#budget = options.amount ?? Infinity;
    this.#traffic = new BroadcastTraffic({
      receivers: members.length,
      senders: this.#senders,
      window: options.pipelining,
      mark: this.#mark,
      now: () => Math.round(environment.now() * 1000),
      hear: (receiver, text) => this.#hear(receiver, text),
      echoes: this.#profile.echoes === true,
    });
    this.#start = environment.now();
    this.#sampler = new Sampler(this.#start);
  }

  /** Sends until the end, and waits for what is in flight. */
  async run(): Promise<void> {
    const { signal } = this.#environment;
    const endSending = () => this.#endSending();
    this.#members.forEach((member, index) => {
      member.onData = (chunk) => {
        if (this.#traffic.receive(index, chunk)) this.#scheduleFlush();
      };
      member.onBreak = (failure) => this.#onBreak(index, failure);
    });
    const ticks = setInterval(() => this.#tick(), TICK);
    const timer = this.#options.amount === undefined
      ? setTimeout(endSending, this.#options.durationSeconds * 1000)
      : undefined;
    signal.addEventListener("abort", endSending);
    this.#flush();
    await this.#sendingEnded.promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", endSending);
    await this.#drain();
    clearInterval(ticks);
  }

  /** What was measured. What has not come in by now is lost. */
  measured(): BroadcastMeasurement {
    const traffic = this.#traffic;
    const end = Math.max(this.#end ?? this.#start, traffic.lastDelivery / 1000);
    return {
      durationSeconds: (end - this.#start) / 1000,
      messages: traffic.ledger.messages,
      deliveries: traffic.ledger.totals(),
      bytes: traffic.bytes,
      latencies: traffic.latencies.snapshot(),
      samples: this.#sampler.list(),
    };
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#end !== undefined) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#end !== undefined) return;
    for (let sender = 0; sender < this.#senders; sender++) {
      const { first, count } = this.#traffic.take(sender, this.#budget);
      if (count === 0) continue;
      this.#budget -= count;
      let text = "";
      for (let sequence = first; sequence < first + count; sequence++) {
        text += this.#profile.message(this.#mark.payload(sender, sequence));
      }
      this.#members[sender]!.write(text);
    }
    // Nothing in flight after sending: nobody is left who could send, or has sequence numbers left.
    if (this.#budget === 0 || this.#traffic.isIdle) this.#endSending();
  }

  /** Answers the server, and counts what it complains about. */
  #hear(receiver: number, text: string): boolean {
    const member = this.#members[receiver]!;
    const heard = this.#profile.hear?.(text, member.name);
    if (heard === undefined) return false;
    if (heard.answer !== "") member.write(heard.answer);
    for (const { code, text } of heard.complaints) {
      this.#errors.add("run", code, text, this.#environment.now() - this.#start);
    }
    return true;
  }

  #onBreak(index: number, { code, text }: Failure): void {
    const { now } = this.#environment;
    this.#errors.add("run", code, text, now() - this.#start);
    this.#traffic.disconnect(index);
    if (this.#traffic.connected < 2) this.#endSending();
    else this.#scheduleFlush();
  }

  #tick(): void {
    const { now, onProgress } = this.#environment;
    const { ledger, bytes } = this.#traffic;
    const elapsed = now() - this.#start;
    if (this.#end === undefined) {
      this.#sampler.sample(now(), ledger.received, bytes);
      this.#giveUp(elapsed);
    }
    onProgress({
      stage: this.#end === undefined ? "running" : "draining",
      fraction: this.#fraction(elapsed),
      elapsedSeconds: elapsed / 1000,
      joined: this.#traffic.connected,
      connections: this.#options.connections,
      messages: ledger.messages,
      deliveries: ledger.received,
      deliveriesPerSecond: this.#sampler.deliveriesPerSecond,
    });
  }

  #fraction(elapsed: number): number {
    const { amount, durationSeconds } = this.#options;
    if (this.#end !== undefined) return 1;
    return amount === undefined
      ? Math.min(elapsed / 1000 / durationSeconds, 1)
      : (amount - this.#budget) / amount;
  }

  #giveUp(elapsed: number): void {
    const { timeoutSeconds } = this.#options;
    const messages = this.#traffic.giveUp(timeoutSeconds * 1_000_000);
    if (messages === 0) return;
    const text = `a message had not come to everybody after ${timeoutSeconds} s`;
    this.#errors.add("run", "timeout", text, elapsed, messages);
    this.#scheduleFlush();
  }

  #endSending(): void {
    if (this.#end !== undefined) return;
    const { ledger, bytes } = this.#traffic;
    this.#end = this.#environment.now();
    this.#sampler.finish(this.#end, ledger.received, bytes);
    this.#sendingEnded.resolve();
  }

  /** Waits until everything has come in, or is not to be expected any more. */
  #drain(): Promise<void> {
    const { now, drain } = this.#environment;
    const start = now();
    let settled: number | undefined;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const time = now();
        if (this.#traffic.isIdle && this.#traffic.ledger.outstanding === 0) settled ??= time;
        const active = Math.max(start, this.#traffic.lastDelivery / 1000);
        const done = (settled !== undefined && time - settled >= drain.settle) ||
          time - active >= drain.quiet || time - start >= drain.most;
        if (!done) return;
        clearInterval(timer);
        resolve();
      }, DRAIN_TICK);
    });
  }
}
