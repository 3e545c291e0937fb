/**
 * Rows by a key: what bans, topics and accounts are written on, so that there is one of each. A
 * `Map` is one; see `sqlite_rows.ts` for the other.
 */
export interface Rows<Row> {
  get(key: string): Row | undefined;
  values(): Iterable<Row>;
  set(key: string, row: Row): unknown;
  /** @returns whether there was such a row. */
  delete(key: string): boolean;
  readonly size: number;
}
