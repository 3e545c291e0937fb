import { Bench } from "tinybench";
import type { Connection } from "../load/connection.ts";
import { DeliveryScanner } from "../ledger/delivery_scanner.ts";
import { ErrorTally } from "../load/error_tally.ts";
import { GeneratorHealth } from "../load/generator_health.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { PayloadCodec } from "../ledger/payload_codec.ts";
import { PROFILES } from "../profiles/mod.ts";
import { ScannedChunks } from "../ledger/scanned_chunks.ts";
import type { Environment } from "./scenario.ts";
import { longestOf, type Timing, timingOf } from "./timing.ts";
import {
  deliveryFailures,
  gathered,
  joinFailures,
  type ServerTrialResult,
  type TrialOptions,
} from "./trial.ts";

/** How often progress is told, in milliseconds. */
const PROGRESS_TICK = 1000;

/** What to measure. */
export interface RoundsOptions extends TrialOptions {
  /** How many receive, beside the one who sends; one task each. */
  readonly sizes: readonly number[];
  /** How long each task is measured. */
  readonly secondsPerSize: number;
  /** Length of a message's text. */
  readonly payloadBytes: number;
}

/** One crowd. */
export interface SizeResult {
  /** How many received, beside the one who sent. */
  readonly receivers: number;
  /** Microseconds a round, of tinybench; `null` where none was measured. */
  readonly roundMicroseconds: Timing | null;
  /** What became of the messages at the receivers. */
  readonly deliveries: LedgerTotals;
}

/** What was found. As JSON it is what `--json` prints. */
export interface RoundsResult extends ServerTrialResult {
  /** Tells this result from that of another trial. */
  readonly scenario: "rounds";
  /** One crowd each, as far as it came. */
  readonly sizes: readonly SizeResult[];
}

/**
 * How long one message takes until the last receiver has it, for each size of the crowd.
 *
 * An iteration of tinybench is one whole round; the next begins when it has ended, so there is never
 * more than one message under way.
 */
export async function rounds(
  options: RoundsOptions,
  environment: Environment,
): Promise<RoundsResult> {
  const { sizes, secondsPerSize, target, profile } = options;
  const { signal, now, onProgress, onTraffic } = environment;
  const start = now();
  const errors = new ErrorTally();
  const found: SizeResult[] = [];
  const failures: string[] = [];
  let connections = 0;
  let joined = 0;
  for (const receivers of sizes) {
    if (signal.aborted) break;
    const crowd = await gathered(receivers + 1, `${receivers}-`, options, errors, environment);
    connections += receivers + 1;
    joined += crowd.members.length;
    if (crowd.members.length <= receivers) {
      await crowd.close();
      // Whoever refuses a small crowd refuses a larger one.
      break;
    }
    const round = new Round(crowd.members, errors, options, environment);
    let before = 0;
    const bench = new Bench({
      ...{ signal, time: secondsPerSize * 1000, iterations: 10, warmupIterations: 5 },
      warmupTime: Math.min(secondsPerSize * 100, 250),
    });
    const timer = setInterval(() => {
      const { messages, received } = round.ledger;
      onProgress({
        ...{ stage: "running", fraction: found.length / sizes.length },
        ...{ elapsedSeconds: (now() - start) / 1000, joined, connections, messages },
        ...{ deliveries: received, deliveriesPerSecond: received - before },
      });
      before = received;
    }, PROGRESS_TICK);
    bench.add(`${receivers}`, () => round.once(), { async: true });
    const begin = now();
    const health = new GeneratorHealth(now);
    const [task] = await bench.run();
    const seconds = (now() - begin) / 1000;
    health.stop();
    await round.settle();
    clearInterval(timer);
    const deliveries = round.ledger.totals();
    const timing = timingOf(task!, 1000);
    onTraffic?.({
      ...{ rate: null, senders: 1, messages: round.ledger.messages, seconds },
      ...{ leftInFlight: 0, waitSeconds: 0, slip: undefined },
      lost: signal.aborted ? 0 : deliveries.lost,
      generator: health.measured(),
      latency: timing === null ? null : { p50: timing.p50, max: longestOf(task!, 1000) },
    });
    found.push({ receivers, roundMicroseconds: timing, deliveries });
    const faults = deliveryFailures(deliveries).map((fault) => `Of ${receivers}: ${fault}`);
    if (task!.result.state === "errored") {
      faults.push(`Of ${receivers}: ${task!.result.error.message}.`);
    }
    failures.push(...(signal.aborted ? [] : faults));
    await crowd.close();
  }
  const list = errors.list();
  return {
    ...{ scenario: "rounds", profile, target, connections, joined, sizes: found, errors: list },
    failures: [
      ...(signal.aborted ? [] : joinFailures(target, connections, joined, list)),
      ...failures,
    ],
    interrupted: signal.aborted,
  };
}

/** One sender, and receivers that wait for its next message. */
class Round {
  readonly ledger: Ledger;
  readonly #mark: PayloadCodec;
  readonly #members: readonly Connection[];
  readonly #options: RoundsOptions;
  readonly #environment: Environment;
  #missing = 0;
  #done: PromiseWithResolvers<void> | undefined;
  #broken: string | undefined;

  constructor(
    members: readonly Connection[],
    errors: ErrorTally,
    options: RoundsOptions,
    environment: Environment,
  ) {
    this.#members = members;
    this.#options = options;
    this.#environment = environment;
    this.ledger = new Ledger(members.length, 1);
    this.#mark = new PayloadCodec(environment.runId, options.payloadBytes);
    const { echoes } = PROFILES[options.profile];
    const start = environment.now();
    const sink = {
      deliver: (receiver: number, sender: number, first: number, count: number) => {
        if (receiver === 0 && echoes) return;
        for (let sequence = first; sequence < first + count; sequence++) {
          if (this.ledger.record(receiver, sender, sequence) > 0) this.#pass();
        }
      },
      corrupt: (receiver: number, sender: number, sequence: number) => {
        if (receiver === 0 && echoes) return;
        if (this.ledger.corrupt(receiver, sender, sequence)) this.#pass();
      },
    };
    const chunks = new ScannedChunks();
    members.forEach((member, index) => {
      const scanner = new DeliveryScanner(this.#mark, index, sink, chunks);
      member.onData = (chunk) => {
        scanner.push(chunk);
        for (const { code, text, skipped } of member.answer(chunk.toString("latin1")) ?? []) {
          if (skipped !== undefined) this.ledger.skip(skipped);
          else errors.add("run", code, text, environment.now() - start);
        }
      };
      member.onBreak = ({ code, text }) => {
        errors.add("run", code, text, environment.now() - start);
        this.ledger.loseReceiver(index);
        if (index === 0) this.ledger.loseSender(0);
        this.#broken = `a connection broke: ${text}`;
        this.#done?.reject(new Error(this.#broken));
      };
    });
  }

  /** Sends one message and waits until the last receiver has it. */
  async once(): Promise<void> {
    if (this.#broken !== undefined) throw new Error(this.#broken);
    const { signal } = this.#environment;
    if (signal.aborted) return;
    const { timeoutSeconds, profile } = this.#options;
    const done = Promise.withResolvers<void>();
    this.#done = done;
    this.#missing = this.#members.length - 1;
    const timer = setTimeout(() => {
      done.reject(new Error(`a message had not come to everybody after ${timeoutSeconds} s`));
    }, timeoutSeconds * 1000);
    const stop = () => done.resolve();
    signal.addEventListener("abort", stop);
    const payload = this.#mark.payload(0, this.ledger.send(0));
    this.#members[0]!.write(PROFILES[profile].message(payload));
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      this.#done = undefined;
    }
  }

  /** Waits a little for what may have been doubled. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#environment.drain.settle));
  }

  #pass(): void {
    if (--this.#missing === 0) this.#done?.resolve();
  }
}
