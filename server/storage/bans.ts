import { LookAlikes } from "../names/look_alikes.ts";
import type { Rows } from "./rows.ts";
import type { Ban, Bans } from "./store.ts";

/** The bans, in rows of their {@link banKey}. */
export class RowBans implements Bans {
  /** Keys of banned names. Those whose ban is over stay until they are found. */
  readonly #byLook = new LookAlikes<string>();

  constructor(private readonly rows: Rows<Ban>) {
    for (const ban of rows.values()) this.#index(ban);
  }

  find(kind: Ban["kind"], key: string, now: number): Ban | undefined {
    const ban = this.rows.get(banKey(kind, key));
    if (ban?.until === undefined || ban.until > now) return ban;
    this.rows.delete(banKey(kind, key));
    return undefined;
  }

  findLookAlikes(name: string, now: number): Ban[] {
    return this.#byLook.find(name).flatMap((key) => {
      const ban = this.find("name", key, now);
      if (ban === undefined) this.#byLook.remove(key, key);
      return ban ?? [];
    });
  }

  save(ban: Ban): void {
    this.#index(ban);
    this.rows.set(banKey(ban.kind, ban.key), ban);
  }

  remove(kind: Ban["kind"], key: string): boolean {
    if (kind === "name") this.#byLook.remove(key, key);
    return this.rows.delete(banKey(kind, key));
  }

  #index({ kind, key }: Ban): void {
    if (kind === "name") this.#byLook.add(key, key);
  }
}

/** By what a ban is unique: a name may look like an address. */
export function banKey(kind: Ban["kind"], key: string): string {
  return kind + ":" + key;
}
