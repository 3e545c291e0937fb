import type { CommandUnknownOpts } from "./options/commander.ts";
import { bashScript } from "./completions/bash.ts";
import { type CommandLine, commandLineOf } from "./completions/completion_tree.ts";
import { fishScript } from "./completions/fish.ts";
import { powershellScript } from "./completions/powershell.ts";
import { zshScript } from "./completions/zsh.ts";
import type { SHELLS } from "./options/completions.ts";
import { print } from "./standard_streams.ts";

type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (commandLine: CommandLine) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** `hubbub completions`: prints the script of a shell. */
export function printCompletions(program: CommandUnknownOpts, shell: string): void {
  print(SCRIPTS[shell as Shell](commandLineOf(program)).trimEnd());
}
