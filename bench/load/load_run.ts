import { timerAlarm } from "./alarm.ts";
import type { Connection, Failure } from "./connection.ts";
import type { ErrorTally } from "./error_tally.ts";
import type { IntervalLatencies } from "../ledger/latency_histogram.ts";
import type { Audience } from "../ledger/ledger.ts";
import { PayloadCodec } from "../ledger/payload_codec.ts";
import type { TrafficMeasurement } from "./measurement.ts";
import type { FullOptions } from "./options.ts";
import { Pacer } from "./pacer.ts";
import type { Profile } from "../profiles/profile.ts";
import { profileOf } from "../profiles/mod.ts";
import { GeneratorHealth } from "./generator_health.ts";
import { grouped } from "../format.ts";
import { windowOf } from "./window_size.ts";
import { type SampledCounts, Sampler } from "./sampler.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import { ALONE, type Environment, type WorkerContext } from "../scenarios/scenario.ts";
import { drained } from "./drained.ts";
import { ClosedLoop, OpenLoop, type Sending } from "./sending.ts";
import { InFlightTracker } from "../ledger/in_flight_tracker.ts";

/** How often progress is told and a sample is taken, in milliseconds. */
const TICK = 1000;

/** Which traffic. */
export interface LoadPlan {
  /** Those who have joined. The first of them send. */
  readonly members: readonly Connection[];
  readonly senders: number;
  /** Who is to get what a sender sends. */
  readonly audience: Audience;
  /** What the threads of this run know together. */
  readonly memory?: RunMemory | undefined;
}

/**
 * Load on connections that have joined.
 *
 * 1. When messages are sent is up to a loop: see {@link ClosedLoop} and {@link OpenLoop}.
 * 2. A message that has not come to everybody in `timeoutSeconds` is an error and no longer waited
 *    for. One that is missing where later ones have come in is not waited for either.
 * 3. Sending ends after the duration or the amount, on the signal, or when nobody is left; then what
 *    is still in flight is waited for, until it is in flight for `timeoutSeconds`. What was passed
 *    over, and after the signal everything, is waited for as the environment's `drain` says.
 * 4. Several threads meet before the first message, after the last one, and when nothing more is waited
 *    for: each counts what the others' senders send, from before the first message to after the last.
 */
export class LoadRun {
  readonly #members: readonly Connection[];
  readonly #options: FullOptions;
  readonly #environment: Environment;
  readonly #errors: ErrorTally;
  readonly #profile: Profile;
  readonly #mark: PayloadCodec;
  readonly #traffic: InFlightTracker;
  readonly #team: WorkerContext;
  /** How many of the connections send. */
  readonly #senders: number;
  #sending: Sending = NOT_SENDING;
  readonly #sendingEnded = Promise.withResolvers<void>();
  #sampler!: Sampler;
  #health!: GeneratorHealth;
  /** When the first message was due, in milliseconds. */
  #start: number;
  /** When all threads had ended sending, in milliseconds. */
  #end: number | undefined;
  /** When the first message was given up, in milliseconds from the first one that was due. */
  #gaveUpAt: number | undefined;
  /** How long late deliveries were waited for, in milliseconds. */
  #waited = 0;
  /** There was nobody to send to from the beginning. */
  #isPointless = false;
  #isSendingEnded = false;
  #isDeserted = false;
  /** Messages in flight when sending ended. */
  #leftInFlight = 0;
  #inFlightHalfway = 0;
  /** How long nothing had come in when sending ended, in microseconds. */
  #silent = 0;

  constructor(
    plan: LoadPlan,
    errors: ErrorTally,
    options: FullOptions,
    environment: Environment,
  ) {
    const { members, senders, audience, memory } = plan;
    this.#members = members;
    this.#senders = senders;
    this.#options = options;
    this.#environment = environment;
    this.#team = environment.team ?? ALONE;
    this.#errors = errors;
    this.#profile = profileOf(options);
    this.#mark = new PayloadCodec(environment.runId, options.payloadBytes, {
      ...{ verify: options.verify, source: options.payload },
      wireForm: this.#profile.wireForm,
    });
    this.#traffic = new InFlightTracker({
      receivers: members.length,
      senders,
      audience,
      firstSender: this.#team.firstSender,
      ...(memory === undefined ? undefined : { memory, thread: this.#team.thread }),
      window: windowOf(options, senders),
      isPaced: options.rate !== undefined,
      isOrdered: options.order === "total",
      mark: this.#mark,
      now: () => this.#microseconds(),
      hear: (receiver, text) => this.#hear(receiver, text),
      echoes: this.#profile.echoes === true,
    });
    this.#start = environment.now();
  }

  /** Sends until the end, and waits for what is in flight. */
  async run(): Promise<void> {
    this.#members.forEach((member, index) => {
      member.onData = (chunk) => {
        if (this.#traffic.receive(index, chunk)) this.#sending.wake();
      };
      member.onBreak = (failure) => this.#onBreak(index, failure);
    });
    await this.#team.meet();
    this.#begin();
    const ticks = setInterval(() => this.#tick(), TICK);
    await this.#send();
    await this.#team.meet();
    this.#finish();
    await this.#drain();
    this.#countLate();
    clearInterval(ticks);
    this.#traffic.tellFarthest();
    await this.#team.meet();
  }

  /** Starts the clocks. */
  #begin(): void {
    const { now } = this.#environment;
    this.#start = now();
    this.#health = new GeneratorHealth(now);
    this.#sampler = new Sampler(this.#start);
    this.#tell(0);
  }

  /** Sends, until this thread has nothing more to send. */
  async #send(): Promise<void> {
    const { signal } = this.#environment;
    const { amount, durationSeconds } = this.#options;
    const end = () => this.#endSending();
    const timer = amount === undefined ? setTimeout(end, durationSeconds * 1000) : undefined;
    const halfway = setTimeout(
      () => this.#inFlightHalfway = this.#traffic.inFlight,
      Math.min(expectedSeconds(this.#options) * 500, 2 ** 31 - 1),
    );
    signal.addEventListener("abort", end);
    this.#isPointless = signal.aborted || this.#traffic.isDeserted;
    if (this.#isPointless) end();
    else if (this.#senders > 0) {
      this.#sending = this.#loop();
      this.#sending.start();
      if (this.#team.memory !== undefined) void this.#obeyWakes();
    } else if (amount !== undefined) end();
    await this.#sendingEnded.promise;
    clearTimeout(timer);
    clearTimeout(halfway);
    signal.removeEventListener("abort", end);
  }

  #loop(): Sending {
    const { alarm } = this.#environment;
    const { rate, amount, durationSeconds } = this.#options;
    const loop = {
      traffic: this.#traffic,
      senders: this.#senders,
      amount: amount ?? Infinity,
      write: (sender: number, first: number, count: number) => this.#write(sender, first, count),
      onEnd: () => this.#endSending(),
      onDeserted: () => this.#desert(),
    };
    if (rate === undefined) return new ClosedLoop(loop);
    const begin = this.#start * 1000;
    return new OpenLoop({
      ...loop,
      alarm: alarm ?? timerAlarm(),
      pacer: new Pacer(rate, begin + this.#team.delaySeconds * 1_000_000),
      now: () => this.#microseconds(),
      end: amount === undefined ? begin + durationSeconds * 1_000_000 : Infinity,
      onOverload: () => this.#onOverload(),
    });
  }

  /** Sends again when another thread has completed a message that was sent here. */
  async #obeyWakes(): Promise<void> {
    while (this.#end === undefined) {
      const seen = this.#traffic.wakes;
      this.#sending.wake();
      await this.#traffic.wokenSince(seen);
    }
  }

  #microseconds(): number {
    return Math.round(this.#environment.now() * 1000);
  }

  /** The connections that have not broken. */
  standing(): Connection[] {
    return this.#members.filter((_, index) => this.#traffic.isConnected(index));
  }

  /** What was measured. What has not come in by now is lost. */
  measured(): TrafficMeasurement {
    const traffic = this.#traffic;
    const end = Math.max(this.#end ?? this.#start, traffic.lastDelivery / 1000);
    return {
      durationSeconds: (end - this.#start) / 1000,
      sendingSeconds: ((this.#end ?? this.#start) - this.#start) / 1000,
      waitSeconds: this.#waited / 1000,
      sendingThreads: this.#senders > 0 ? 1 : 0,
      desertedThreads: this.#isDeserted ? 1 : 0,
      forsaken: this.#isDeserted ? this.#sending.left : 0,
      messages: traffic.ledger.messages,
      deliveries: traffic.ledger.totals(),
      orderViolations: traffic.orderViolations,
      bytes: traffic.bytes,
      latencies: traffic.latencies.histogram.snapshot(),
      firstLatencies: traffic.firstLatencies.histogram.snapshot(),
      lastLatencies: traffic.lastLatencies.histogram.snapshot(),
      serviceTimes: traffic.serviceTimes.histogram.snapshot(),
      slip: this.#sending.slip,
      unsent: this.#sending.unsent,
      inFlightHalfway: this.#inFlightHalfway,
      leftInFlight: this.#leftInFlight,
      silentSeconds: this.#silent / 1_000_000,
      generator: this.#health.measured(),
      samples: this.#sampler.list(),
    };
  }

  #write(sender: number, first: number, count: number): void {
    const index = sender + this.#team.firstSender;
    let text = "";
    for (let sequence = first; sequence < first + count; sequence++) {
      text += this.#profile.message(this.#mark.payload(index, sequence));
    }
    this.#members[sender]!.write(text);
  }

  /** Answers the server, and counts what it complains about. */
  #hear(receiver: number, text: string): boolean {
    const complaints = this.#members[receiver]!.answer(text);
    if (complaints === undefined) return false;
    for (const { code, text, skipped } of complaints) {
      if (skipped !== undefined) this.#traffic.ledger.skip(skipped);
      else this.#errors.add("run", code, text, this.#environment.now() - this.#start);
    }
    return true;
  }

  #onBreak(index: number, { code, text }: Failure): void {
    const { now } = this.#environment;
    this.#errors.add("run", code, text, now() - this.#start);
    this.#traffic.disconnect(index);
    if (this.#traffic.isDeserted || this.#hasNoSenderLeft) this.#desert();
    else this.#sending.wake();
  }

  get #hasNoSenderLeft(): boolean {
    for (let sender = 0; sender < this.#senders; sender++) {
      if (this.#traffic.isConnected(sender)) return false;
    }
    return this.#senders > 0;
  }

  /** Nobody is left who could send, or to whom. */
  #desert(): void {
    if (!this.#isSendingEnded) this.#isDeserted = true;
    this.#endSending();
  }

  /** The rate cannot be kept without more memory than a load tester should take. */
  #onOverload(): void {
    const text = `${grouped(this.#traffic.inFlight)} messages were in flight, which is the most ` +
      "that is kept: the server does not keep up with the rate, and sending has ended";
    const elapsed = this.#environment.now() - this.#start;
    this.#errors.add("run", "overload", text, elapsed);
    this.#endSending();
  }

  #tick(): void {
    const { now } = this.#environment;
    const elapsed = now() - this.#start;
    if (this.#end === undefined) {
      this.#sampler.sample(now(), this.#counts(), this.#endInterval());
      this.#giveUp(elapsed);
    }
    this.#tell(elapsed);
  }

  #counts(): SampledCounts {
    const { ledger, bytes } = this.#traffic;
    const { received: deliveries, messages, missing } = ledger;
    return { deliveries, bytes, messages, missing, errors: this.#errors.countOf("run") };
  }

  /** Ends a second of latencies. */
  #endInterval(): IntervalLatencies | null {
    const { latencies } = this.#traffic;
    this.#environment.onInterval?.(latencies.intervalSnapshot());
    return latencies.endInterval();
  }

  /** @param elapsed milliseconds since the first message was due. */
  #tell(elapsed: number): void {
    const { ledger } = this.#traffic;
    this.#environment.onProgress({
      stage: this.#end === undefined ? "running" : "draining",
      fraction: this.#fraction(elapsed),
      elapsedSeconds: elapsed / 1000,
      joined: this.#traffic.connected,
      connections: this.#options.connections,
      messages: ledger.messages,
      deliveries: ledger.received,
      deliveriesPerSecond: this.#sampler.deliveriesPerSecond,
      p99Microseconds: this.#sampler.p99,
      faults: {
        ...ledger.faults,
        ...{ errors: this.#errors.countOf(), max: this.#traffic.latencies.max },
      },
    });
  }

  #fraction(elapsed: number): number {
    const { amount, durationSeconds } = this.#options;
    if (this.#end !== undefined) return 1;
    return amount === undefined
      ? Math.min(elapsed / 1000 / durationSeconds, 1)
      : this.#traffic.ledger.messages / amount;
  }

  #giveUp(elapsed: number): void {
    const { timeoutSeconds } = this.#options;
    if (this.#traffic.giveUp(timeoutSeconds * 1_000_000) === 0) return;
    this.#gaveUpAt ??= elapsed;
    this.#sending.wake();
  }

  /** Waits for late deliveries. */
  async #drain(): Promise<void> {
    const { now, drain, signal } = this.#environment;
    const { timeoutSeconds } = this.#options;
    const giveUp = () => this.#giveUp(now() - this.#start);
    this.#waited = await drained(
      { traffic: this.#traffic, timeoutSeconds, drain, signal, now, giveUp },
    );
  }

  /** What came in at last after it was given up is an error; what never did is lost already. */
  #countLate(): void {
    const { late } = this.#traffic.ledger;
    if (late === 0) return;
    const text = `a delivery came in over ${this.#options.timeoutSeconds} s after it was sent`;
    this.#errors.add("run", "timeout", text, this.#gaveUpAt ?? 0, late);
  }

  #endSending(): void {
    if (this.#isSendingEnded) return;
    this.#isSendingEnded = true;
    this.#sending.stop();
    this.#leftInFlight = this.#traffic.inFlight;
    const lastDelivery = Math.max(this.#traffic.lastDelivery, this.#start * 1000);
    this.#silent = Math.max(this.#microseconds() - lastDelivery, 0);
    this.#sendingEnded.resolve();
  }

  /** Ends what is measured while messages are sent. */
  #finish(): void {
    this.#end = this.#environment.now();
    this.#traffic.endWait();
    this.#health.stop();
    this.#tell(this.#end - this.#start);
    if (this.#isPointless) return;
    this.#sampler.finish(this.#end, this.#counts(), this.#endInterval());
  }
}

/** How long sending is to take. */
function expectedSeconds({ amount, rate, durationSeconds }: FullOptions): number {
  return amount !== undefined && typeof rate === "number" ? amount / rate : durationSeconds;
}

/** What a thread does that has no senders, or whose senders have not begun. */
const NOT_SENDING: Sending = { start() {}, wake() {}, stop() {}, unsent: 0, left: 0 };
