/**
 * The lessons of `docs/LESSONS.md` as a program: what is typed into which terminal, and what it shows.
 */

import type { Lesson, StepBlock } from "../../client/learn/lesson_book.ts";
import { toolsIn } from "../../client/learn/tools.ts";
import { Tmux } from "./tmux.ts";
import { eventually } from "./eventually.ts";

/** What there is to do and to see in a lesson. */
export function stepBlocksOf({ blocks }: Lesson): StepBlock[] {
  return blocks.filter((block) => block.kind === "step");
}

/** The tools, besides a shell, that a lesson's commands need. */
export function toolsOf({ blocks }: Lesson): string[] {
  return toolsIn(blocks, 1);
}

/** What tmux calls the keys. */
const KEYS: Record<string, string> = { "Ctrl+C": "C-c", "Ctrl+D": "C-d", "Ctrl+Z": "C-z" };

const SHELL = "bash";
const PROMPT = "$";
const PROMPT_OF_CONTINUATION = ">";

/** Does a lesson from its beginning to its end, in terminals of its own. */
export async function doLesson(lesson: Lesson, shell: ShellOptions): Promise<void> {
  const terminals = new Map<number, Terminal>();
  try {
    for (const step of stepBlocksOf(lesson)) {
      let terminal = terminals.get(step.terminal);
      if (terminal === undefined) {
        terminal = await Terminal.open(shell);
        terminals.set(step.terminal, terminal);
      }
      await terminal.does(step).catch(async (cause) => {
        const screens = await Promise.all(
          Array.from(
            terminals,
            async ([name, { tmux }]) => `--- terminal ${name}\n${(await tmux.screen()).trimEnd()}`,
          ),
        );
        const what = `terminal ${step.terminal} ${step.action} ${step.lines.join("\n")}`;
        throw new Error(`${lesson.number}. ${lesson.title}: ${what}\n${screens.join("\n")}`, {
          cause,
        });
      });
    }
  } finally {
    for (const terminal of [...terminals.values()].reverse()) await terminal.close();
  }
}

/** What differs between a learner's terminal and that of a test. */
export interface ShellOptions {
  /** A folder with the `deno` of this test. */
  readonly path: string;
  /** Ports of the lessons, and the free ones that replace them. */
  readonly ports: ReadonlyMap<string, number>;
}

/** A terminal of a lesson, with a shell in it. */
export class Terminal {
  /** Lines of the screen before this one are behind the last that was expected. */
  #position = 0;

  private constructor(readonly tmux: Tmux, readonly shell: ShellOptions) {}

  /** Opens a terminal, with the tools of a learner. */
  static async open(shell: ShellOptions): Promise<Terminal> {
    const environment = `PS1='$ ' NO_COLOR=1 PATH='${shell.path}':"$PATH" ` +
      `HUBBUB_PORT=${shell.ports.get("8080")}`;
    return new Terminal(
      await Tmux.run(`env ${environment} ${SHELL} --norc --noprofile`),
      shell,
    );
  }

  /** Does what a block says, or waits for what it shows. */
  async does({ action, lines }: StepBlock): Promise<void> {
    for (const [index, line] of lines.entries()) {
      if (action === "runs") {
        await this.#untilPrompt(index > 0);
        if (index === 0) this.#position = (await this.#lines()).length;
        await this.tmux.line(this.#withPorts(line));
      } else if (action === "types") {
        await this.#untilProgram();
        await this.tmux.line(this.#withPorts(line));
      } else if (action === "presses") await this.tmux.press(KEYS[line]!);
      else await this.#untilShown(line);
    }
  }

  /** Ends what runs here, as a learner does, and the terminal. */
  async close(): Promise<void> {
    try {
      await this.tmux.press("C-c");
      // Not its prompt: when something ends just then, the shell may not print one again.
      await this.#untilShell().catch(async (cause) => {
        throw new Error(`Cannot end what runs here:\n${await this.tmux.screen()}`, { cause });
      });
    } finally {
      await this.tmux[Symbol.asyncDispose]();
    }
  }

  /** Waits until the shell reads. What a program printed last may stand before the prompt. */
  #untilPrompt(continues: boolean): Promise<void> {
    return eventually(async () => {
      const last = (await this.#lines()).at(-1)!;
      const isPrompt = last.endsWith(PROMPT) || (continues && last === PROMPT_OF_CONTINUATION);
      return isPrompt && await this.tmux.foreground() === SHELL;
    }, "the shell's prompt");
  }

  /** Waits until nothing runs but the shell. */
  #untilShell(): Promise<void> {
    return eventually(async () => await this.tmux.foreground() === SHELL, "the shell");
  }

  /** Waits for a line that the document has, and passes it. */
  #untilShown(line: string): Promise<void> {
    const expected = patternOf(this.#withPorts(line));
    return this.#until((lines) => {
      const found = lines.findIndex((shown, index) =>
        index >= this.#position && expected.test(shown)
      );
      if (found < 0) return false;
      this.#position = found + 1;
      return true;
    }, line);
  }

  #until(isThere: (lines: string[]) => boolean, what: string): Promise<void> {
    return eventually(async () => isThere(await this.#lines()), what);
  }

  /** Waits until the shell has started what was typed, and no longer reads itself. */
  #untilProgram(): Promise<void> {
    return eventually(async () => await this.tmux.foreground() !== SHELL, "a program");
  }

  async #lines(): Promise<string[]> {
    return (await this.tmux.screen()).trimEnd().split("\n").map((line) => line.trimEnd());
  }

  #withPorts(text: string): string {
    return text.replaceAll(/\b\d+\b/g, (number) => String(this.shell.ports.get(number) ?? number));
  }
}

/**
 * What a line of the document matches: `...` for anything, times for any time, and blanks for any
 * number of them.
 */
export function patternOf(line: string): RegExp {
  const source = line.trim()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\d\d:\d\d:\d\d/g, "\\d\\d:\\d\\d:\\d\\d")
    .replaceAll(/\s+/g, "\\s+")
    .replaceAll("\\.\\.\\.", ".*");
  return new RegExp(`^\\s*${source}$`);
}
