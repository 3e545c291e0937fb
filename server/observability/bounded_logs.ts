import type { ErrorCode } from "../../protocol/mod.ts";
import type { Log, LogFields } from "./log.ts";
import type { Metrics, RefusalReason } from "./metrics.ts";

interface Refusals {
  count: number;
  lastAddress: string;
  detail: string | undefined;
}

/**
 * Counts every refused connection in the metrics, and logs one entry per reason and report: refused
 * clients try again, and must not fill the log.
 */
export class RefusalLog {
  readonly #refusals = new Map<RefusalReason, Refusals>();

  constructor(
    private readonly metrics: Pick<Metrics, "refuse">,
    private readonly log: Pick<Log, "warn">,
  ) {}

  /** @param detail logged with the reason; of several refusals, that of the last. */
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

/** Entries of one kind per report; of the others only the number is logged. */
const MAX_LINES = 20;

export type AttemptKind = "login" | "registration";

interface RefusedAttempts {
  readonly request: AttemptKind;
  readonly code: ErrorCode;
  readonly address: string;
  name: string;
  count: number;
}

/**
 * Collects refused logins and registrations for the audit log: one entry per report, kind of request,
 * reason and address, and one entry for all over {@link MAX_LINES}.
 */
export class LoginRefusals {
  readonly #refusals = new Map<string, RefusedAttempts>();
  #others = 0;

  /** @param onRefused called for each refusal. */
  constructor(
    private readonly log: Pick<Log, "audit">,
    private readonly onRefused: (code: ErrorCode) => void = () => {},
  ) {}

  add(request: AttemptKind, code: ErrorCode, address: string, name: string): void {
    this.onRefused(code);
    const key = `${request} ${code} ${address}`;
    const refusals = this.#refusals.get(key);
    if (refusals !== undefined) {
      refusals.count++;
      refusals.name = name;
    } else if (this.#refusals.size < MAX_LINES) {
      this.#refusals.set(key, { request, code, address, name, count: 1 });
    } else this.#others++;
  }

  /** Logs the refusals since the last call; called every second, and at the end. */
  report(): void {
    for (const { request, code, address, name, count } of this.#refusals.values()) {
      this.log.audit(`${request} refused`, { address, reason: code, count, name });
    }
    if (this.#others > 0) this.log.audit("more requests refused", { count: this.#others });
    this.#refusals.clear();
    this.#others = 0;
  }
}

/** A client that has joined; its name is empty if it listens without one. */
export interface JoinedClient {
  readonly name: string;
  readonly listens: boolean;
  readonly room: string;
  readonly address: string;
  readonly kind: string;
  readonly isResumed: boolean;
}

/** Logs joins and leaves: the first {@link MAX_LINES} per second one by one, of the others the number. */
export class PresenceLog {
  #lines = 0;
  #joined = 0;
  #left = 0;

  constructor(private readonly log: Pick<Log, "info">) {}

  joined({ name, listens, room, address, kind, isResumed }: JoinedClient): void {
    const isWritten = this.#write("joined", {
      ...(name === "" ? undefined : { name }),
      ...(listens ? { listening: true } : undefined),
      room,
      address,
      kind,
      ...(isResumed ? { resumed: true } : undefined),
    });
    if (!isWritten) this.#joined++;
  }

  left(name: string, address: string): void {
    if (!this.#write("left", name === "" ? { address } : { name, address })) this.#left++;
  }

  /** Logs the number of the others since the last call; called every second, and at the end. */
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
