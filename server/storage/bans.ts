import type { Rows } from "./rows.ts";
import type { Ban, Bans } from "./store.ts";

/** The bans, in rows of their {@link banKey}. */
export class RowBans implements Bans {
  constructor(private readonly rows: Rows<Ban>) {}

  find(kind: Ban["kind"], key: string, now: number): Ban | undefined {
    const ban = this.rows.get(banKey(kind, key));
    if (ban?.until === undefined || ban.until > now) return ban;
    this.rows.delete(banKey(kind, key));
    return undefined;
  }

  save(ban: Ban): void {
    this.rows.set(banKey(ban.kind, ban.key), ban);
  }

  remove(kind: Ban["kind"], key: string): boolean {
    return this.rows.delete(banKey(kind, key));
  }
}

/** By what a ban is unique: a name may look like an address. */
export function banKey(kind: Ban["kind"], key: string): string {
  return kind + ":" + key;
}
