import { fulfilledAt, isNear, type LessonEvent, matches } from "./conditions.ts";
import type { Question } from "./lesson_book.ts";
import type { Step } from "./steps.ts";

/** Maximum number of remembered events; the oldest are forgotten. */
const MAX_EVENTS = 2000;

/** What an event means for the current step. */
export type Observation = "fulfilled" | "near" | "nothing";

/**
 * A learner's way through the steps of a lesson.
 *
 * Events count once, in their order: one that comes before its step counts for that step, so a learner
 * who is faster than the text does not wait in vain.
 */
export class LessonRun {
  #index: number;
  /** The events behind those that have fulfilled a step. */
  #events: LessonEvent[] = [];

  /** @param from index of the first step. */
  constructor(readonly steps: readonly Step[], from = 0) {
    this.#index = from;
  }

  /** Index of the current step. */
  get index(): number {
    return this.#index;
  }

  /** The current step; `undefined` after the last one. */
  get step(): Step | undefined {
    return this.steps[this.#index];
  }

  /** Goes on to the next step. One that runs or stops a command begins with no events. */
  advance(): void {
    const { does } = this.step!.action;
    this.#index++;
    if (does === "run" || does === "stop") this.#events = [];
  }

  /** Adds an event. Of a step that watches, it may be the one that was waited for. */
  observe(event: LessonEvent): Observation {
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    const { action } = this.step!;
    if (action.does !== "watch") return "nothing";
    // Others change nothing, and a program may send thousands: each look takes all events.
    const isWanted = action.conditions.some((condition) => matches(condition, event));
    if (isWanted) return this.isFulfilled() ? "fulfilled" : "nothing";
    return isNear(action.conditions, event) ? "near" : "nothing";
  }

  /** Whether the events that have come fulfil the current step; they are used up then. */
  isFulfilled(): boolean {
    const action = this.step?.action;
    if (action?.does !== "watch") return false;
    const end = fulfilledAt(action.conditions, this.#events);
    if (end === undefined) return false;
    this.#events.splice(0, end);
    return true;
  }
}

/** A learner's attempts at a question. */
export class Attempts {
  readonly #chosen = new Set<string>();

  constructor(private readonly question: Question) {}

  /** Number of different choices so far. */
  get count(): number {
    return this.#chosen.size;
  }

  /**
   * Chooses by letter, in either case.
   *
   * @returns `undefined` for a letter that no choice has.
   */
  choose(letter: string): "right" | "wrong" | undefined {
    const chosen = letter.toUpperCase();
    if (!this.question.choices.some((choice) => choice.letter === chosen)) return undefined;
    this.#chosen.add(chosen);
    return chosen === this.question.right ? "right" : "wrong";
  }
}
