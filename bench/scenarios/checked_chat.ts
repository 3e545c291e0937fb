import { NoticeFilter } from "../ledger/notice_filter.ts";
import type { Connection } from "../load/connection.ts";
import { DeliveryScanner, type DeliverySink } from "../ledger/delivery_scanner.ts";
import type { ErrorTally } from "../load/error_tally.ts";
import { GeneratorHealth, type GeneratorMeasurement } from "../load/generator_health.ts";
import { LatencyHistogram } from "../ledger/latency_histogram.ts";
import { Ledger } from "../ledger/ledger.ts";
import { PayloadCodec } from "../ledger/payload_codec.ts";
import type { Profile } from "../profiles/profile.ts";
import { ScannedChunks } from "../ledger/scanned_chunks.ts";
import type { Environment } from "./scenario.ts";

/** How often messages that are due are sent, and the end of the wait is looked for. */
const SENDING_TICK = 1;
const DRAIN_TICK = 20;
const PROGRESS_TICK = 1000;

/** What a chat needs to know. */
export interface CheckedChatOptions {
  readonly members: readonly Connection[];
  /** How many of them send, in turn. */
  readonly senders: number;
  /** Of all senders together. */
  readonly messagesPerSecond: number;
  readonly payloadBytes: number;
  readonly profile: Profile;
  readonly errors: ErrorTally;
  /** How long a message may take. */
  readonly timeoutSeconds: number;
  /** Number of the first sender, where several chats share a server. Default 0. */
  readonly firstSender?: number;
  /** Told of every delivery and its latency in place of `latencies`. */
  readonly onDelivery?: (receiver: number, microseconds: number) => void;
  /** Told how many messages the server says that it skipped, in place of the ledger. */
  readonly onSkipped?: (receiver: number, count: number) => void;
  /** Told that a member's connection broke. */
  readonly onBreak?: (member: number) => void;
}

/**
 * People who talk at an even rate, and a ledger of who has got what: the background before which
 * something else happens.
 *
 * Latency counts from when a message was due, so that neither a slow server nor a slow load tester
 * hides itself by sending less.
 */
export class CheckedChat implements DeliverySink {
  readonly ledger: Ledger;
  /** Where latencies go from now on, in microseconds. */
  latencies = new LatencyHistogram();
  readonly #options: CheckedChatOptions;
  readonly #environment: Environment;
  readonly #mark: PayloadCodec;
  /** How late messages were sent, in microseconds. */
  readonly slip = new LatencyHistogram();
  /** Messages that had not come to everybody when sending ended. */
  leftInFlight = 0;
  /** How long deliveries were waited for when sending had ended. */
  waitSeconds = 0;
  readonly #gone = new Set<number>();
  #start = 0;
  #sent = 0;
  #health: GeneratorHealth | undefined;
  #end: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #now = 0;
  #lastDelivery = 0;

  constructor(options: CheckedChatOptions, environment: Environment) {
    const { members, senders, payloadBytes, errors } = options;
    const between = new NoticeFilter((receiver, text) => this.#hear(receiver, text));
    this.#options = options;
    this.#environment = environment;
    this.#mark = new PayloadCodec(environment.runId, payloadBytes);
    this.ledger = new Ledger(members.length, senders);
    const chunks = new ScannedChunks();
    members.forEach((member, index) => {
      const scanner = new DeliveryScanner(this.#mark, index, this, chunks, between);
      member.onData = (chunk) => {
        this.#now = environment.now();
        scanner.push(chunk);
      };
      member.onBreak = ({ code, text }) => {
        errors.add("run", code, text, environment.now() - this.#start);
        this.#gone.add(index);
        this.ledger.loseReceiver(index);
        if (index < senders) this.ledger.loseSender(index);
        options.onBreak?.(index);
      };
    });
  }

  /** Starts to send. */
  start(): void {
    this.#start = this.#environment.now();
    this.#health = new GeneratorHealth(this.#environment.now);
    this.#timer = setInterval(() => this.#send(), SENDING_TICK);
  }

  /** How many members have lost their connection. */
  get broken(): number {
    return this.#gone.size;
  }

  /** Of all senders together. */
  get messagesPerSecond(): number {
    return this.#options.messagesPerSecond;
  }

  /** How many of the members send. */
  get senders(): number {
    return this.#options.senders;
  }

  /** How long messages were sent. */
  get seconds(): number {
    return ((this.#end ?? this.#start) - this.#start) / 1000;
  }

  /** How the load tester did while messages were sent. Only after it was started. */
  get generator(): GeneratorMeasurement {
    return this.#health!.measured();
  }

  /** Ends sending. */
  stop(): void {
    clearInterval(this.#timer);
    if (this.#end !== undefined) return;
    this.#end = this.#environment.now();
    this.#health?.stop();
    const others = Math.max(this.#options.members.length - 1, 1);
    this.leftInFlight = Math.ceil(this.ledger.outstanding / others);
  }

  /**
   * Ends sending, and waits until everything has come in or is not to be expected any more.
   *
   * @param accounted deliveries that will not come, and why is known.
   */
  async end(accounted: () => number = () => 0): Promise<void> {
    this.stop();
    const { now, drain, signal } = this.#environment;
    const timeout = this.#options.timeoutSeconds * 1000;
    const end = now();
    let settled: number | undefined;
    while (true) {
      const time = now();
      this.waitSeconds = Math.round(time - end) / 1000;
      if (this.ledger.outstanding <= accounted()) settled ??= time;
      const active = Math.max(end, this.#lastDelivery);
      if (settled !== undefined && time - settled >= drain.settle) return;
      if (time - end >= (signal.aborted ? drain.quiet : timeout)) return;
      if (time - active >= drain.quiet && !this.ledger.isAwaited) return;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_TICK));
    }
  }

  /** Messages have come in. */
  deliver(receiver: number, globalSender: number, first: number, count: number): void {
    const { firstSender = 0, profile } = this.#options;
    const sender = globalSender - firstSender;
    if (receiver === sender && profile.echoes) return;
    for (let sequence = first; sequence < first + count; sequence++) {
      this.#record(receiver, sender, sequence);
    }
  }

  #record(receiver: number, sender: number, sequence: number): void {
    const { onDelivery } = this.#options;
    if (this.ledger.record(receiver, sender, sequence) < 0) return;
    this.#lastDelivery = this.#now;
    const microseconds = (this.#now - this.#dueAt(sender, sequence)) * 1000;
    if (onDelivery === undefined) this.latencies.record(microseconds);
    else onDelivery(receiver, microseconds);
  }

  /** A payload was found that is not what was sent. */
  corrupt(receiver: number, globalSender: number, sequence: number): void {
    const { firstSender = 0, profile } = this.#options;
    const sender = globalSender - firstSender;
    if (receiver === sender && profile.echoes) return;
    this.ledger.corrupt(receiver, sender, sequence);
    this.#lastDelivery = this.#now;
  }

  /** Answers the server, and counts what it complains about. */
  #hear(receiver: number, text: string): boolean {
    const { members, errors, onSkipped } = this.#options;
    const complaints = members[receiver]!.answer(text);
    if (complaints === undefined) return false;
    for (const { code, text, skipped } of complaints) {
      if (skipped !== undefined) {
        if (onSkipped === undefined) this.ledger.skip(skipped);
        else onSkipped(receiver, skipped);
      } else errors.add("run", code, text, this.#environment.now() - this.#start);
    }
    return true;
  }

  /** They send in turn, so the time of each message is known from its number. */
  #dueAt(sender: number, sequence: number): number {
    const { senders, messagesPerSecond } = this.#options;
    return this.#start + (sequence * senders + sender) / messagesPerSecond * 1000;
  }

  #send(): void {
    const { members, senders, messagesPerSecond, profile, firstSender = 0 } = this.#options;
    const now = this.#environment.now();
    const due = 1 + Math.floor((now - this.#start) / 1000 * messagesPerSecond);
    for (; this.#sent < due; this.#sent++) {
      const sender = this.#sent % senders;
      if (this.#gone.has(sender)) continue;
      this.slip.record((now - this.#start - this.#sent / messagesPerSecond * 1000) * 1000);
      const sequence = this.ledger.send(sender);
      members[sender]!.write(profile.message(this.#mark.payload(firstSender + sender, sequence)));
    }
  }
}

/**
 * Tells at once and then every second how far the chats are, until the returned function is called.
 *
 * @param members how many have joined altogether, of as many as were asked for.
 */
export function tellProgress(
  chats: readonly CheckedChat[],
  [joined, connections]: readonly [members: number, of: number],
  durationSeconds: number,
  { now, onProgress }: Environment,
): () => void {
  const start = now();
  let before = 0;
  const tell = () => {
    const elapsedSeconds = Math.round(now() - start) / 1000;
    const deliveries = chats.reduce((sum, { ledger }) => sum + ledger.received, 0);
    const messages = chats.reduce((sum, { ledger }) => sum + ledger.messages, 0);
    onProgress({
      ...{ stage: elapsedSeconds < durationSeconds ? "running" : "draining", elapsedSeconds },
      fraction: Math.min(elapsedSeconds / durationSeconds, 1),
      ...{ joined, connections, messages, deliveries, deliveriesPerSecond: deliveries - before },
    });
    before = deliveries;
  };
  tell();
  const timer = setInterval(tell, PROGRESS_TICK);
  return () => clearInterval(timer);
}

/** Waits, or until the signal. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
