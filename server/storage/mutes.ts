import type { Rows } from "./rows.ts";
import type { Mute, Mutes } from "./store.ts";

/** The mutes, in rows of the keys of their names, with an index of their addresses. */
export class RowMutes implements Mutes {
  /** The keys of the names that were muted at each address. */
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
