import { grouped } from "../format.ts";
import { InFlightTracker } from "../ledger/in_flight_tracker.ts";
import type { HistogramSnapshot } from "../ledger/latency_histogram.ts";
import { PayloadCodec } from "../ledger/payload_codec.ts";
import { SharedTrackerState } from "../ledger/tracker_options.ts";
import type { Profile } from "../profiles/profile.ts";
import { profileOf } from "../profiles/mod.ts";
import { timerAlarm } from "./alarm.ts";
import type { Connection, Failure } from "./connection.ts";
import { untilDrained } from "./drain.ts";
import type { ErrorTally } from "./error_tally.ts";
import { GeneratorHealth } from "./generator_health.ts";
import { LoadGroups } from "./load_groups.ts";
import type { LoadPlan } from "./load_plan.ts";
import { LoadPhases } from "./load_phases.ts";
import { LoadReporter } from "./load_reporter.ts";
import type { TrafficMeasurement } from "./measurement.ts";
import type { LoadOptions } from "./options.ts";
import { Pacer } from "./pacer.ts";
import { ALONE, type RunContext, type WorkerContext } from "./run_context.ts";
import { ClosedLoop, expectedSeconds, NOT_SENDING, OpenLoop, type Sending } from "./sending.ts";
import { SendingRecord } from "./sending_record.ts";
import { type SeparateDeliveries, SeparateMembers } from "./separate_members.ts";
import { windowOf } from "./window_size.ts";

/** How often progress is reported and a sample is taken. */
const TICK_MILLISECONDS = 1000;

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
  readonly #worker: WorkerContext;
  readonly #errors: ErrorTally;
  readonly #profile: Profile;
  readonly #codec: PayloadCodec;
  /** By group. */
  readonly #trackers: readonly InFlightTracker[];
  readonly #traffic: LoadGroups;
  /** By sender: its connection and its number in payloads. */
  readonly #senders: readonly { readonly member: Connection; readonly index: number }[];
  readonly #separate: SeparateMembers;
  readonly #phases: LoadPhases;
  readonly #record: SendingRecord;
  /** Maximum of messages in flight, of one sender. */
  readonly #window: number;
  /** Time in which a message has to reach all receivers. */
  readonly #patienceSeconds: number;
  #sending: Sending = NOT_SENDING;
  #reporter!: LoadReporter;
  #health!: GeneratorHealth;
  /** When the first message was due. */
  #startMilliseconds: number;
  /** When all threads had ended sending. */
  #endMilliseconds: number | undefined;
  /** When the first message expired, from the start. */
  #expiredMilliseconds = 0;

  constructor(plan: LoadPlan, errors: ErrorTally, options: LoadOptions, context: RunContext) {
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#worker = context.worker ?? ALONE;
    this.#errors = errors;
    this.#profile = profileOf(options);
    this.#codec = new PayloadCodec(context.runId, options.payloadBytes, {
      verify: options.verify,
      source: options.payload,
      wireForm: this.#profile.wireForm,
    });
    this.#patienceSeconds = plan.patienceSeconds ?? options.timeoutSeconds;
    const groups = plan.groups.map(({ members, firstSender, ...group }) => ({
      members,
      senders: Math.min(group.senders, members.length),
      firstSender: firstSender ?? this.#worker.firstSender,
    }));
    this.#senders = groups.flatMap(({ members, senders, firstSender }) =>
      members.slice(0, senders).map((member, sender) => ({ member, index: firstSender + sender }))
    );
    const { audience, memory } = plan;
    const isOrdered = options.order === "total";
    const shared = new SharedTrackerState(isOrdered);
    const window = this.#window = windowOf(
      { ...options, timeoutSeconds: this.#patienceSeconds },
      this.#senders.length,
    );
    this.#trackers = groups.map(({ members, senders, firstSender }, group) =>
      new InFlightTracker({
        receivers: members.length,
        senders,
        firstSender,
        audience,
        window,
        shared,
        isOrdered,
        ...(memory === undefined ? undefined : { memory, thread: this.#worker.thread }),
        isPaced: options.rate !== undefined,
        codec: this.#codec,
        now: () => this.#microseconds(),
        readNotice: (member, text) => this.#readNotice(group, member, text),
        echoes: this.#profile.echoes === true,
      })
    );
    this.#traffic = new LoadGroups(
      groups.map(({ senders }, group) => ({ tracker: this.#trackers[group]!, senders })),
    );
    const { firstSeparate = Infinity } = plan;
    const members = groups[0]?.members.length ?? 0;
    this.#separate = new SeparateMembers(this.#trackers[0]!, firstSeparate, members);
    this.#phases = new LoadPhases(plan.phases ?? [], shared.latencies, this.#trackers);
    this.#record = new SendingRecord(this.#traffic);
    this.#startMilliseconds = context.now();
  }

  /**
   * Sends until the end, and waits for what is in flight.
   *
   * @returns the measurement. Missing deliveries are lost. The latencies are those of the last phase.
   */
  async run(): Promise<TrafficMeasurement> {
    this.#listen();
    await this.#worker.meet();
    this.#begin();
    const ticks = setInterval(() => this.#tick(), TICK_MILLISECONDS);
    this.#phases.start();
    const isSent = await this.#send();
    this.#phases.stop();
    await this.#worker.meet();
    this.#finish(isSent);
    const waitMilliseconds = await this.#drain();
    this.#countLate();
    clearInterval(ticks);
    this.#traffic.shareFarthest();
    await this.#worker.meet();
    return this.#measured(waitMilliseconds / 1000);
  }

  stop(): void {
    this.#endSending();
  }

  /** Receives the data of the connections. Those that have broken since they joined get no messages, and
   * are in the tally of the code that let them join. */
  #listen(): void {
    this.#plan.groups.forEach(({ members }, group) => {
      const tracker = this.#trackers[group]!;
      members.forEach((member, index) => {
        const isSeparate = group === 0 && this.#separate.includes(index);
        const receiver = isSeparate ? this.#separate : tracker;
        member.onData = (chunk) => {
          if (receiver.receive(index, chunk)) this.#sending.wake();
        };
        member.onBreak = (failure) => this.#onBreak(group, index, failure);
        if (member.failure !== undefined) this.#lose(group, index, member.failure);
      });
    });
  }

  /** Starts the clocks. */
  #begin(): void {
    const { now } = this.#context;
    this.#startMilliseconds = now();
    this.#health = new GeneratorHealth(now);
    this.#reporter = new LoadReporter(
      ...[this.#traffic, this.#errors, this.#options, this.#context] as const,
      ...[this.#phases, this.#startMilliseconds] as const,
    );
    this.#reporter.report(0, true);
  }

  /**
   * Sends, until this thread has nothing more to send.
   *
   * @returns false if there was no receiver, or the run was stopped before it began.
   */
  async #send(): Promise<boolean> {
    const { signal } = this.#context;
    const { amount, durationSeconds } = this.#options;
    const end = () => this.#endSending();
    const isTimed = amount === undefined && Number.isFinite(durationSeconds);
    const timer = isTimed ? setTimeout(end, durationSeconds * 1000) : undefined;
    this.#record.start(expectedSeconds(this.#options));
    signal.addEventListener("abort", end);
    const isPointless = signal.aborted || this.#traffic.isDeserted;
    if (isPointless) end();
    else if (this.#senders.length > 0) {
      this.#sending = this.#loop();
      this.#sending.start();
      if (this.#plan.memory !== undefined) void this.#obeyWakes();
    } else if (!isTimed) end();
    await this.#record.ended;
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    return !isPointless;
  }

  #loop(): Sending {
    const { alarm } = this.#context;
    const { rate, amount, durationSeconds } = this.#options;
    const loop = {
      // One group needs no numbers through all of them.
      traffic: this.#trackers.length === 1 ? this.#trackers[0]! : this.#traffic,
      senders: this.#senders.length,
      amount: amount ?? Infinity,
      write: (sender: number, first: number, count: number) => this.#write(sender, first, count),
      onEnd: () => this.#endSending(),
      onDeserted: () => this.#endSending(true),
    };
    if (this.#plan.loop !== undefined) return this.#plan.loop(loop);
    if (rate === undefined) return new ClosedLoop(loop);
    const startMicroseconds = this.#startMilliseconds * 1000;
    return new OpenLoop({
      ...loop,
      alarm: alarm ?? timerAlarm(),
      pacer: new Pacer(rate, startMicroseconds + this.#worker.delaySeconds * 1_000_000),
      now: () => this.#microseconds(),
      end: amount === undefined ? startMicroseconds + durationSeconds * 1_000_000 : Infinity,
      onOverload: () => this.#onOverload(),
    });
  }

  /** Sends again when another thread has completed a message that was sent here. */
  async #obeyWakes(): Promise<void> {
    while (this.#endMilliseconds === undefined) {
      const seen = this.#traffic.wakes;
      this.#sending.wake();
      await this.#traffic.wokenSince(seen);
    }
  }

  /** The time as payloads have it: whole microseconds. */
  #microseconds(): number {
    return Math.round(this.#context.now() * 1000);
  }

  #elapsedMilliseconds(): number {
    return this.#context.now() - this.#startMilliseconds;
  }

  /** The connections of the first group that have not broken. */
  standing(): Connection[] {
    return this.#plan.groups[0]!.members.filter((_, index) =>
      this.#trackers[0]!.isConnected(index)
    );
  }

  /** The deliveries to the plan's separate members, and to the others of the first group. */
  separateDeliveries(): SeparateDeliveries {
    return this.#separate.deliveries();
  }

  /** The latencies of a phase; empty before it begins. */
  latenciesOf(phase: string): HistogramSnapshot {
    return this.#phases.latenciesOf(phase);
  }

  #measured(waitSeconds: number): TrafficMeasurement {
    const start = this.#startMilliseconds;
    const sent = this.#endMilliseconds ?? start;
    const end = Math.max(sent, this.#traffic.lastDelivery / 1000);
    // A load without an end leaves any number of messages.
    const isOrphaned = this.#record.isDeserted && Number.isFinite(this.#options.durationSeconds);
    return {
      durationSeconds: (end - start) / 1000,
      sendingSeconds: (sent - start) / 1000,
      waitSeconds,
      sendingThreads: this.#senders.length > 0 ? 1 : 0,
      orphaned: isOrphaned ? this.#sending.left : 0,
      ...this.#traffic.measured(),
      ...this.#record.measured(),
      latencies: this.#phases.latencies.histogram.snapshot(),
      ...this.#sending.slip === undefined ? undefined : { slip: this.#sending.slip },
      unsent: this.#sending.unsent,
      generator: this.#health.measured(),
      samples: this.#reporter.list(),
    };
  }

  #write(sender: number, first: number, count: number): void {
    const { member, index } = this.#senders[sender]!;
    const { message = this.#profile.message } = this.#plan;
    let text = "";
    for (let sequence = first; sequence < first + count; sequence++) {
      text += message(this.#codec.payload(index, sequence), sender);
    }
    member.write(text);
  }

  /** Answers the server, and counts its complaints. */
  #readNotice(group: number, member: number, text: string): boolean {
    const complaints = this.#plan.groups[group]!.members[member]!.answer(text);
    if (complaints === undefined) return false;
    for (const { code, text, skipped } of complaints) {
      if (skipped === undefined) {
        this.#addError(code, text);
      } else {
        this.#trackers[group]!.ledger.skip(skipped);
        if (group === 0) this.#separate.onSkipped(member, skipped);
      }
    }
    return true;
  }

  #onBreak(group: number, member: number, failure: Failure): void {
    this.#addError(failure.code, failure.text);
    this.#lose(group, member, failure);
    if (this.#traffic.isDeserted || this.#traffic.hasLostSenders) this.#endSending(true);
    else this.#sending.wake();
  }

  #lose(group: number, member: number, failure: Failure): void {
    this.#trackers[group]!.disconnect(member);
    if (group === 0) this.#separate.onBreak(member);
    this.#plan.onBreak?.(member, failure);
  }

  #addError(code: string, text: string): void {
    this.#errors.add("run", code, text, this.#elapsedMilliseconds());
  }

  /** Too many messages of a sender are in flight to store another. */
  #onOverload(): void {
    const text = `${grouped(this.#window)} messages of one sender were in flight, the maximum: ` +
      "the server does not keep up with the rate, and sending ended";
    this.#addError("overload", text);
    this.#endSending();
  }

  #tick(): void {
    const isSending = this.#endMilliseconds === undefined;
    if (isSending) {
      this.#reporter.sample();
      this.#expire();
    }
    this.#reporter.report(this.#elapsedMilliseconds(), isSending);
  }

  #expire(): void {
    if (this.#traffic.expire(this.#patienceSeconds * 1_000_000) === 0) return;
    this.#expiredMilliseconds ||= this.#elapsedMilliseconds();
    this.#sending.expired?.();
    this.#sending.wake();
  }

  #drain(): Promise<number> {
    const { timeoutSeconds } = this.#options;
    const expire = () => this.#expire();
    return untilDrained({ ...this.#context, traffic: this.#traffic, timeoutSeconds, expire });
  }

  /** Counts expired deliveries that came in after all as errors; the others count as lost already. */
  #countLate(): void {
    const { late } = this.#traffic;
    if (late === 0) return;
    const text = `a message was received more than ${this.#patienceSeconds} s after it was sent`;
    this.#errors.add("run", "timeout", text, this.#expiredMilliseconds, late);
  }

  /** @param isDeserted no connection is left that could send, or that could receive. */
  #endSending(isDeserted = false): void {
    this.#record.end(
      () => this.#sending.stop(),
      () => this.#microseconds(),
      this.#startMilliseconds * 1000,
      isDeserted,
    );
  }

  /** Ends the measurements of sending. */
  #finish(isSent: boolean): void {
    const end = this.#context.now();
    this.#endMilliseconds = end;
    this.#traffic.endWait();
    this.#health.stop();
    this.#reporter.report(end - this.#startMilliseconds, false);
    if (isSent) this.#reporter.finish(end);
    this.#phases.end();
  }
}
