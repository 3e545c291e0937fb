import type { Log } from "./log.ts";
import type { Metrics, RefusalReason } from "./metrics.ts";

/** Refusals for one reason since the last report. */
interface Refusals {
  count: number;
  lastAddress: string;
  detail: string | undefined;
}

/**
 * Counts every refused connection in the metrics, and logs the refusals at a bounded rate: one entry
 * for each reason in a report. Refused clients try again, and a log that a stranger can fill is of no
 * use.
 */
export class RefusalLog {
  readonly #refusals = new Map<RefusalReason, Refusals>();

  constructor(
    private readonly metrics: Pick<Metrics, "refuse">,
    private readonly log: Pick<Log, "warn">,
  ) {}

  /**
   * Counts one refusal.
   *
   * @param detail shown with the reason: of the last refusal, where there are several.
   */
  add(reason: RefusalReason, address: string, detail?: string): void {
    this.metrics.refuse(reason);
    const { count } = this.#refusals.get(reason) ?? { count: 0 };
    this.#refusals.set(reason, { count: count + 1, lastAddress: address, detail });
  }

  /** Logs the refusals since the last report; called every second, and at the end. */
  report(): void {
    for (const [reason, { count, lastAddress, detail }] of this.#refusals) {
      this.log.warn("clients refused", {
        reason,
        count,
        address: lastAddress,
        ...(detail === undefined ? undefined : { detail }),
      });
    }
    this.#refusals.clear();
  }
}
