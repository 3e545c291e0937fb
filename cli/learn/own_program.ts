/**
 * Processes that the lessons need.
 *
 * @module
 */

import { cleanLine } from "../../protocol/text.ts";
import { neutralEnvironment } from "../options/environment.ts";
import { OWNED } from "../server_owner.ts";
import { runtime } from "../runtime/mod.ts";
import { ServerProcess } from "../server_process.ts";

/** A command of this program that runs in a process of its own. */
export interface RunningProgram {
  /** Resolves when it has ended and all of its output was printed. */
  readonly ended: Promise<void>;
  /** Ends it in good order, or after 5 s at once. */
  stop(): Promise<void>;
}

/** Maximum length of a printed line, in characters; the rest of a longer one is dropped. */
const MAX_LINE = 500;

/**
 * Runs a command of this program. It ends with this program.
 *
 * @param isServer whether it is a server, which also ends if this program is killed.
 * @param print receives each line of its output and its errors.
 */
export async function runOwnProgram(
  parameters: readonly string[],
  isServer: boolean,
  print: (line: string) => void,
): Promise<RunningProgram> {
  const [program = "", ...own] = runtime.ownCommand("all");
  const child = await ServerProcess.start(program, {
    args: [...own, ...parameters],
    env: { ...neutralEnvironment(), ...OWNED },
    // A server ends with its input; another command ends by itself, and would wait for the input.
    ...isServer ? { stdin: "piped" } as const : undefined,
    ...{ stdout: "piped", stderr: "piped" },
  });
  const printed = [child.stdout, child.stderr].map((stream) => printLines(stream, print));
  return {
    ended: Promise.all([child.status, ...printed]).then(() => {}),
    stop: () => child.stop(),
  };
}

async function printLines(
  stream: ReadableStream<Uint8Array>,
  print: (line: string) => void,
): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let next; !(next = await reader.read()).done;) {
    const lines = (rest + next.value).split("\n");
    rest = lines.pop()!.slice(0, MAX_LINE);
    for (const line of lines) print(cleanLine(line.slice(0, MAX_LINE)));
  }
  if (rest !== "") print(cleanLine(rest));
}

/** Whether a program is installed: it is started to print its help. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    const child = await runtime.spawn(name, { args: ["-h"], stdout: "null", stderr: "null" });
    await child.status;
    return true;
  } catch {
    return false;
  }
}
