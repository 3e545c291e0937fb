import { Connection } from "../load/connection.ts";
import { ErrorTally, runFailures } from "../load/error_tally.ts";
import { counted } from "../format.ts";
import { LatencyHistogram, type LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { PROFILES } from "../profiles/mod.ts";
import type { Environment } from "./scenario.ts";
import { CheckedChat, pause, tellProgress } from "./checked_chat.ts";
import { trafficOf } from "./trial_traffic.ts";
import {
  deliveryFailures,
  gathered,
  joinFailures,
  type ServerTrialResult,
  type TrialOptions,
} from "./trial.ts";

/** The first part of the time in which nobody comes or leaves, to compare with. */
const QUIET_PART = 0.25;

/** How often those that are due are let in, in milliseconds. */
const TICK = 1;

/** What to measure. */
export interface ChurnOptions extends TrialOptions {
  /** The standing crowd. */
  readonly connections: number;
  /** How many of them send, in turn. */
  readonly senders: number;
  /** Of all senders together. */
  readonly messagesPerSecond: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
  /** How many join a second. */
  readonly churnPerSecond: number;
  /** How long each of them stays. */
  readonly staySeconds: number;
  /** How long altogether; nobody comes in the first quarter. */
  readonly durationSeconds: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface ChurnResult extends ServerTrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "churn";
  /** How many were to join a second. */
  readonly churnPerSecond: number;
  /** Of those that come and leave: how many tried, were let in, and were not. */
  readonly churn: { readonly tried: number; readonly joined: number; readonly failed: number };
  /** From the first SYN to the welcome; `null` when nobody was let in. */
  readonly joinMicroseconds: LatencySummary | null;
  /** Deliveries among the standing crowd. */
  readonly deliveries: LedgerTotals;
  /** Their latency while nobody came or left, and while many did. */
  readonly quietMicroseconds: LatencySummary | null;
  /** As `quietMicroseconds`, while others came and left. */
  readonly churnMicroseconds: LatencySummary | null;
}

/** A crowd chats while others come and leave. */
export async function churn(
  options: ChurnOptions,
  environment: Environment,
): Promise<ChurnResult> {
  const { target, profile, connections, durationSeconds, churnPerSecond } = options;
  const { signal } = environment;
  const errors = new ErrorTally();
  const crowd = await gathered(connections, "", options, errors, environment);
  const joined = crowd.members.length;
  const chat = new CheckedChat({
    timeoutSeconds: options.timeoutSeconds,
    ...{ members: crowd.members, senders: Math.min(options.senders, joined), errors },
    ...{ messagesPerSecond: options.messagesPerSecond, payloadBytes: options.payloadBytes },
    profile: PROFILES[profile],
  }, environment);
  const quiet = chat.latencies;
  const busy = new LatencyHistogram();
  const turnover = new Turnover(options, errors, environment);
  if (joined > 1) {
    chat.start();
    const quieten = tellProgress([chat], [joined, connections], durationSeconds, environment);
    await pause(durationSeconds * QUIET_PART * 1000, signal);
    chat.latencies = busy;
    await turnover.run(durationSeconds * (1 - QUIET_PART) * 1000);
    await chat.end();
    quieten();
    const lost = signal.aborted ? 0 : chat.ledger.totals().lost;
    environment.onTraffic?.(trafficOf([chat], busy.summary(), lost));
  }
  await crowd.close();
  const deliveries = chat.ledger.totals();
  const { tried, failed } = turnover;
  const list = errors.list();
  return {
    ...{ scenario: "churn", profile, target, connections, joined, churnPerSecond, errors: list },
    churn: { tried, joined: tried - failed, failed },
    joinMicroseconds: turnover.joins.summary(),
    deliveries,
    quietMicroseconds: quiet.summary(),
    churnMicroseconds: busy.summary(),
    failures: [
      ...(signal.aborted ? [] : joinFailures(target, connections, joined, list)),
      ...(joined > 1 && deliveries.received === 0 && !signal.aborted
        ? ["Nothing was delivered."]
        : []),
      ...deliveryFailures(deliveries),
      ...(failed > 0 ? [`${counted(failed, "join")} of ${tried} failed.`] : []),
      ...runFailures(list),
    ],
    interrupted: signal.aborted,
  };
}

/** Those that come, stay for a while and leave. */
class Turnover {
  tried = 0;
  failed = 0;
  readonly joins = new LatencyHistogram();
  readonly #under = new Set<Connection>();

  constructor(
    private readonly options: ChurnOptions,
    private readonly errors: ErrorTally,
    private readonly environment: Environment,
  ) {}

  /** Lets people come and stay for so long, and waits until all have left. */
  async run(milliseconds: number): Promise<void> {
    const { now, signal } = this.environment;
    const start = now();
    const end = start + milliseconds;
    const visits: Promise<void>[] = [];
    const stop = () => this.#under.forEach((one) => one.joined || one.destroy());
    signal.addEventListener("abort", stop);
    while (now() < end && !signal.aborted) {
      const due = 1 + Math.floor((now() - start) / 1000 * this.options.churnPerSecond);
      while (this.tried < due) visits.push(this.#visit(this.tried++, start, end));
      await pause(TICK, signal);
    }
    await Promise.all(visits);
    signal.removeEventListener("abort", stop);
  }

  async #visit(index: number, start: number, end: number): Promise<void> {
    const { target, profile, timeoutSeconds, staySeconds } = this.options;
    const { now, runId, signal } = this.environment;
    const visitor = new Connection({
      ...{ target, profile: PROFILES[profile], timeout: timeoutSeconds * 1000 },
      name: `bench-${runId}-c${index}`,
    });
    this.#under.add(visitor);
    const begin = now();
    visitor.onBreak = ({ code, text }) => this.errors.add("run", code, text, now() - start);
    const failure = await visitor.join();
    if (failure === undefined) {
      this.joins.record((now() - begin) * 1000);
      await pause(Math.max(Math.min(staySeconds * 1000, end - now()), 0), signal);
      await visitor.close();
    } else if (signal.aborted) {
      this.tried--;
    } else {
      this.failed++;
      this.errors.add(failure.phase, failure.code, failure.text, now() - start);
    }
    this.#under.delete(visitor);
  }
}
