import { Connection } from "../load/connection.ts";
import { type ErrorCount, ErrorTally } from "../load/error_tally.ts";
import { counted } from "../format.ts";
import { LatencyHistogram, type LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { PROFILES } from "../profiles/mod.ts";
import { CheckedChat, pause, tellProgress } from "./checked_chat.ts";
import { trafficOf } from "./trial_traffic.ts";
import {
  deliveryFailures,
  gathered,
  joinFailures,
  type ServerTrialResult,
  type TrialEnvironment,
  type TrialOptions,
} from "./trial.ts";

/** What to restart, and under whom. */
export interface RestartOptions extends TrialOptions {
  /** Members. */
  readonly connections: number;
  /** How many of them talk, ... */
  readonly senders: number;
  /** ... with so many messages a second together. */
  readonly messagesPerSecond: number;
  /** How long there is no server. */
  readonly downSeconds: number;
  /** How long a member waits after an attempt that failed. */
  readonly retrySeconds: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
  /** How long they talk before, and again when everybody is back. */
  readonly durationSeconds: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface RestartResult extends ServerTrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "restart";
  /** From the kill until a new server listened; `null` where it did not come to that. */
  readonly downSeconds: number | null;
  /** Members that have joined the new server. */
  readonly back: number;
  /** Attempts to come back, of all members. */
  readonly attempts: number;
  /** Attempts that failed, by phase and code. */
  readonly failedAttempts: readonly ErrorCount[];
  /** From the kill until everybody was back; `null` where somebody was not. */
  readonly allBackSeconds: number | null;
  /** From when the new server listened until a member had joined it; `null` where nobody had. */
  readonly backMicroseconds: LatencySummary | null;
  /** Messages sent before the kill. */
  readonly messagesBefore: number;
  /** Deliveries of these. What the kill has cut off is `cutOff`. */
  readonly deliveriesBefore: LedgerTotals;
  /** Messages sent when everybody was back. */
  readonly messagesAfter: number;
  /** Deliveries of these. */
  readonly deliveriesAfter: LedgerTotals;
  /** What it comes to, in a sentence; empty where the server was not killed. */
  readonly sentence: string;
}

/**
 * What a crowd goes through when its server is killed and started again.
 *
 * 1. Members join and some talk at an even rate. The server is killed in the middle of that.
 * 2. Every member tries to come back from the moment when its connection breaks, again and again,
 *    with an even pause. The new server is started meanwhile.
 * 3. When all are back they talk once more, and nothing may be lost of that.
 */
export async function restart(
  options: RestartOptions,
  environment: TrialEnvironment,
): Promise<RestartResult> {
  const { target, connections, durationSeconds, timeoutSeconds } = options;
  const { now, signal, call } = environment;
  const errors = new ErrorTally();
  const returning = new Returning(options, environment);
  const crowd = await gathered(connections, "", options, errors, environment);
  const joined = crowd.members.length;
  const chatOf = (members: readonly Connection[], tally: ErrorTally) =>
    new CheckedChat({
      timeoutSeconds: options.timeoutSeconds,
      ...{ members, senders: Math.min(options.senders, members.length), errors: tally },
      ...{ messagesPerSecond: options.messagesPerSecond, payloadBytes: options.payloadBytes },
      profile: PROFILES[options.profile],
      onBreak: (index) => returning.bring(index, members[index]!.name),
    }, environment);
  const before = chatOf(crowd.members, errors);
  let after: CheckedChat | undefined;
  let downSeconds: number | null = null;
  let allBackSeconds: number | null = null;
  const failures: string[] = [];
  let list = errors.list();
  if (joined < connections) {
    if (!signal.aborted) failures.push(...joinFailures(target, connections, joined, list));
  } else {
    before.start();
    const quieten = tellProgress([before], [joined, connections], durationSeconds, environment);
    await pause(durationSeconds * 1000, signal);
    quieten();
    // What breaks from here on is the point of it, and no error.
    list = errors.list();
    if (before.broken > 0) failures.push("The server broke connections before it was killed.");
    else if (!signal.aborted) {
      returning.open();
      const killedAt = now();
      await call("kill");
      before.stop();
      await pause(options.downSeconds * 1000, signal);
      if (!signal.aborted) {
        await call("start");
        downSeconds = (now() - killedAt) / 1000;
        returning.serverListens();
        await returning.wait(timeoutSeconds * 1000);
      }
      if (returning.back === connections) {
        allBackSeconds = (returning.lastAt - killedAt) / 1000;
        after = await talk();
      } else if (!signal.aborted) {
        failures.push(`Only ${returning.back} of ${connections} came back in ${timeoutSeconds} s.`);
      }
    }
    before.stop();
    // What the kill has cut off is no fault; what was lost before, or came twice or wrongly, is one.
    const totals = before.ledger.totals();
    failures.push(...deliveryFailures(downSeconds === null ? { ...totals, lost: 0 } : totals));
  }
  const { messages } = before.ledger;
  await Promise.all([crowd.close(), returning.close()]);
  const result = {
    ...{ scenario: "restart", target, profile: options.profile, joined, connections } as const,
    ...{ downSeconds: rounded(downSeconds), back: returning.back, attempts: returning.attempts },
    failedAttempts: returning.failed.list(),
    allBackSeconds: rounded(allBackSeconds),
    ...{ backMicroseconds: returning.latencies.summary(), messagesBefore: messages },
    deliveriesBefore: before.ledger.totals(),
    messagesAfter: after?.ledger.messages ?? 0,
    deliveriesAfter: (after ?? chatOf([], errors)).ledger.totals(),
    ...{ errors: list, failures, interrupted: signal.aborted },
  };
  return { ...result, sentence: restartSentence(result) };

  /** The talk of those who are back, of which nothing may be lost. */
  async function talk(): Promise<CheckedChat> {
    const tally = new ErrorTally();
    returning.shut();
    const chat = chatOf(returning.members, tally);
    chat.start();
    const quieten = tellProgress([chat], [joined, connections], durationSeconds, environment);
    await pause(durationSeconds * 1000, signal);
    await chat.end();
    quieten();
    list = [...list, ...tally.list()];
    const totals = chat.ledger.totals();
    const lost = signal.aborted ? 0 : totals.lost;
    environment.onTraffic?.(trafficOf([chat], chat.latencies.summary(), lost));
    failures.push(...deliveryFailures(totals));
    if (totals.received === 0 && !signal.aborted) {
      failures.push("Nothing was delivered afterwards.");
    }
    if (chat.broken > 0) failures.push("The new server broke connections.");
    return chat;
  }
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}

/** Those who have lost their server and try to come back. */
class Returning {
  /** From when the new server listened until a member was in. */
  readonly latencies = new LatencyHistogram();
  /** Attempts that came to nothing. */
  readonly failed = new ErrorTally();
  readonly #options: RestartOptions;
  readonly #environment: TrialEnvironment;
  readonly #end = new AbortController();
  readonly #back = new Map<number, Connection>();
  readonly #all = Promise.withResolvers<void>();
  readonly #loops: Promise<void>[] = [];
  #listensAt: number | undefined;
  #start = 0;
  #isOpen = false;
  attempts = 0;
  /** When the last member came back. */
  lastAt = 0;

  constructor(options: RestartOptions, environment: TrialEnvironment) {
    this.#options = options;
    this.#environment = environment;
    const end = () => this.#end.abort();
    environment.signal.addEventListener("abort", end);
    if (environment.signal.aborted) end();
  }

  /** How many are back. */
  get back(): number {
    return this.#back.size;
  }

  /** Those who are back, in the order of their numbers. */
  get members(): Connection[] {
    return [...this.#back].toSorted(([a], [b]) => a - b).map(([, member]) => member);
  }

  /** From now on, whoever loses the server comes back. */
  open(): void {
    this.#isOpen = true;
    this.#start = this.#environment.now();
  }

  /** From now on, whoever loses the server does not come back. */
  shut(): void {
    this.#isOpen = false;
  }

  /** There is a new server. */
  serverListens(): void {
    this.#listensAt = this.#environment.now();
  }

  /** Lets a member try until it is back. */
  bring(index: number, name: string): void {
    if (this.#isOpen) this.#loops.push(this.#try(index, name));
  }

  /** Waits until all are back, for so long at most. */
  async wait(milliseconds: number): Promise<void> {
    const giveUp = () => this.#end.abort();
    const timer = setTimeout(giveUp, milliseconds);
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
    await Promise.all(this.#loops);
    await Promise.all(this.#back.values().map((member) => member.close()));
  }

  async #try(index: number, name: string): Promise<void> {
    const { target, profile, timeoutSeconds, retrySeconds, connections } = this.#options;
    const { now } = this.#environment;
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.attempts++;
      const member = new Connection({
        ...{ target, profile: PROFILES[profile], name, timeout: timeoutSeconds * 1000 },
      });
      const giveUp = () => member.joined || member.destroy();
      signal.addEventListener("abort", giveUp);
      const failure = await member.join();
      signal.removeEventListener("abort", giveUp);
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

/** What the restart comes to. */
export function restartSentence(
  { connections, back, attempts, deliveriesBefore, ...result }: Omit<RestartResult, "sentence">,
): string {
  const { downSeconds, allBackSeconds, deliveriesAfter } = result;
  if (downSeconds === null) return "";
  const lost = deliveriesBefore.cutOff === 0
    ? "no delivery was cut off"
    : `${counted(deliveriesBefore.cutOff, "delivery was", "deliveries were")} cut off`;
  const down = `The server was gone for ${downSeconds.toFixed(1)} s`;
  if (allBackSeconds === null) {
    return `${down}; ${back} of ${connections} came back, with ${
      counted(attempts, "attempt")
    }; ${lost}.`;
  }
  return `${down}, and ${
    allBackSeconds.toFixed(1)
  } s after the kill all ${connections} were back, ` +
    `with ${counted(attempts, "attempt")}; ${lost}, and ${
      deliveriesAfter.lost || "none"
    } of the talk afterwards.`;
}
