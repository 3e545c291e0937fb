import type { LessonEvent } from "../../client/learn/conditions.ts";
import type { Lesson, LessonBook } from "../../client/learn/lesson_book.ts";
import type { Position } from "../../client/learn/position.ts";
import { type Progress, withAnswer } from "../../client/learn/progress.ts";
import { Leaving } from "./dialogue.ts";
import { LessonPlayer, type PlayerContext, type TerminalOne } from "./lesson_player.ts";
import type { TerminalOneHandlers } from "./terminal_one_host.ts";

export interface SessionOptions extends Omit<PlayerContext, "count" | "substitutes"> {
  readonly book: LessonBook;
  readonly openTerminalOne: (handlers: TerminalOneHandlers) => TerminalOne;
  /** Receives the events of terminal 1. */
  readonly event: (event: LessonEvent) => void;
  /** Stores the progress. */
  readonly store: (progress: Progress) => void;
  /** Receives each step that the learner has reached. */
  readonly reached: (position: Position) => void;
}

const INTRODUCTION =
  "This is terminal 1 of the lessons. Open others beside it, in the same folder, for what is to be " +
  "typed into terminals 2, 3 and so on. h helps, q leaves.";

/** A learner's way through the lessons, on a terminal. */
export class LearnSession {
  #progress: Progress;

  constructor(private readonly options: SessionOptions, progress: Progress) {
    this.#progress = progress;
  }

  /** Does lessons until the learner leaves or has done the last one. */
  async run(): Promise<void> {
    const { book: { lessons }, dialogue } = this.options;
    const { screen } = dialogue;
    screen.remark(INTRODUCTION, "faint");
    try {
      while (true) {
        const { lesson } = this.#progress;
        await this.#play(lessons[lesson - 1]!);
        if (lesson === lessons.length) break;
        this.#store({ ...this.#progress, lesson: lesson + 1, step: 0 });
        await dialogue.untilEnter(`Enter: lesson ${lesson + 1}`, "q: leave");
      }
      screen.remark(this.#summary(), "good");
      this.#store({ ...this.#progress, lesson: 1, step: 0 });
    } catch (error) {
      if (!(error instanceof Leaving)) throw error;
    } finally {
      screen.status("");
    }
  }

  async #play(lesson: Lesson): Promise<void> {
    const { book, dialogue, openTerminalOne, event } = this.options;
    const context = { ...this.options, count: book.lessons.length, substitutes: book.substitutes };
    const player = new LessonPlayer(lesson, this.#progress.step, context, {
      reached: (step, steps) => {
        this.#store({ ...this.#progress, step });
        this.#report(steps);
      },
      answered: (choices) => {
        this.#store(withAnswer(this.#progress, lesson.number, choices));
        this.#report(this.#progress.step + 1);
      },
    });
    const terminal = openTerminalOne({ print: (line) => player.showLine(line), event });
    try {
      await player.play(terminal);
    } finally {
      // A server waits some seconds for clients that stay connected.
      dialogue.screen.status("Stopping terminal 1 ...");
      await terminal.stop();
      dialogue.screen.status("");
    }
  }

  /** The question is the last step of a lesson. */
  #report(steps: number): void {
    const { lesson, step, answered } = this.#progress;
    this.options.reached({ lesson, step: step + 1, steps, answered: answered.size });
  }

  #summary(): string {
    const { answered } = this.#progress;
    const { length } = this.options.book.lessons;
    const atOnce = [...answered.values()].filter((choices) => choices === 1).length;
    return `That was the last lesson. You have answered ${answered.size} of ${length} questions, ` +
      `${atOnce} of them at once.`;
  }

  #store(progress: Progress): void {
    this.#progress = progress;
    this.options.store(progress);
  }
}
