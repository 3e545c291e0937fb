import type { Block } from "./lesson_book.ts";

/** The tools that the lessons use besides a shell. */
export const LESSON_TOOLS = ["nc", "ss", "od", "timeout"] as const;

/**
 * The tools that the commands in some blocks use.
 *
 * @param firstTerminal number of the first terminal to look at: by default those of the learner.
 */
export function toolsIn(blocks: readonly Block[], firstTerminal = 2): string[] {
  const commands = blocks
    .flatMap((block) => block.kind === "step" && block.action === "runs" ? [block] : [])
    .filter(({ terminal }) => terminal >= firstTerminal)
    .flatMap(({ lines }) => lines).join("\n");
  return LESSON_TOOLS.filter((tool) =>
    new RegExp(`(^|[|;({]\\s*|timeout \\d+ )${tool} `, "m").test(commands)
  );
}
