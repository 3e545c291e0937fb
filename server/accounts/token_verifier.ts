import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { addressKey } from "../addresses/network_address.ts";
import type { LoginRefusals } from "../observability/bounded_logs.ts";
import type { Log } from "../observability/log.ts";
import type { Result } from "../result.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import type { Clock } from "../scheduling/clock.ts";
import { ADDRESS_GUESSES } from "../scheduling/token_bucket.ts";
import type { Account, Accounts, ApiToken, ApiTokens } from "../storage/store.ts";
import { isSecretOf, parseApiToken } from "./api_tokens.ts";

/** The parts of the server that a {@link TokenVerifier} uses. */
export interface TokenVerifierParts {
  readonly accounts: Accounts | undefined;
  readonly tokens: ApiTokens | undefined;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly log: Pick<Log, "audit">;
  readonly refusals: LoginRefusals;
}

/**
 * Checks the tokens of programs, and audits wrong ones.
 *
 * Guesses are limited per address, and never delay a right token: its secret has 160 bits, so that no limit
 * has to protect it, and a check is one read and one SHA-256. A token that has expired is no guess.
 */
export class TokenVerifier {
  readonly #guesses = new KeyedBuckets(ADDRESS_GUESSES);

  constructor(private readonly server: TokenVerifierParts) {}

  /**
   * Finds the account of a token.
   *
   * @throws {StorageError} when the disk cannot be read.
   */
  verify(text: string, address: string): Result<Account> {
    const { tokens, clock, log } = this.server;
    const token = this.#find(text);
    if (token === undefined) {
      const seconds = this.#guesses.takeOrWait(addressKey(address), clock.monotonic());
      if (seconds > 0) return this.#refuse(seconds, address);
      log.audit("wrong token", { address });
      return { error: protocolError("invalid_token") };
    }
    const account = this.#accountOf(token);
    if (account === undefined) return { error: protocolError("invalid_token") };
    tokens!.use(token, clock.now());
    return { value: account };
  }

  /**
   * The account of a token that was verified before, if the token still is valid.
   *
   * @throws {StorageError} when the disk cannot be read.
   */
  accountOf(text: string): Account | undefined {
    const token = this.#find(text);
    return token && this.#accountOf(token);
  }

  #find(text: string): ApiToken | undefined {
    const { id, secret } = parseApiToken(text) ?? {};
    const token = id === undefined ? undefined : this.server.tokens?.find(id);
    return token !== undefined && isSecretOf(secret!, token.secretHash) ? token : undefined;
  }

  #accountOf({ accountKey, createdAt, expiresAt }: ApiToken): Account | undefined {
    const { accounts, clock } = this.server;
    const account = accounts?.find(accountKey);
    // While the disk is full, the token of a removed account is still stored.
    const isOfAccount = account !== undefined && createdAt >= Math.round(account.createdAt);
    const hasExpired = expiresAt !== undefined && expiresAt <= clock.now();
    return isOfAccount && !hasExpired ? account : undefined;
  }

  #refuse(seconds: number, address: string): { readonly error: ProtocolError } {
    const error = protocolError("too_many_attempts", seconds, "tokens");
    this.server.refusals.add("login", error.code, address, "");
    return { error };
  }
}
