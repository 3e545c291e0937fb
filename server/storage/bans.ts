import type { DatabaseSync, StatementSync } from "node:sqlite";
import { nameKey } from "../../protocol/mod.ts";
import {
  addressKeyRange,
  type AddressRange,
  AddressRangeMap,
  withoutPort,
} from "../addresses/network_address.ts";
import { LookAlikes } from "../names/confusables.ts";
import type { SqliteRows } from "./rows.ts";
import type { Ban, Bans, Mute, Mutes, Rows } from "./store.ts";

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
export class RowBans implements Bans {
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

  get size(): number {
    return this.rows.size;
  }

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

  findLookAlikes(name: string, now: number): Ban[] {
    return this.#byLook.find(name).flatMap((key) => this.find("name", key, now) ?? []);
  }

  has(kind: Ban["kind"], key: string): boolean {
    return this.rows.get(banKey(kind, key)) !== undefined;
  }

  all(): Iterable<Ban> {
    return this.rows.values();
  }

  save(ban: Ban): void {
    this.rows.set(banKey(ban.kind, ban.key), ban);
    this.#index(ban);
  }

  remove(kind: Ban["kind"], key: string): boolean {
    const range = rangeOf(kind, key);
    if (range !== undefined) this.#addresses.delete(range);
    if (kind === "name") this.#byLook.remove(key, key);
    return this.rows.delete(banKey(kind, range?.text ?? key));
  }

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

/** The mutes, in rows of the keys of their names, with an index by address. */
export class RowMutes implements Mutes {
  /** The keys of the muted names by address. */
  readonly #names = new Map<string, Set<string>>();

  constructor(private readonly rows: Rows<Mute>) {
    for (const mute of rows.values()) this.#index(mute);
  }

  get size(): number {
    return this.rows.size;
  }

  find(nameKey: string, now: number): Mute | undefined {
    const mute = this.rows.get(nameKey);
    if (mute?.until === undefined || mute.until > now) return mute;
    this.remove(nameKey);
    return undefined;
  }

  findByAddress(addressKey: string, now: number): Mute | undefined {
    for (const nameKey of this.#names.get(addressKey) ?? []) {
      const mute = this.find(nameKey, now);
      if (mute !== undefined) return mute;
    }
    return undefined;
  }

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

  removeAddress(addressKey: string): void {
    for (const nameKey of [...this.#names.get(addressKey) ?? []]) {
      const { address: _, ...mute } = this.rows.get(nameKey)!;
      this.save(mute);
    }
  }

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
