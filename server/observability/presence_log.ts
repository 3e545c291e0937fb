import type { Log, LogFields } from "./log.ts";

/** Joins and leaves that are logged one by one between two reports. */
const MAX_LINES = 20;

/**
 * Logs who joins and leaves: the first {@link MAX_LINES} a second one by one, of the others the
 * number.
 */
export class PresenceLog {
  #lines = 0;
  #joined = 0;
  #left = 0;

  constructor(private readonly log: Pick<Log, "info">) {}

  joined(fields: LogFields): void {
    if (!this.#write("joined", fields)) this.#joined++;
  }

  left(fields: LogFields): void {
    if (!this.#write("left", fields)) this.#left++;
  }

  /** Logs how many more there were since the last call; called every second, and at the end. */
  report(): void {
    if (this.#joined + this.#left > 0) {
      this.log.info("more joined and left", { joined: this.#joined, left: this.#left });
    }
    this.#lines = 0;
    this.#joined = 0;
    this.#left = 0;
  }

  #write(event: string, fields: LogFields): boolean {
    if (this.#lines >= MAX_LINES) return false;
    this.#lines++;
    this.log.info(event, fields);
    return true;
  }
}
