/** Where a learner is. */
export interface Position {
  readonly lesson: number;
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Number of answered questions. */
  readonly answered: number;
}

/** Maximum value of each field: a class must not be made to show anything larger. */
const MAX_VALUE = 99;

/** Reads a position that a learner has sent; `undefined` for anything else. */
export function readPosition(value: unknown): Position | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { lesson, step, steps, answered } = value as Record<string, unknown>;
  const isValid = (number: unknown): number is number =>
    Number.isInteger(number) && (number as number) >= 0 && (number as number) <= MAX_VALUE;
  if (!isValid(lesson) || !isValid(step) || !isValid(steps) || !isValid(answered)) return undefined;
  return step <= steps ? { lesson, step, steps, answered } : undefined;
}
