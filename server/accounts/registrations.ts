import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import type { Result } from "../result.ts";
import type { Accounts } from "../storage/store.ts";
import { perHour } from "../scheduling/token_bucket.ts";

const MAX_PASSWORD_CHANGES_PER_HOUR = 5;

/** Maximum numbers of registered names. */
export interface RegistrationLimits {
  readonly maxAccounts: number;
  /** From one address key per hour; 0 for no limit. */
  readonly registrationsPerHour: number;
}

/** The member that registers a name. */
export interface Registrant {
  readonly key: string;
  /** Key of the name that the member's session has registered, if any. */
  readonly registeredKey: string | undefined;
  readonly addressKey: string;
}

/** A registration, or a change of a password, that is admitted and counted. */
export interface Registration {
  /** Takes it from the count, because it failed. */
  withdraw(): void;
}

/**
 * Limits registrations, since each costs a hash and an account: in total, per address and hour,
 * and to one name per session. Changes of the password are limited per account and hour.
 */
export class Registrations {
  #perAddress = 0;
  #byAddress: KeyedBuckets | undefined;
  readonly #changes = new KeyedBuckets(perHour(MAX_PASSWORD_CHANGES_PER_HOUR));

  constructor(
    private readonly accounts: Accounts,
    private readonly limits: RegistrationLimits,
  ) {
    this.limitAddresses(limits.registrationsPerHour);
  }

  /** Sets the maximum per address and hour; 0 for no limit. Another one than before counts anew. */
  limitAddresses(perAddressAndHour: number): void {
    if (perAddressAndHour === this.#perAddress) return;
    this.#perAddress = perAddressAndHour;
    this.#byAddress = perAddressAndHour === 0
      ? undefined
      : new KeyedBuckets(perHour(perAddressAndHour));
  }

  /**
   * Counts a registration of the member's name, or a change of its password.
   *
   * @param now monotonic milliseconds.
   */
  begin(member: Registrant, now: number): Result<Registration> {
    const { key } = member;
    if (this.accounts.find(key) !== undefined) return take(this.#changes, key, now);
    const { registeredKey = key } = member;
    if (registeredKey !== key) return { error: protocolError("already_registered_name") };
    const full = this.checkTotal();
    if (full !== undefined) return { error: full };
    if (this.#byAddress === undefined) return { value: { withdraw: () => {} } };
    return take(this.#byAddress, member.addressKey, now);
  }

  /** The error of a registration when the maximum of accounts is reached. */
  checkTotal(): ProtocolError | undefined {
    const { maxAccounts } = this.limits;
    return this.accounts.size < maxAccounts
      ? undefined
      : protocolError("too_many_accounts", maxAccounts);
  }
}

function take(buckets: KeyedBuckets, key: string, now: number): Result<Registration> {
  const seconds = buckets.takeOrWait(key, now);
  if (seconds > 0) return { error: protocolError("too_many_registrations", seconds) };
  return { value: { withdraw: () => buckets.refundToken(key) } };
}
