import { command } from "./table.ts";
import { choice } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

export const COMPLETIONS = command({
  name: "completions",
  summary: SUMMARIES.completions,
  description:
    "Prints a script for a shell. With it, Tab completes commands, options and their values.",
  arguments: [
    { usage: "<shell>", help: "the shell that reads it", choices: SHELLS, parse: choice(SHELLS) },
  ],
  options: {},
  notes: `To load it in every new shell:
  bash        echo 'source <(hubbub completions bash)' >> ~/.bashrc
  bash 3.2    hubbub completions bash > ~/.hubbub.bash; echo 'source ~/.hubbub.bash' >> ~/.bashrc
  zsh         echo 'source <(hubbub completions zsh)' >> ~/.zshrc    (below compinit)
  fish        hubbub completions fish > ~/.config/fish/completions/hubbub.fish
  powershell  Add-Content $PROFILE 'hubbub completions powershell | Out-String | Invoke-Expression'`,
});
