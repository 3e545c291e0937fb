import type { KnownAddresses } from "./login_throttle.ts";
import type { Log } from "../observability/log.ts";
import type { Operators } from "./operators.ts";
import type { AccountChange, Accounts } from "../storage/store.ts";

/**
 * Applies the changes that another process (`hubbub account`) makes while the server runs: members
 * whose account was removed, or has another password, are logged out.
 */
export class AccountWatch {
  constructor(
    private readonly accounts: Accounts | undefined,
    private readonly operators: Operators,
    private readonly knownAddresses: KnownAddresses,
    private readonly log: Pick<Log, "audit">,
    private readonly logOut: (key: string, isNotified?: boolean) => void,
    private readonly setOperator: (key: string) => void,
  ) {}

  /** Applies the changes; called before an account is used. */
  refresh(): void {
    for (const change of this.accounts?.refresh() ?? []) this.#apply(change);
  }

  /** Applies the changes, also after a failure; called every second. */
  tick(): void {
    for (const change of this.accounts?.refresh(true) ?? []) this.#apply(change);
  }

  /**
   * Logs out the member of an account that was removed.
   *
   * @param isNotified whether the member gets a notice; default true.
   */
  removed(key: string, isNotified?: boolean): void {
    this.knownAddresses.forget(key);
    this.logOut(key, isNotified);
  }

  #apply({ before, after }: AccountChange): void {
    const { operators, log } = this;
    const { key, name } = (after ?? before)!;
    if (after === undefined) {
      log.audit("account removed", { name, by: "administrator" });
      return this.removed(key);
    }
    const isOperator = operators.has(key);
    if (before === undefined) {
      log.audit("account added", { name, operator: isOperator, by: "administrator" });
      return this.logOut(key);
    }
    if (before.passwordHash !== after.passwordHash) {
      log.audit("password changed", { name, by: "administrator" });
      return this.logOut(key);
    }
    log.audit("account changed", { name, operator: isOperator, by: "administrator" });
    this.setOperator(key);
  }
}
