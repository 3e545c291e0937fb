import type { ErrorCode } from "../../protocol/mod.ts";
import type { Log } from "../observability/log.ts";

/** Refusals that are written as lines of their own in one report. */
const MAX_LINES = 20;

/** What was refused. */
export type RefusedRequest = "login" | "registration";

/** Refusals for one reason from one address since the last report. */
interface Refusals {
  readonly request: RefusedRequest;
  readonly code: ErrorCode;
  readonly address: string;
  /** The name that was given last. */
  name: string;
  count: number;
}

/**
 * Collects refused logins and registrations for the audit log: one line per report, kind of request,
 * reason and address, and one line for all that are over {@link MAX_LINES}. Strangers cannot fill the
 * log.
 */
export class LoginRefusals {
  readonly #refusals = new Map<string, Refusals>();
  #others = 0;

  /** @param onRefused counts each. */
  constructor(
    private readonly log: Pick<Log, "audit">,
    private readonly onRefused: (code: ErrorCode) => void = () => {},
  ) {}

  /** Adds a refusal. */
  add(request: RefusedRequest, code: ErrorCode, address: string, name: string): void {
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

  /** Logs what was refused since the last call; called every second, and at the end. */
  report(): void {
    for (const { request, code, address, name, count } of this.#refusals.values()) {
      this.log.audit(`${request} refused`, { address, reason: code, count, name });
    }
    if (this.#others > 0) this.log.audit("more requests refused", { count: this.#others });
    this.#refusals.clear();
    this.#others = 0;
  }
}
