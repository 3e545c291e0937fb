import { layOut, type LayoutOptions, wrap } from "./layout.ts";
import type { Lesson } from "./lesson_book.ts";
import type { Progress } from "./progress.ts";

/** A whole lesson as text, with its answer at the end. */
export function lessonText(lesson: Lesson, count: number, options: LayoutOptions): string {
  const { number, title, goal, blocks, question } = lesson;
  return [
    `  Lesson ${number} of ${count}: ${title}`,
    "",
    ...wrap(`You will know ${goal}`, options),
    ...layOut(blocks, options),
    "",
    ...wrap(`Question: ${question.text}`, options),
    "",
    ...question.choices.flatMap(({ letter, text }) => wrap(text, options, `${letter}. `)),
    "",
    ...wrap(`Answer: ${question.right}`, options),
    ...layOut(question.explanation, options),
  ].join("\n");
}

/** The list of the lessons, with how far the learner is. */
export function lessonList(
  lessons: readonly Pick<Lesson, "number" | "title">[],
  { lesson, step, answered }: Progress,
): string {
  return lessons.map(({ number, title }) => {
    const choices = answered.get(number);
    const isHere = number === lesson && (step > 0 || answered.size > 0);
    const notes = [
      ...(choices === undefined
        ? []
        : [choices === 1 ? "answered at once" : `answered with choice ${choices}`]),
      ...(isHere ? ["you are here"] : []),
    ];
    const mark = choices !== undefined ? "✓" : isHere ? ">" : " ";
    const note = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return `${mark} ${String(number).padStart(2)}  ${title}${note}`;
  }).join("\n");
}
