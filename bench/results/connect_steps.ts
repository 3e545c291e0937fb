/** Connections that were connected within the same step. */
export interface ConnectStep {
  /** Rounded to milliseconds: the first and the last of the step. */
  readonly fromMilliseconds: number;
  /** The upper end of the step. */
  readonly toMilliseconds: number;
  /** Connections that were made within it. */
  readonly connections: number;
}

/**
 * Connections that need longer than this were not answered at once. The first repetition of a SYN
 * comes after a second (RFC 6298), so anything well below it is ordinary work.
 */
export const AT_ONCE_MILLISECONDS = 500;

/** Times further apart than this belong to different repetitions, which are a second apart at least. */
const GAP_MILLISECONDS = 400;

/**
 * Groups connect times into the steps of the SYN's repetition. Where they lie is read from the times:
 * 1, 3, 7 s with most systems, 1, 2, 3, 4, 5, 7 s on Linux since 6.5.
 *
 * @param milliseconds in any order.
 */
export function connectSteps(milliseconds: readonly number[]): ConnectStep[] {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const steps: ConnectStep[] = [];
  let first = 0;
  sorted.forEach((time, index) => {
    const next = sorted[index + 1];
    const isEnd = next === undefined || next - time > GAP_MILLISECONDS ||
      (time <= AT_ONCE_MILLISECONDS && next > AT_ONCE_MILLISECONDS);
    if (!isEnd) return;
    steps.push({
      fromMilliseconds: Math.round(sorted[first]!),
      toMilliseconds: Math.round(time),
      connections: index + 1 - first,
    });
    first = index + 1;
  });
  return steps;
}

/** True for those who had no need to wait for a repetition. */
export function isAtOnce(step: ConnectStep): boolean {
  return step.fromMilliseconds <= AT_ONCE_MILLISECONDS;
}
