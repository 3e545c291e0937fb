import type { CommandLine, CompletedCommand, CompletedOption, Values } from "./completion_tree.ts";

/** The completions for zsh: to be sourced, or kept as `_hubbub` in a folder of `fpath`. */
export function zshScript({ program, options, commands, nested }: CommandLine): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`);
  return `#compdef ${program}
# Completions of ${program} for zsh.

_${program}() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${described.join("")}  )
  _arguments -C \\
${options.flatMap(optionSpecs).map((spec) => `    ${spec} \\\n`).join("")}    '(-)1: :->command' \\
    '(-)*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      local command=$line[1]
${nestedCase(nested)}      case $command in
${[...commands, ...nested].map(commandCase).join("")}      esac
      ;;
  esac
}

if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}

/** Skips the first word of a command that has two. */
function nestedCase(nested: readonly CompletedCommand[]): string {
  if (nested.length === 0) return "";
  return `      case "$((CURRENT > 2)) $line[1] $words[2]" in
        ${nested.map(({ name }) => quoted(`1 ${name}`)).join(" | ")})
          command="$line[1] $words[2]"
          shift words
          ((CURRENT--))
          ;;
      esac
`;
}

function commandCase({ name, options, places }: CompletedCommand): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...places.map((values, index) => quoted(`${index + 1}: :${actionOf(values)}`)),
  ];
  if (specs.length === 0) return "";
  return `        ${quoted(name)})
          _arguments -s \\
${specs.map((spec) => `            ${spec}`).join(" \\\n")}
          ;;
`;
}

/** One specification for each name of an option; given once, none of them is offered again. */
function optionSpecs({ names, help, valueName, values }: CompletedOption): string[] {
  return names.map((name) => {
    const others = names.length > 1 ? `(${names.join(" ")})` : "";
    const described = `[${escaped(help, /[[\]\\]/g)}]`;
    if (values === undefined) return quoted(others + name + described);
    const joint = name.startsWith("--") ? "=" : "+";
    const shown = escaped(valueName, /[:\\]/g);
    return quoted(`${others}${name}${joint}${described}:${shown}:${actionOf(values)}`);
  });
}

/** The action of zsh that completes a value. */
function actionOf(values: Values): string {
  switch (values.type) {
    case "choices":
      return `(${values.choices.join(" ")})`;
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "anything":
      return " ";
  }
}

function escaped(text: string, special: RegExp): string {
  return text.replaceAll(special, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
