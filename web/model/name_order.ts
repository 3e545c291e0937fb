const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** Compares two names for sorting: by the locale of the browser, with `user2` before `user10`. */
export function compareNames(one: string, other: string): number {
  return COLLATOR.compare(one, other);
}
