/** Where a learner is, and the questions that were answered. */
export interface Progress {
  /** Number of the current lesson, from 1. */
  readonly lesson: number;
  /** Index of the step in it. */
  readonly step: number;
  /** By lesson: the number of choices until the right one. */
  readonly answered: ReadonlyMap<number, number>;
}

/** Maximum size of a stored progress, in bytes. Written ones have some 300. */
export const MAX_PROGRESS_BYTES = 16_384;

/** Version of the format. */
const VERSION = 1;

/** The progress of a learner who begins. */
export const BEGINNING: Progress = { lesson: 1, step: 0, answered: new Map() };

/** The progress as JSON. */
export function storedProgress({ lesson, step, answered }: Progress): string {
  return `${
    JSON.stringify({ version: VERSION, lesson, step, answered: Object.fromEntries(answered) })
  }\n`;
}

/**
 * Reads what {@link storedProgress} has written.
 *
 * @param lessons number of lessons.
 * @returns `undefined` for anything else, such as a file that was cut in half.
 */
export function readProgress(text: string, lessons: number): Progress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.version !== VERSION || !isObject(value.answered)) return undefined;
  const { lesson, step } = value;
  if (!isWhole(lesson, 1, lessons) || !isWhole(step, 0, 1000)) return undefined;
  const answered = Object.entries(value.answered).map(([key, count]) => [Number(key), count]);
  const isValid = (entry: unknown[]): entry is [number, number] =>
    isWhole(entry[0], 1, lessons) && isWhole(entry[1], 1, 26);
  return answered.every(isValid) ? { lesson, step, answered: new Map(answered) } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown, minimum: number, maximum: number): value is number {
  return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
}

/** The progress after an answer that took a number of choices. The best one counts. */
export function withAnswer(progress: Progress, lesson: number, choices: number): Progress {
  const best = Math.min(choices, progress.answered.get(lesson) ?? choices);
  return { ...progress, answered: new Map(progress.answered).set(lesson, best) };
}
