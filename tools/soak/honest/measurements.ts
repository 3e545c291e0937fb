import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import type { Latencies } from "../messages.ts";

/** Counts of the messages between honest clients. */
export interface LedgerSummary {
  readonly sent: number;
  /** Acknowledged by the server, which sends no acknowledgement of a message to text clients. */
  readonly acknowledged: number;
  /** Arrived, once for each receiver. */
  readonly delivered: number;
  /** Expected and did not arrive, once for each receiver. */
  readonly lost: number;
  readonly doubled: number;
  /** Arrived after a later one of the same sender. */
  readonly reordered: number;
}

/** Messages of one sender to one receiver, in the room or as whispers. */
interface Stream {
  expected: number;
  highest: number;
  readonly missing: Set<number>;
}

/**
 * Compares sent messages with arrived ones, number by number.
 *
 * Every sender numbers its messages from 1 in every lane (the room, or whispers to one user); each
 * receiver must get all of them once and in order.
 */
export class DeliveryLedger {
  readonly #streams = new Map<string, Stream>();
  #sent = 0;
  #acknowledged = 0;
  #delivered = 0;
  #doubled = 0;
  #reordered = 0;

  /** Records the next message of a sender. */
  sent(lane: string, sender: string, receivers: readonly string[]): void {
    this.#sent++;
    for (const receiver of receivers) this.#stream(lane, sender, receiver).expected++;
  }

  acknowledged(): void {
    this.#acknowledged++;
  }

  /** Records that message `number` of a sender has arrived. */
  arrived(lane: string, sender: string, receiver: string, number: number): void {
    const stream = this.#stream(lane, sender, receiver);
    if (number > stream.highest) {
      for (let gap = stream.highest + 1; gap < number; gap++) stream.missing.add(gap);
      stream.highest = number;
      this.#delivered++;
    } else if (stream.missing.delete(number)) {
      this.#delivered++;
      this.#reordered++;
    } else this.#doubled++;
  }

  /** Messages in flight; at the end of a run, lost ones. */
  get outstanding(): number {
    let count = 0;
    for (const { expected, highest, missing } of this.#streams.values()) {
      count += Math.max(0, expected - highest) + missing.size;
    }
    return count;
  }

  summary(): LedgerSummary {
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      delivered: this.#delivered,
      lost: this.outstanding,
      doubled: this.#doubled,
      reordered: this.#reordered,
    };
  }

  #stream(lane: string, sender: string, receiver: string): Stream {
    const key = `${lane} ${sender} ${receiver}`;
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = { expected: 0, highest: 0, missing: new Set() };
      this.#streams.set(key, stream);
    }
    return stream;
  }
}

/** Latencies of a whole run, and of its part since the last report. */
export class LatencyRecorder {
  readonly #all = new LatencyHistogram();
  #part = new LatencyHistogram();

  record(milliseconds: number): void {
    this.#part.record(milliseconds * 1000);
  }

  /** The latencies since the last call. */
  takePart(): Latencies {
    const latencies = latenciesOf(this.#part);
    this.#all.take(this.#part);
    return latencies;
  }

  /** The latencies since the start, or since {@link restart}. */
  whole(): Latencies {
    this.#all.take(this.#part);
    return latenciesOf(this.#all);
  }

  restart(): void {
    this.#all.take(this.#part);
    new LatencyHistogram().take(this.#all);
  }
}

function latenciesOf(histogram: LatencyHistogram): Latencies {
  const milliseconds = (microseconds: number | null) =>
    microseconds === null ? null : microseconds / 1000;
  return {
    p50: milliseconds(histogram.percentile(50)),
    p99: milliseconds(histogram.percentile(99)),
    max: milliseconds(histogram.percentile(100)),
    count: histogram.count,
  };
}
