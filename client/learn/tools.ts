import type { Block } from "./lesson_book.ts";

/** The tools that the lessons use besides a shell. */
export const LESSON_TOOLS = ["nc", "ss", "od", "timeout"] as const;

/** The tools that the commands in some blocks use, except those of terminal 1. */
export function toolsIn(blocks: readonly Block[]): string[] {
  const commands = blocks
    .flatMap((block) => block.kind === "step" && block.action === "runs" ? [block] : [])
    .filter(({ terminal }) => terminal > 1)
    .flatMap(({ lines }) => lines).join("\n");
  return LESSON_TOOLS.filter((tool) =>
    new RegExp(`(^|[|;({]\\s*|timeout \\d+ )${tool} `, "m").test(commands)
  );
}
