import { type ErrorCode, type ProtocolError, protocolError } from "../protocol/mod.ts";
import { AddressLimit } from "./address_limit.ts";
import type { Log } from "./log.ts";

/** How many may be here. */
export interface AdmissionLimits {
  readonly maxClients: number;
  /** From one address; 0 for no limit. */
  readonly maxPerAddress: number;
}

/** Who was refused for one reason since the last report. */
interface Refused {
  count: number;
  lastAddress: string;
}

/**
 * Gives out the places for clients, and tells the log who got none: once a report and reason, since
 * whoever is refused tries again, and a log that a stranger can fill is none.
 */
export class Admission {
  readonly #addresses: AddressLimit;
  readonly #maxClients: number;
  readonly #refused = new Map<ErrorCode, Refused>();
  #online = 0;

  constructor(
    { maxClients, maxPerAddress }: AdmissionLimits,
    private readonly log: Pick<Log, "warn">,
    private readonly onRefused: (code: ErrorCode) => void = () => {},
  ) {
    this.#maxClients = maxClients;
    this.#addresses = new AddressLimit(maxPerAddress);
  }

  /** Clients that have a place. */
  get online(): number {
    return this.#online;
  }

  /** Takes a place for a client, or says why there is none. */
  enter(address: string): ProtocolError | undefined {
    if (this.#online >= this.#maxClients) {
      return this.#refuse(address, protocolError("server_full", this.#online, this.#maxClients));
    }
    if (!this.#addresses.enter(address)) {
      return this.#refuse(address, protocolError("too_many_from_address", this.#addresses.limit));
    }
    this.#online++;
    return undefined;
  }

  /** Gives back the place of a client that {@link enter} let in. */
  leave(address: string): void {
    this.#online--;
    this.#addresses.leave(address);
  }

  /** Logs who was refused since the last call; called every second, and at the end. */
  report(): void {
    for (const [code, { count, lastAddress }] of this.#refused) {
      this.log.warn("clients refused", { reason: code, count, address: lastAddress });
    }
    this.#refused.clear();
  }

  #refuse(address: string, error: ProtocolError): ProtocolError {
    const { count } = this.#refused.get(error.code) ?? { count: 0 };
    this.#refused.set(error.code, { count: count + 1, lastAddress: address });
    this.onRefused(error.code);
    return error;
  }
}
