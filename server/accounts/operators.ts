import { nameKey } from "../../protocol/mod.ts";
import type { Accounts } from "../storage/store.ts";

/** The options name an operator without an account. */
export class OperatorError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "OperatorError";
  /** Stable, for callers that receive only the fields of an error. */
  readonly code = "ERR_OPERATOR_WITHOUT_ACCOUNT";

  /**
   * Makes an error with the remedy.
   *
   * @param operator the name without an account.
   * @param data the data folder; `null` without one.
   */
  constructor(readonly operator: string, data: string | null) {
    super(
      `Cannot make ${operator} an operator: ` +
        (data === null
          ? "operators need accounts, and accounts need a data folder. Give one with --data DIR."
          : `there is no such account. Add it with: hubbub account add ${operator} --data ${data} ` +
            "--operator"),
    );
  }
}

/**
 * The operators: the accounts that the administrator of the machine marked as such (`hubbub account
 * add --operator`), and those that the options name. A member is an operator only after the password.
 */
export class Operators {
  #named: ReadonlySet<string>;

  constructor(private readonly accounts: Accounts | undefined, names: readonly string[] = []) {
    this.#named = new Set(names.map(nameKey));
  }

  /**
   * Replaces the names of the options.
   *
   * @returns the keys that were added or removed.
   */
  rename(names: readonly string[]): string[] {
    const before = this.#named;
    this.#named = new Set(names.map(nameKey));
    return [...before.symmetricDifference(this.#named)];
  }

  /** Whether the server has operators at all. */
  get any(): boolean {
    return this.#named.size > 0 || this.accounts?.hasOperators === true;
  }

  /** Whether the account with this key exists and is an operator. */
  has(key: string): boolean {
    const account = this.accounts?.find(key);
    return account !== undefined && (account.isOperator || this.#named.has(key));
  }

  /** Whether the options contain the name with this key, which may have no account any more. */
  isReserved(key: string): boolean {
    return this.#named.has(key);
  }
}

/**
 * Checks that each operator of the options has an account.
 *
 * @throws {OperatorError} for the first one without.
 */
export function checkOperators(
  names: readonly string[],
  accounts: Accounts | undefined,
  data: string | null,
): void {
  for (const name of names) {
    if (accounts?.find(nameKey(name)) === undefined) throw new OperatorError(name, data);
  }
}
