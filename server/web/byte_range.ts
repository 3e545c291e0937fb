/** Bytes of a file, from the first to the last one. */
export interface ByteRange {
  readonly first: number;
  /** Included. */
  readonly last: number;
}

/**
 * Reads a `Range` header (RFC 9110, section 14.2).
 *
 * @returns the range; `undefined` for the whole file: without a header, and for one that has several
 * ranges, another unit or an invalid form, which must be ignored; `outside` if the file has no such bytes.
 */
export function rangeOf(
  header: string | undefined,
  size: number,
): ByteRange | "outside" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "outside" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= size ? "outside" : { first, last };
}
