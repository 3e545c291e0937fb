import type { InFlightTracker } from "../ledger/in_flight_tracker.ts";
import { sumOfTotals } from "../ledger/ledger_totals.ts";
import type { TrafficMeasurement } from "./measurement.ts";

/** The senders and the messages in flight, for a loop. */
export interface SendingSide {
  /** True when no message that was sent here is in flight. */
  readonly isIdle: boolean;
  /** Records that a sender sends as many messages as it may, up to a number. */
  take(sender: number, most: number): { readonly first: number; readonly count: number };
  /** Records that a sender sends a message that was due at a time; see {@link InFlightTracker.send}. */
  send(sender: number, intended: number, now: number): number | undefined;
  /** Whether a sender is connected, and has a receiver. */
  canSend(sender: number): boolean;
}

/** One group of a load, counted separately. */
export interface TrackedGroup {
  readonly tracker: InFlightTracker;
  /** Number of its connections that send. */
  readonly senders: number;
}

type TrackedMeasurement =
  & Pick<TrafficMeasurement, "messages" | "deliveries" | "order" | "bytes">
  & Pick<TrafficMeasurement, "firstLatencies" | "lastLatencies" | "serviceTimes">;

/** The groups of a load, counted together. Senders are numbered through all groups. */
export class LoadGroups implements SendingSide {
  /** By sender: its group, and its number there. */
  readonly #senders: readonly (readonly [tracker: InFlightTracker, sender: number])[];
  readonly #trackers: readonly InFlightTracker[];

  constructor(groups: readonly TrackedGroup[]) {
    this.#trackers = groups.map(({ tracker }) => tracker);
    this.#senders = groups.flatMap(({ tracker, senders }) =>
      Array.from({ length: senders }, (_, sender) => [tracker, sender] as const)
    );
  }

  get isIdle(): boolean {
    return this.#trackers.every(({ isIdle }) => isIdle);
  }

  /** The same of the messages of all threads. */
  get isAllIdle(): boolean {
    return this.#trackers.every(({ isAllIdle }) => isAllIdle);
  }

  /** Whether no group has a receiver any more. */
  get isDeserted(): boolean {
    return this.#trackers.every(({ isDeserted }) => isDeserted);
  }

  /** Whether all senders have disconnected. */
  get hasLostSenders(): boolean {
    return this.#senders.length > 0 &&
      !this.#senders.some(([tracker, sender]) => tracker.isConnected(sender));
  }

  /** Number of open connections of this thread. */
  get connected(): number {
    return this.#sum(({ connected }) => connected);
  }

  get inFlight(): number {
    return this.#sum(({ inFlight }) => inFlight);
  }

  /** Messages sent. */
  get messages(): number {
    return this.#sum(({ ledger }) => ledger.messages);
  }

  /** Distinct deliveries. */
  get received(): number {
    return this.#sum(({ ledger }) => ledger.received);
  }

  /** Deliveries that are missing while later ones have come in. */
  get missing(): number {
    return this.#sum(({ ledger }) => ledger.missing);
  }

  /** Deliveries that came in after they had expired. */
  get late(): number {
    return this.#sum(({ ledger }) => ledger.late);
  }

  /** Bytes received. */
  get bytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  /** When the last delivery came in, in microseconds; 0 if none did. */
  get lastDelivery(): number {
    return Math.max(0, ...this.#trackers.map(({ lastDelivery }) => lastDelivery));
  }

  /** Deliveries that the server has reported as skipped. */
  get skipped(): number {
    return this.#sum(({ ledger }) => ledger.skipped);
  }

  /** Deliveries that are in flight or lost. */
  get outstanding(): number {
    return this.#sum(({ ledger }) => ledger.outstanding);
  }

  get faults() {
    const sum = { corrupted: 0, duplicated: 0, reordered: 0, misdelivered: 0 };
    for (const { ledger: { faults } } of this.#trackers) {
      for (const fault of Object.keys(sum) as (keyof typeof sum)[]) sum[fault] += faults[fault];
    }
    return sum;
  }

  /** The latencies are recorded by all groups together. */
  measured(): TrackedMeasurement {
    const [{ firstLatencies, lastLatencies, serviceTimes, order }] = this
      .#trackers as [InFlightTracker];
    return {
      messages: this.messages,
      deliveries: sumOfTotals(this.#trackers.map(({ ledger }) => ledger.totals())),
      ...order === undefined ? undefined : { order },
      bytes: this.bytes,
      firstLatencies: firstLatencies.histogram.snapshot(),
      lastLatencies: lastLatencies.histogram.snapshot(),
      serviceTimes: serviceTimes.histogram.snapshot(),
    };
  }

  /** Number of times that other threads have completed messages of this one. */
  get wakes(): number {
    return this.#trackers[0]!.threads.wakes;
  }

  /** Waits until {@link wakes} is greater than this number. */
  async wokenSince(wakes: number): Promise<void> {
    await this.#trackers[0]!.threads.wokenSince(wakes);
  }

  take(sender: number, most: number): { readonly first: number; readonly count: number } {
    const [tracker, index] = this.#senders[sender]!;
    return tracker.take(index, most);
  }

  send(sender: number, intended: number, now: number): number | undefined {
    const [tracker, index] = this.#senders[sender]!;
    return tracker.send(index, intended, now);
  }

  canSend(sender: number): boolean {
    const [tracker, index] = this.#senders[sender]!;
    return tracker.canSend(index);
  }

  /** No longer waits for messages older than that. Returns the number of expired messages. */
  expire(microseconds: number): number {
    return this.#sum((tracker) => tracker.expire(microseconds));
  }

  /** Ends the waits of {@link wokenSince}. */
  endWait(): void {
    for (const tracker of this.#trackers) tracker.threads.endWait();
  }

  /** Reports the progress of the receivers to the other threads. */
  shareFarthest(): void {
    for (const tracker of this.#trackers) tracker.shareFarthest();
  }

  #sum(of: (tracker: InFlightTracker) => number): number {
    let sum = 0;
    for (const tracker of this.#trackers) sum += of(tracker);
    return sum;
  }
}
