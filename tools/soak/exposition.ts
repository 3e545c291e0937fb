/** What `/metrics` said at one time, by name with labels as they are written. */
export type MetricValues = ReadonlyMap<string, number>;

/** Reads Prometheus' text format, as far as hubbub writes it: no time stamps. */
export function readExposition(text: string): MetricValues {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const space = line.lastIndexOf(" ");
    if (line === "" || line.startsWith("#") || space < 0) continue;
    values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}

/** The values of a metric by one of its labels. */
export function byLabel(values: MetricValues, metric: string, label: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of values) {
    if (!name.startsWith(`${metric}{`)) continue;
    const [, text] = new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(name) ?? [];
    if (text !== undefined) found.set(text, (found.get(text) ?? 0) + value);
  }
  return found;
}

/**
 * A percentile of a histogram between two readings: the upper bound of the bucket that it is in.
 *
 * @param percent 0 to 100.
 * @returns `null` where nothing was observed; `Infinity` above the last bound.
 */
export function histogramPercentile(
  before: MetricValues,
  after: MetricValues,
  metric: string,
  percent: number,
): number | null {
  const bucketsOf = (values: MetricValues) => byLabel(values, `${metric}_bucket`, "le");
  const earlier = bucketsOf(before);
  const buckets = [...bucketsOf(after)].map(([bound, count]) => ({
    bound: bound === "+Inf" ? Infinity : Number(bound),
    count: count - (earlier.get(bound) ?? 0),
  })).sort((a, b) => a.bound - b.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  return buckets.find(({ count }) => count >= total * percent / 100)!.bound;
}
