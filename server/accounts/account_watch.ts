import type { Hub } from "../chat/hub.ts";
import type { KnownAddresses } from "./login_throttle.ts";
import type { Log } from "../observability/log.ts";
import type { Member } from "../chat/member.ts";
import type { Operators } from "./operators.ts";
import type { Resumption } from "../chat/resumption.ts";
import type { AccountChange, Accounts } from "../storage/store.ts";

/** What an {@link AccountWatch} keeps up to date. */
export interface AccountWatchServer {
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly operators: Operators;
  readonly knownAddresses: KnownAddresses;
  readonly log: Pick<Log, "audit">;
}

/**
 * Takes over what another process (`hubbub account`) changes while the server runs: members
 * whose account was removed, or has another password, are logged out.
 */
export class AccountWatch {
  constructor(
    private readonly accounts: Accounts | undefined,
    private readonly server: AccountWatchServer,
  ) {}

  /** Looks for changes; called before an account is used. */
  refresh(): void {
    for (const change of this.accounts?.refresh() ?? []) this.#apply(change);
  }

  /** Looks for changes, also after a failure; called every second. */
  tick(): void {
    for (const change of this.accounts?.refresh(true) ?? []) this.#apply(change);
  }

  /**
   * The account with that key is gone: its member is logged out.
   *
   * @param by the member that removed it, who gets no notice.
   */
  removed(key: string, by?: Member): void {
    this.server.knownAddresses.forget(key);
    this.#logOut(key, by);
  }

  #apply({ before, after }: AccountChange): void {
    const { hub, operators, log } = this.server;
    const { key, name } = (after ?? before)!;
    if (after === undefined) {
      log.audit("account removed", { name, by: "administrator" });
      return this.removed(key);
    }
    const isOperator = operators.has(key);
    if (before === undefined) {
      log.audit("account added", { name, operator: isOperator, by: "administrator" });
      return this.#logOut(key);
    }
    if (before.passwordHash !== after.passwordHash) {
      log.audit("password changed", { name, by: "administrator" });
      return this.#logOut(key);
    }
    log.audit("account changed", { name, operator: isOperator, by: "administrator" });
    const member = hub.people.find(name);
    if (member !== undefined) member.isOperator = member.isAuthenticated && isOperator;
  }

  #logOut(key: string, by?: Member): void {
    const { hub, resumption } = this.server;
    resumption.revoke(key);
    const member = hub.people.find(key);
    if (member === undefined || !member.isAuthenticated) return;
    member.isAuthenticated = false;
    member.isOperator = false;
    if (member === by) return;
    hub.tell(member, {
      type: "notice",
      text: `The account ${member.name} was changed: you are not logged in to it any more.`,
    });
  }
}
