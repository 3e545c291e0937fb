/** How a rate was spread over the seconds of a run. */
export interface Distribution {
  /** 1st percentile. */
  readonly p1: number;
  /** 2.5th percentile. */
  readonly p2_5: number;
  /** Median. */
  readonly p50: number;
  /** 97.5th percentile. */
  readonly p97_5: number;
  /** Mean, as a whole number. */
  readonly mean: number;
  /** Standard deviation of the samples as a whole population, as a whole number. */
  readonly stdev: number;
  /** The slowest second. */
  readonly min: number;
}

/**
 * The distribution of samples; `null` without samples.
 *
 * The percentile p is the smallest sample that is not exceeded by p per cent of all (nearest rank); the
 * median of an even number of samples is the mean of the two in the middle.
 */
export function distributionOf(samples: readonly number[]): Distribution | null {
  if (samples.length === 0) return null;
  const sorted = samples.toSorted((a, b) => a - b);
  const percentile = (percent: number) =>
    sorted[Math.max(Math.ceil(percent / 100 * sorted.length) - 1, 0)]!;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const variance = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / samples.length;
  return {
    p1: percentile(1),
    p2_5: percentile(2.5),
    p50: Math.round(median(samples)),
    p97_5: percentile(97.5),
    mean: Math.round(mean),
    stdev: Math.round(Math.sqrt(variance)),
    min: sorted[0]!,
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
