import { grouped } from "../format.ts";
import { InFlightTracker } from "../ledger/in_flight_tracker.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import { LatencyRuns } from "../ledger/latency_runs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PayloadCodec } from "../ledger/payload_codec.ts";
import { TrackerCommons } from "../ledger/tracker_options.ts";
import type { Profile } from "../profiles/profile.ts";
import { profileOf } from "../profiles/mod.ts";
import { timerAlarm } from "./alarm.ts";
import type { Connection, Failure } from "./connection.ts";
import { drained } from "./drained.ts";
import type { ErrorTally } from "./error_tally.ts";
import { GeneratorHealth } from "./generator_health.ts";
import { LoadGroups } from "./load_groups.ts";
import type { LoadGroup, LoadPlan } from "./load_plan.ts";
import { LoadPhases } from "./load_phases.ts";
import { LoadReporter } from "./load_reporter.ts";
import type { TrafficMeasurement } from "./measurement.ts";
import type { LoadOptions } from "./options.ts";
import { Pacer } from "./pacer.ts";
import { ALONE, type RunContext, type WorkerContext } from "./run_context.ts";
import { ClosedLoop, expectedSeconds, NOT_SENDING, OpenLoop, type Sending } from "./sending.ts";
import { windowOf } from "./window_size.ts";

/** How often progress is reported and a sample is taken, in milliseconds. */
const TICK = 1000;

/**
 * Load on connections that have joined.
 *
 * 1. A loop decides when messages are sent: see {@link ClosedLoop} and {@link OpenLoop}.
 * 2. A message that has not reached all receivers in `timeoutSeconds`, or in the plan's patience, expires:
 *    its missing deliveries are lost, and those that arrive later are errors. One that is missing while
 *    later ones have arrived is not awaited either.
 * 3. Sending ends after the duration or the amount, on the signal, or when no sender is left. Then
 *    messages in flight are awaited until they expire; overtaken ones, and after the signal all, for
 *    the time of the context's `drain`.
 * 4. Several threads meet before the first message, after the last one, and when nothing more is
 *    awaited: each counts the messages of the others, from before the first one to after the last.
 */
export class LoadRun {
  readonly #plan: LoadPlan;
  readonly #options: LoadOptions;
  readonly #context: RunContext;
  readonly #errors: ErrorTally;
  readonly #profile: Profile;
  readonly #codec: PayloadCodec;
  readonly #traffic: LoadGroups;
  readonly #trackers: readonly InFlightTracker[];
  /** By sender: its connection and its number in payloads. */
  readonly #senders: readonly { readonly member: Connection; readonly index: number }[];
  /** Time in which a message has to reach all receivers. */
  readonly #patienceSeconds: number;
  readonly #worker: WorkerContext;
  #sending: Sending = NOT_SENDING;
  readonly #sendingEnded = Promise.withResolvers<void>();
  readonly #phases: LoadPhases;
  /** By member that is not measured: distinct deliveries. */
  readonly #unmeasured: number[] = [];
  #reporter!: LoadReporter;
  #health!: GeneratorHealth;
  /** When the first message was due, in milliseconds. */
  #start: number;
  /** When all threads had ended sending, in milliseconds. */
  #end: number | undefined;
  /** When the first message expired, in milliseconds from the first one that was due. */
  #expiredAt: number | undefined;
  /** Time spent waiting for late deliveries, in milliseconds. */
  #waited = 0;
  /** There was no receiver, or the run was stopped before it began. */
  #isPointless = false;
  #isSendingEnded = false;
  #isDeserted = false;
  /** Messages in flight when sending ended. */
  #leftInFlight = 0;
  #inFlightHalfway = 0;
  /** How long nothing had come in when sending ended, in microseconds. */
  #silent = 0;

  constructor(plan: LoadPlan, errors: ErrorTally, options: LoadOptions, context: RunContext) {
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#worker = context.worker ?? ALONE;
    this.#errors = errors;
    this.#profile = profileOf(options);
    this.#codec = new PayloadCodec(context.runId, options.payloadBytes, {
      ...{ verify: options.verify, source: options.payload },
      wireForm: this.#profile.wireForm,
    });
    const common = new TrackerCommons(options.order === "total");
    const { audience, memory, groups } = plan;
    this.#patienceSeconds = plan.patienceSeconds ?? options.timeoutSeconds;
    const senders = groups.reduce((sum, group) => sum + group.senders, 0);
    const window = windowOf({ ...options, timeoutSeconds: this.#patienceSeconds }, senders);
    this.#senders = groups.flatMap(({ members, senders, ...group }) =>
      members.slice(0, senders).map((member, sender) => ({
        ...{ member, index: (group.firstSender ?? this.#worker.firstSender) + sender },
      }))
    );
    this.#trackers = groups.map((group) =>
      new InFlightTracker({
        ...{ receivers: group.members.length, senders: group.senders, audience, window, common },
        firstSender: group.firstSender ?? this.#worker.firstSender,
        ...(memory === undefined ? undefined : { memory, thread: this.#worker.thread }),
        isPaced: options.rate !== undefined,
        isOrdered: options.order === "total",
        codec: this.#codec,
        now: () => this.#microseconds(),
        readNotice: (receiver, text) => this.#readNotice(group, receiver, text),
        echoes: this.#profile.echoes === true,
      })
    );
    this.#traffic = new LoadGroups(
      groups.map(({ senders }, index) => ({ tracker: this.#trackers[index]!, senders })),
    );
    this.#phases = new LoadPhases(plan.phases ?? [], common.latencies, this.#trackers);
    this.#start = context.now();
  }

  /** Sends until the end, and waits for what is in flight. */
  async run(): Promise<void> {
    this.#listen();
    await this.#worker.meet();
    this.#begin();
    const ticks = setInterval(() => this.#tick(), TICK);
    this.#phases.start();
    await this.#send();
    this.#phases.stop();
    await this.#worker.meet();
    this.#finish();
    await this.#drain();
    this.#countLate();
    clearInterval(ticks);
    this.#traffic.shareFarthest();
    await this.#worker.meet();
  }

  stop(): void {
    this.#endSending();
  }

  /** Receives the data of the connections. */
  #listen(): void {
    const { groups, measuredMembers = Infinity } = this.#plan;
    const unmeasured = new LatencyRuns();
    groups.forEach(({ members }, group) => {
      const tracker = this.#trackers[group]!;
      members.forEach((member, index) => {
        const isMeasured = group > 0 || index < measuredMembers;
        member.onData = isMeasured
          ? (chunk) => {
            if (tracker.receive(index, chunk)) this.#sending.wake();
          }
          : (chunk) => {
            const { received } = tracker.ledger;
            tracker.latencies = unmeasured;
            if (tracker.receive(index, chunk)) this.#sending.wake();
            tracker.latencies = this.#phases.latencies;
            this.#unmeasured[index] = this.receivedBy(index) + tracker.ledger.received - received;
          };
        member.onBreak = (failure) => this.#onBreak(tracker, index, failure);
      });
    });
  }

  /** Starts the clocks. */
  #begin(): void {
    const { now } = this.#context;
    this.#start = now();
    this.#health = new GeneratorHealth(now);
    this.#reporter = new LoadReporter(
      ...[this.#traffic, this.#errors, this.#options, this.#context] as const,
      () => this.#phases.latencies,
      this.#start,
    );
    this.#reporter.report(0, true);
  }

  /** Sends, until this thread has nothing more to send. */
  async #send(): Promise<void> {
    const { signal } = this.#context;
    const { amount, durationSeconds } = this.#options;
    const end = () => this.#endSending();
    const isTimed = amount === undefined && Number.isFinite(durationSeconds);
    const timer = isTimed ? setTimeout(end, durationSeconds * 1000) : undefined;
    const halfway = setTimeout(
      () => this.#inFlightHalfway = this.#traffic.inFlight,
      Math.min(expectedSeconds(this.#options) * 500, 2 ** 31 - 1),
    );
    signal.addEventListener("abort", end);
    this.#isPointless = signal.aborted || this.#traffic.isDeserted;
    if (this.#isPointless) end();
    else if (this.#senders.length > 0) {
      this.#sending = this.#loop();
      this.#sending.start();
      if (this.#plan.memory !== undefined) void this.#obeyWakes();
    } else if (!isTimed) end();
    await this.#sendingEnded.promise;
    clearTimeout(timer);
    clearTimeout(halfway);
    signal.removeEventListener("abort", end);
  }

  #loop(): Sending {
    const { alarm } = this.#context;
    const { rate, amount, durationSeconds } = this.#options;
    // One group needs no numbers through all of them.
    const traffic = this.#trackers.length === 1 ? this.#trackers[0]! : this.#traffic;
    const loop = {
      ...{ traffic, senders: this.#senders.length, amount: amount ?? Infinity },
      write: (sender: number, first: number, count: number) => this.#write(sender, first, count),
      onEnd: () => this.#endSending(),
      onDeserted: () => this.#desert(),
    };
    if (this.#plan.loop !== undefined) return this.#plan.loop(loop);
    if (rate === undefined) return new ClosedLoop(loop);
    const begin = this.#start * 1000;
    return new OpenLoop({
      ...loop,
      alarm: alarm ?? timerAlarm(),
      pacer: new Pacer(rate, begin + this.#worker.delaySeconds * 1_000_000),
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
    return Math.round(this.#context.now() * 1000);
  }

  /** The connections of the first group that have not broken. */
  standing(): Connection[] {
    return this.#plan.groups[0]!.members.filter((_, index) =>
      this.#trackers[0]!.isConnected(index)
    );
  }

  /** The ledger of the first group. */
  get ledger(): Ledger {
    return this.#trackers[0]!.ledger;
  }

  /** Distinct deliveries to one of the members that are not measured. */
  receivedBy(member: number): number {
    return this.#unmeasured[member] ?? 0;
  }

  /** The latencies of a phase; empty before it begins. */
  latenciesOf(phase: string): HistogramSnapshot {
    return this.#phases.latenciesOf(phase);
  }

  /** The measurement. Missing deliveries are lost. The latencies are those of the current phase. */
  measured(): TrafficMeasurement {
    const traffic = this.#traffic;
    const end = Math.max(this.#end ?? this.#start, traffic.lastDelivery / 1000);
    return {
      durationSeconds: (end - this.#start) / 1000,
      sendingSeconds: ((this.#end ?? this.#start) - this.#start) / 1000,
      waitSeconds: this.#waited / 1000,
      sendingThreads: this.#senders.length > 0 ? 1 : 0,
      desertedThreads: this.#isDeserted ? 1 : 0,
      // A load without an end leaves any number of messages.
      orphaned: this.#isDeserted && Number.isFinite(this.#options.durationSeconds)
        ? this.#sending.left
        : 0,
      ...traffic.measured(),
      latencies: this.#phases.latencies.histogram.snapshot(),
      ...this.#sending.slip === undefined ? undefined : { slip: this.#sending.slip },
      unsent: this.#sending.unsent,
      inFlightHalfway: this.#inFlightHalfway,
      leftInFlight: this.#leftInFlight,
      silentSeconds: this.#silent / 1_000_000,
      generator: this.#health.measured(),
      samples: this.#reporter.list(),
    };
  }

  #write(sender: number, first: number, count: number): void {
    const { member, index } = this.#senders[sender]!;
    let text = "";
    for (let sequence = first; sequence < first + count; sequence++) {
      text += this.#profile.message(this.#codec.payload(index, sequence));
    }
    member.write(text);
  }

  /** Answers the server, and counts its complaints. */
  #readNotice(group: LoadGroup, receiver: number, text: string): boolean {
    const complaints = group.members[receiver]!.answer(text);
    if (complaints === undefined) return false;
    const tracker = this.#trackers[this.#plan.groups.indexOf(group)]!;
    for (const { code, text, skipped } of complaints) {
      if (skipped === undefined) {
        this.#addError(code, text);
      } else {
        tracker.ledger.skip(skipped);
        this.#plan.onSkipped?.(receiver, skipped);
      }
    }
    return true;
  }

  #onBreak(tracker: InFlightTracker, index: number, failure: Failure): void {
    this.#addError(failure.code, failure.text);
    tracker.disconnect(index);
    this.#plan.onBreak?.(index, failure);
    if (this.#traffic.isDeserted || this.#traffic.hasLostSenders) this.#desert();
    else this.#sending.wake();
  }

  /** No connection is left that could send, or that could receive. */
  #desert(): void {
    if (!this.#isSendingEnded) this.#isDeserted = true;
    this.#endSending();
  }

  #addError(code: string, text: string): void {
    this.#errors.add("run", code, text, this.#context.now() - this.#start);
  }

  /** Too many messages are in flight to store them. */
  #onOverload(): void {
    const text = `${grouped(this.#traffic.inFlight)} messages were in flight, which is the most ` +
      "that is kept: the server does not keep up with the rate, and sending has ended";
    this.#addError("overload", text);
    this.#endSending();
  }

  #tick(): void {
    const { now } = this.#context;
    const elapsed = now() - this.#start;
    if (this.#end === undefined) {
      this.#reporter.sample();
      this.#expire(elapsed);
    }
    this.#reporter.report(elapsed, this.#end === undefined);
  }

  #expire(elapsed: number): void {
    if (this.#traffic.expire(this.#patienceSeconds * 1_000_000) === 0) return;
    this.#expiredAt ??= elapsed;
    this.#sending.wake();
  }

  async #drain(): Promise<void> {
    const { timeoutSeconds } = this.#options;
    const expire = () => this.#expire(this.#context.now() - this.#start);
    this.#waited = await drained({
      ...this.#context,
      traffic: this.#traffic,
      timeoutSeconds,
      expire,
    });
  }

  /** Counts expired deliveries that came in after all as errors; the others count as lost already. */
  #countLate(): void {
    const { late } = this.#traffic;
    if (late === 0) return;
    const text = `a delivery came in over ${this.#patienceSeconds} s after it was sent`;
    this.#errors.add("run", "timeout", text, this.#expiredAt ?? 0, late);
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

  /** Ends the measurements of sending. */
  #finish(): void {
    this.#end = this.#context.now();
    this.#traffic.endWait();
    this.#health.stop();
    this.#reporter.report(this.#end - this.#start, false);
    if (!this.#isPointless) this.#reporter.finish(this.#end);
    this.#phases.end();
  }
}
