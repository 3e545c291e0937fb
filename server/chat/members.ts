import {
  checkName,
  cleanLine,
  MAX_NAME_LENGTH,
  nameKey,
  type ProtocolError,
  protocolError,
  shorten,
} from "../../protocol/mod.ts";
import { LookAlikes } from "../names/confusables.ts";
import { checkNewName, isReserved, newNameFault } from "../names/name_rules.ts";
import type { Result } from "../result.ts";
import type { Accounts, Bans } from "../storage/store.ts";
import type { Member } from "./member.ts";

/** Who is here, by names that are unique by case and by looks. */
export class Members {
  readonly #byKey = new Map<string, Member>();
  readonly #byLook = new LookAlikes<Member>();
  /** Clients that listen without a name. */
  readonly #nameless = new Set<Member>();

  /** @param guard knows the names that are kept for users who are not here. */
  constructor(private readonly guard: Pick<NameGuard, "refusal">) {}

  /** Number of members with a name. */
  get size(): number {
    return this.#byKey.size;
  }

  /** All members, including those without a name. */
  *all(): Generator<Member, void> {
    yield* this.#byKey.values();
    yield* this.#nameless;
  }

  /** The member of that name, however it is written. */
  find(name: string): Member | undefined {
    return this.#byKey.get(nameKey(name));
  }

  /** The members whose names look like a name, or are the same. */
  findLookAlikes(name: string): readonly Member[] {
    return this.#byLook.find(name);
  }

  /** Whether it is this member that has its name here. */
  has(member: Member): boolean {
    return this.#nameless.has(member) || this.#byKey.get(member.key) === member;
  }

  /** The member of that name, or the error that there is none. */
  require(name: string): Result<Member> {
    const member = this.find(name);
    return member === undefined
      ? { error: protocolError("no_such_user", shownName(name)) }
      : { value: member };
  }

  /**
   * Checks whether a name may be taken, and brings it into its normal form.
   *
   * @param self who wants it, if they are here already.
   */
  checkFree(rawName: string, self?: Member): Result<string> {
    return this.#check(rawName, (holder) => holder !== self, self);
  }

  /** The same where a name that only a broken connection holds may be taken from it. */
  checkTakeable(rawName: string, self?: Member): Result<string> {
    const isInTheWay = (holder: Member) => holder !== self && holder.isConnected;
    return this.#check(rawName, isInTheWay, self);
  }

  /**
   * The name, in its normal form, of a client that has shown that it is theirs. It may look like
   * others, be had by others, and be one that could not be taken today.
   *
   * @param owned the name as it is registered.
   */
  ownedName(rawName: string, owned: string): string {
    return checkNewName(rawName).name ?? owned;
  }

  #check(
    rawName: string,
    isInTheWay: (holder: Member) => boolean,
    self: Member | undefined,
  ): Result<string> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    const holder = this.find(name);
    if (holder !== undefined && isInTheWay(holder)) {
      return { error: protocolError("name_taken", name) };
    }
    const double = this.findLookAlikes(name).find(isInTheWay);
    if (double !== undefined) {
      return { error: protocolError("name_looks_like", name, double.name, "online") };
    }
    const error = this.guard.refusal(name, self?.isAuthenticated === true ? self.key : undefined);
    if (error !== undefined) return { error };
    // Last: of a name with a letter of another script, the name that it imitates says more.
    const newFault = newNameFault(name);
    if (newFault !== undefined) return { error: protocolError("name_invalid", newFault) };
    return { value: name };
  }

  /** Adds somebody whose name is free. Called by the hub alone, as the two below. */
  add(member: Member): void {
    if (member.name === "") return void this.#nameless.add(member);
    this.#byKey.set(member.key, member);
    this.#byLook.add(member.name, member);
  }

  /** Takes somebody out who is here. */
  remove(member: Member): void {
    if (this.#nameless.delete(member)) return;
    this.#byKey.delete(member.key);
    this.#byLook.remove(member.name, member);
  }

  /** Gives somebody a name that is free. */
  rename(member: Member, name: string): void {
    this.remove(member);
    member.rename(name);
    this.add(member);
  }
}

/** A name that somebody typed, fit to be shown to them again. */
export function shownName(name: string): string {
  return shorten(cleanLine(name), MAX_NAME_LENGTH);
}

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
