import { nameKey, type ProtocolError, protocolError } from "../../protocol/mod.ts";
import type { Accounts, Bans } from "../storage/store.ts";
import { isReserved } from "./reserved_names.ts";

/** What the guard needs of the store. */
export interface GuardedStore {
  readonly accounts?: Pick<Accounts, "findLookAlikes">;
  readonly bans: Pick<Bans, "findLookAlikes">;
}

/**
 * Refuses names that pass for others which need not be online: reserved, registered and banned ones.
 *
 * A name that is the same as a registered or banned one is not refused here: its password decides, or
 * the ban.
 */
export class NameGuard {
  /** @param clock its `now()` is in Unix milliseconds. */
  constructor(
    private readonly store: GuardedStore,
    private readonly clock: { now(): number },
  ) {}

  /**
   * Why a name may not be taken.
   *
   * @param ownKey key of the registered name that the client has shown to be theirs: names that look
   * like it are theirs, too.
   */
  refusal(name: string, ownKey?: string): ProtocolError | undefined {
    const key = nameKey(name);
    if (key !== ownKey && isReserved(name)) return protocolError("name_reserved", name);
    const isOther = (kept: { readonly key: string }) => kept.key !== key && kept.key !== ownKey;
    const account = this.store.accounts?.findLookAlikes(name).find(isOther);
    if (account !== undefined) {
      return protocolError("name_looks_like", name, account.name, "registered");
    }
    const ban = this.store.bans.findLookAlikes(name, this.clock.now()).find(isOther);
    return ban && protocolError("name_looks_like", name, ban.key, "banned");
  }
}
