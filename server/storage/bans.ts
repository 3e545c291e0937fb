import type { DatabaseSync, StatementSync } from "node:sqlite";
import { nameKey } from "../../protocol/mod.ts";
import {
  addressKeyRange,
  type AddressRange,
  AddressRangeMap,
  withoutPort,
} from "../addresses/network_address.ts";
import { LookAlikes } from "../names/confusables.ts";
import type { Rows, SqliteRows } from "./rows.ts";

/** A ban on a name, an address or a range of addresses. */
export interface Ban {
  /** The kind of target. */
  readonly kind: "name" | "address";
  /** The key of the name, or the address or range in its canonical text. */
  readonly key: string;
  /** Unix milliseconds; absent if it never expires. */
  readonly until?: number;
  /** Name of the operator. */
  readonly by: string;
  /** In the operator's words. */
  readonly reason?: string;
}

export type BanTarget =
  | { readonly kind: "name"; readonly key: string; readonly range?: undefined }
  | { readonly kind: "address"; readonly key: string; readonly range: AddressRange };

/** Parses the target of a ban: an address or range in any notation, also with a port as in logs, or
 * else a name. */
export function banTargetOf(target: string): BanTarget {
  const range = addressKeyRange(withoutPort(target));
  return range === undefined
    ? { kind: "name", key: nameKey(target) }
    : { kind: "address", key: range.text, range };
}

/** The bans, in rows of their {@link banKey}, with indexes by address range and by look-alike name. */
export class Bans {
  readonly #addresses = new AddressRangeMap<Ban>();
  /** Keys of banned names. */
  readonly #byLook = new LookAlikes<string>();

  /** @param removedElsewhere returns the keys of rows that another process has removed. */
  constructor(
    private readonly rows: Rows<Ban>,
    private readonly removedElsewhere: () => readonly string[] = () => [],
  ) {
    for (const ban of [...rows.values()]) {
      const range = rangeOf(ban.kind, ban.key);
      if (range === undefined || range.text === ban.key) this.#index(ban);
      else {
        // Earlier versions stored a single IPv6 address unchanged.
        rows.delete(banKey(ban.kind, ban.key));
        this.save({ ...ban, key: range.text });
      }
    }
  }

  /** Includes expired ones that were not pruned yet. */
  get size(): number {
    return this.rows.size;
  }

  /** Of the bans on a name, or on the ranges that contain an address, the one that lasts longest
   * and has not expired at that time (Unix milliseconds). */
  find(kind: Ban["kind"], key: string, now: number): Ban | undefined {
    const ban = this.rows.get(banKey(kind, key));
    const bans = kind === "address" ? this.#addresses.valuesFor(key) : ban ? [ban] : [];
    let found: Ban | undefined;
    for (const each of bans) {
      if (hasExpired(each, now)) this.remove(each.kind, each.key);
      else if (endOf(each) > endOf(found)) found = each;
    }
    return found;
  }

  /** The bans in force on names that look like a name, or are equal to it. */
  findLookAlikes(name: string, now: number): Ban[] {
    return this.#byLook.find(name).flatMap((key) => this.find("name", key, now) ?? []);
  }

  /** Whether a ban on exactly that name, address or range exists. */
  has(kind: Ban["kind"], key: string): boolean {
    return this.rows.get(banKey(kind, key)) !== undefined;
  }

  all(): Iterable<Ban> {
    return this.rows.values();
  }

  /** Adds a ban, or replaces the one on the same name, address or range. */
  save(ban: Ban): void {
    this.rows.set(banKey(ban.kind, ban.key), ban);
    this.#index(ban);
  }

  /** @returns whether the ban existed. */
  remove(kind: Ban["kind"], key: string): boolean {
    const range = rangeOf(kind, key);
    if (range !== undefined) this.#addresses.delete(range);
    if (kind === "name") this.#byLook.remove(key, key);
    return this.rows.delete(banKey(kind, range?.text ?? key));
  }

  /** Removes the bans that another process has removed, and returns them. */
  refresh(): Ban[] {
    return this.removedElsewhere().flatMap((key) => {
      const ban = this.rows.get(key);
      if (ban !== undefined) this.remove(ban.kind, ban.key);
      return ban ?? [];
    });
  }

  prune(now: number): void {
    for (const ban of this.rows.values()) {
      if (hasExpired(ban, now)) this.remove(ban.kind, ban.key);
    }
  }

  #index(ban: Ban): void {
    const range = rangeOf(ban.kind, ban.key);
    if (range !== undefined) this.#addresses.set(range, ban);
    if (ban.kind === "name") this.#byLook.add(ban.key, ban.key);
  }
}

/** The key of a ban's row: a name may look like an address. */
export function banKey(kind: Ban["kind"], key: string): string {
  return kind + ":" + key;
}

function rangeOf(kind: Ban["kind"], key: string): AddressRange | undefined {
  return kind === "address" ? addressKeyRange(key) : undefined;
}

function hasExpired({ until }: Ban, now: number): boolean {
  return until !== undefined && until <= now;
}

function endOf(ban: Ban | undefined): number {
  return ban === undefined ? -Infinity : ban.until ?? Infinity;
}

/** A mute: the messages of a member are refused. */
export interface Mute {
  readonly key: string;
  /** The key of the address, which is muted, too, for all users without a password. */
  readonly address?: string;
  /** Unix milliseconds; absent if it never expires. */
  readonly until?: number;
  readonly by: string;
}

/** The mutes, in rows of the keys of their names, with an index by address. */
export class Mutes {
  /** The keys of the muted names by address. */
  readonly #names = new Map<string, Set<string>>();

  constructor(private readonly rows: Rows<Mute>) {
    for (const mute of rows.values()) this.#index(mute);
  }

  /** Includes expired ones that were not pruned yet. */
  get size(): number {
    return this.rows.size;
  }

  /** The mute of a name that has not expired at that time (Unix milliseconds). */
  find(nameKey: string, now: number): Mute | undefined {
    const mute = this.rows.get(nameKey);
    if (mute?.until === undefined || mute.until > now) return mute;
    this.remove(nameKey);
    return undefined;
  }

  /** A mute of an address that has not expired at that time. */
  findByAddress(addressKey: string, now: number): Mute | undefined {
    for (const nameKey of this.#names.get(addressKey) ?? []) {
      const mute = this.find(nameKey, now);
      if (mute !== undefined) return mute;
    }
    return undefined;
  }

  /** Adds a mute, or replaces that of the same name. */
  save(mute: Mute): void {
    this.remove(mute.key);
    this.rows.set(mute.key, mute);
    this.#index(mute);
  }

  remove(nameKey: string): Mute | undefined {
    const mute = this.rows.get(nameKey);
    if (mute === undefined) return undefined;
    this.rows.delete(nameKey);
    if (mute.address === undefined) return mute;
    const names = this.#names.get(mute.address);
    names?.delete(nameKey);
    if (names?.size === 0) this.#names.delete(mute.address);
    return mute;
  }

  /** Removes the address from all mutes; those of the names stay. */
  removeAddress(addressKey: string): void {
    for (const nameKey of [...this.#names.get(addressKey) ?? []]) {
      const { address: _, ...mute } = this.rows.get(nameKey)!;
      this.save(mute);
    }
  }

  /** Removes the expired mutes. */
  prune(now: number): void {
    for (const { key } of this.rows.values()) this.find(key, now);
  }

  #index({ key, address }: Mute): void {
    if (address === undefined) return;
    const names = this.#names.get(address) ?? new Set();
    this.#names.set(address, names.add(key));
  }
}

/** Counter of the bans that other processes have removed. */
export const BAN_CHANGES = "ban_changes";

/** Finds bans that another process has removed from the database: see `administration.ts`. */
export class BanRemovals {
  readonly #changeCount: StatementSync;
  #seenChangeCount: number;

  constructor(database: DatabaseSync, private readonly rows: SqliteRows<Ban>) {
    this.#changeCount = database.prepare("SELECT value FROM counters WHERE name = ?");
    this.#seenChangeCount = this.#countChanges();
  }

  /** Keys of the rows that were removed since the last call; after an error of the database, the next
   * call returns them. */
  take(): string[] {
    try {
      const changeCount = this.#countChanges();
      if (changeCount === this.#seenChangeCount) return [];
      const removed = this.rows.removedElsewhere();
      this.#seenChangeCount = changeCount;
      return removed;
    } catch {
      return [];
    }
  }

  #countChanges(): number {
    return Number(this.#changeCount.get(BAN_CHANGES)?.value);
  }
}
