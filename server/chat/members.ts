import { checkName, nameKey, type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { LookAlikes } from "../names/confusables.ts";
import { checkNewName, isReserved, newNameFault, shownName } from "../names/name_rules.ts";
import type { Result } from "../result.ts";
import type { Store } from "../storage/store.ts";
import type { Member } from "./member.ts";
import { NameWatch } from "./name_watch.ts";

/** The members of the chat, by names that are unique without regard to case and look. */
export class Members {
  readonly #byKey = new Map<string, Member>();
  readonly #byLook = new LookAlikes<Member>();
  /** Clients that listen without a name. */
  readonly #nameless = new Set<Member>();

  /** Reports which names come online and go. */
  readonly watch = new NameWatch();

  /** @param guard refuses names that belong to users who may be offline. */
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

  /** The member with this name, in any case. */
  find(name: string): Member | undefined {
    return this.#byKey.get(nameKey(name));
  }

  /** The members whose names look like a name, or are equal to it. */
  findLookAlikes(name: string): readonly Member[] {
    return this.#byLook.find(name);
  }

  /** Whether this object is a member; false after the member has left. */
  has(member: Member): boolean {
    return this.#nameless.has(member) || this.#byKey.get(member.key) === member;
  }

  /** The member with this name, or the error `no_such_user`. */
  require(name: string): Result<Member> {
    const member = this.find(name);
    return member === undefined
      ? { error: protocolError("no_such_user", shownName(name)) }
      : { value: member };
  }

  /**
   * Checks whether a name is valid and free, and converts it to its normal form.
   *
   * @param self the member that is renamed, if it has joined already.
   */
  checkFree(rawName: string, self?: Member): Result<string> {
    return this.#check(rawName, (holder) => holder !== self, self);
  }

  /** Like {@link checkFree}, but a name of a member without a connection is free. */
  checkTakeable(rawName: string, self?: Member): Result<string> {
    const isInTheWay = (holder: Member) => holder !== self && holder.isConnected;
    return this.#check(rawName, isInTheWay, self);
  }

  /**
   * The normal form of a name whose password the client has sent. It may look like other names, be
   * taken, and be one that today's rules refuse.
   *
   * @param owned the name in the case of its registration.
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
    // Last: for a name with a letter of another script, the imitated name is the better error.
    const newFault = newNameFault(name);
    if (newFault !== undefined) return { error: protocolError("name_invalid", newFault) };
    return { value: name };
  }

  /** Adds a member whose name is free. Called by the hub only, like the two below. */
  add(member: Member): void {
    if (member.name === "") return void this.#nameless.add(member);
    this.#byKey.set(member.key, member);
    this.#byLook.add(member.name, member);
    this.watch.changed(member.name, true);
  }

  remove(member: Member): void {
    if (this.#nameless.delete(member)) return;
    this.#byKey.delete(member.key);
    this.#byLook.remove(member.name, member);
    this.watch.changed(member.name, false);
  }

  rename(member: Member, name: string): void {
    this.remove(member);
    member.rename(name);
    this.add(member);
  }
}

/**
 * Refuses names that pass for reserved, registered and banned ones, whose users need not be online.
 *
 * A name that is equal to a registered or banned one is not refused here: its password or the ban
 * decides.
 */
export class NameGuard {
  constructor(
    private readonly store: Pick<Store, "accounts" | "bans">,
    private readonly clock: { now(): number },
  ) {}

  /**
   * The error of a refused name.
   *
   * @param ownKey key of the registered name whose password the client has sent: the client may also
   * use names that look like it.
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
