import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import type { LoginThrottle } from "./login_throttle.ts";
import type { Log, LogFields } from "../observability/log.ts";
import type { LoginRefusals } from "../observability/bounded_logs.ts";
import { normalizeSecret, type PasswordWork } from "./password.ts";
import { isSameSecret } from "../secrets.ts";
import type { Account, Accounts } from "../storage/store.ts";

/** The parts of the server that a {@link PasswordVerifier} uses. */
export interface PasswordVerifierParts {
  readonly throttle: LoginThrottle;
  readonly accounts: Accounts | undefined;
  readonly serverPassword: string | undefined;
  /** Whether a password is right; `undefined` when too many checks are waiting. */
  checkPassword(
    password: string,
    hash: string,
    work: Exclude<PasswordWork, "registration">,
  ): Promise<boolean | undefined>;
  readonly log: Pick<Log, "audit">;
  readonly refusals: LoginRefusals;
  readonly metrics: { wrongPasswords: number };
  /** Monotonic milliseconds. */
  monotonic(): number;
}

/** Checks passwords, within the limits of the {@link LoginThrottle}, and audits wrong ones. */
export class PasswordVerifier {
  constructor(private readonly server: PasswordVerifierParts) {}

  get hasServerPassword(): boolean {
    return this.server.serverPassword !== undefined;
  }

  /** Adds an address from which the password of an account was set. */
  remember(account: string, address: string): void {
    this.server.throttle.remember(account, address);
  }

  /**
   * Checks the password of an account.
   *
   * @returns an error if it is not checked, else a promise of the error that it is wrong, or of
   * `undefined` if it is right.
   */
  verify(
    account: Account,
    password: string,
    address: string,
  ): ProtocolError | Promise<ProtocolError | undefined> {
    const { name } = account;
    const { throttle } = this.server;
    const { attempt, retrySeconds } = throttle.begin(account.key, address, this.server.monotonic());
    if (attempt === undefined) return this.#refuse(retrySeconds, address, name);
    const work = attempt.isKnown ? "known login" : "login";
    return this.server.checkPassword(password, account.passwordHash, work).then((isRight) => {
      if (isRight === undefined) {
        attempt.withdraw();
        this.server.refusals.add("login", "too_busy", address, name);
        return protocolError("too_busy");
      }
      // Meanwhile the account may have been removed, or its password changed.
      const isSame = this.server.accounts?.find(account.key)?.passwordHash === account.passwordHash;
      if (isRight && isSame) {
        attempt.succeed();
        return undefined;
      }
      this.#wrong("wrong password", { address, name });
      return protocolError("wrong_password");
    });
  }

  /**
   * Checks the password of the server, if any. The name that came with a wrong one is not logged: a
   * user may have typed the two in the wrong order.
   */
  verifyServer(password: string | undefined, address: string): ProtocolError | undefined {
    const { serverPassword, throttle } = this.server;
    if (serverPassword === undefined) return undefined;
    if (password === undefined) return protocolError("server_password_wrong", false);
    const { attempt, retrySeconds } = throttle.beginServer(address, this.server.monotonic());
    if (attempt === undefined) return this.#refuse(retrySeconds, address, "");
    if (isEqual(password, serverPassword)) {
      attempt.succeed();
      return undefined;
    }
    this.#wrong("wrong server password", { address });
    return protocolError("server_password_wrong", true);
  }

  #wrong(event: string, fields: LogFields): void {
    this.server.metrics.wrongPasswords++;
    this.server.log.audit(event, fields);
  }

  #refuse(retrySeconds: number, address: string, name: string): ProtocolError {
    const error = protocolError("too_many_attempts", retrySeconds);
    this.server.refusals.add("login", error.code, address, name);
    return error;
  }
}

/** Whether a password is that of the server, in any form of Unicode. */
function isEqual(given: string, expected: string): boolean {
  const normalized = normalizeSecret(given);
  return normalized !== undefined && isSameSecret(normalized, expected.normalize("NFKC"));
}
