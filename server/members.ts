import {
  checkName,
  cleanLine,
  MAX_NAME_LENGTH,
  nameKey,
  nameSkeleton,
  protocolError,
  shorten,
} from "../protocol/mod.ts";
import type { Member } from "./member.ts";
import type { Result } from "./result.ts";

/** Who is here, by names that are unique by case and by looks. */
export class Members {
  readonly #byKey = new Map<string, Member>();
  readonly #byLooks = new Map<string, Member>();

  /** How many people are here. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Everybody who is here. */
  all(): IterableIterator<Member> {
    return this.#byKey.values();
  }

  /** The member of that name, however it is written. */
  find(name: string): Member | undefined {
    return this.#byKey.get(nameKey(name));
  }

  /** Whoever has a name that looks the same. */
  findLookAlike(name: string): Member | undefined {
    return this.#byLooks.get(nameSkeleton(name));
  }

  /** Whether it is this member that has its name here. */
  has(member: Member): boolean {
    return this.#byKey.get(member.key) === member;
  }

  /** The member of that name, or the error that there is none. */
  require(name: string): Result<Member> {
    const member = this.find(name);
    return member === undefined
      ? { error: protocolError("no_such_user", shownName(name)) }
      : { value: member };
  }

  /**
   * Checks whether somebody may take a name, and brings it into its normal form.
   *
   * @param self who wants it, if they are here already.
   */
  checkFree(rawName: string, self?: Member): Result<string> {
    return this.#check(rawName, (holder) => holder !== self);
  }

  /** The same where a name that only a broken connection holds may be taken from it. */
  checkTakeable(rawName: string, self?: Member): Result<string> {
    return this.#check(rawName, (holder) => holder !== self && holder.isConnected);
  }

  /** The same for whoever has shown that the name is theirs: nobody keeps them out by one that looks
   * like it. */
  checkOwned(rawName: string): Result<string> {
    return this.#check(rawName, (holder) => holder.isConnected, false);
  }

  #check(
    rawName: string,
    isInTheWay: (holder: Member) => boolean,
    isByLooks = true,
  ): Result<string> {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    const holder = this.find(name);
    if (holder !== undefined && isInTheWay(holder)) {
      return { error: protocolError("name_taken", name) };
    }
    const double = this.findLookAlike(name);
    if (isByLooks && double !== undefined && isInTheWay(double)) {
      return { error: protocolError("name_looks_like", name, double.name) };
    }
    return { value: name };
  }

  /** Adds somebody whose name is free. Called by the hub alone, as the two below. */
  add(member: Member): void {
    this.#byKey.set(member.key, member);
    this.#byLooks.set(nameSkeleton(member.name), member);
  }

  /** Takes somebody out who is here. */
  remove(member: Member): void {
    this.#byKey.delete(member.key);
    const looks = nameSkeleton(member.name);
    if (this.#byLooks.get(looks) === member) this.#byLooks.delete(looks);
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
