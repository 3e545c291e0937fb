import { Argument, Command } from "@commander-js/extra-typings";
import { bashScript } from "./completions/bash.ts";
import { type CommandLine, commandLineOf } from "./completions/completion_tree.ts";
import { fishScript } from "./completions/fish.ts";
import { powershellScript } from "./completions/powershell.ts";
import { zshScript } from "./completions/zsh.ts";
import { choice } from "./options/values.ts";
import { say } from "./standard_streams.ts";

/** The shells that can be told, and who writes for them. */
const SCRIPTS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const satisfies Record<string, (commandLine: CommandLine) => string>;

const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

/** `hubbub completions`: what a shell has to know to complete what is typed. */
export function completionsCommand() {
  return new Command("completions")
    .summary("print what a shell needs to complete commands and options")
    .description(
      "Prints a script for a shell. With it, Tab completes commands, options and their values.",
    )
    .addArgument(
      new Argument("<shell>", "the shell that is to read it").choices(SHELLS).argParser(
        choice(SHELLS),
      ),
    )
    .addHelpText(
      "after",
      `
To have it in every new shell:
  bash        echo 'source <(hubbub completions bash)' >> ~/.bashrc
  bash 3.2    hubbub completions bash > ~/.hubbub.bash; echo 'source ~/.hubbub.bash' >> ~/.bashrc
  zsh         echo 'source <(hubbub completions zsh)' >> ~/.zshrc    (below compinit)
  fish        hubbub completions fish > ~/.config/fish/completions/hubbub.fish
  powershell  Add-Content $PROFILE 'hubbub completions powershell | Out-String | Invoke-Expression'`,
    )
    .action((shell, _options, self) => {
      say(SCRIPTS[shell](commandLineOf(self.parent!)).trimEnd());
    });
}
