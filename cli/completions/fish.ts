import type { CommandLine, CompletedCommand, CompletedOption, Values } from "./completion_tree.ts";

/** The completions for fish 3.1 and later. */
export function fishScript({ program, options, commands, nested }: CommandLine): string {
  const lines = [
    `complete -c ${program} -f`,
    ...options.map((option) => optionLine(program, `__${program}_needs_command`, option)),
    ...commands.map(({ name, summary }) =>
      `complete -c ${program} -n __${program}_needs_command -a ${name} -d ${quoted(summary)}`
    ),
    ...[...commands, ...nested].flatMap((command) => commandLines(program, command, nested)),
  ];
  return `# Completions of ${program} for fish.

function __${program}_needs_command
    test (count (commandline -opc)) -eq 1
end

function __${program}_in
    set -l words (commandline -opc)
    for index in (seq (count $argv))
        test "$words[$(math $index + 1)]" = $argv[$index]; or return 1
    end
end

${lines.join("\n")}
`;
}

function commandLines(
  program: string,
  { name, options, places }: CompletedCommand,
  nested: readonly CompletedCommand[],
): string[] {
  const inner = nested.filter((other) => other.name.startsWith(`${name} `));
  const words = [
    `__${program}_in ${name}`,
    ...inner.map((other) => `not __${program}_in ${other.name}`),
  ];
  const condition = `'${words.join("; and ")}'`;
  return [
    ...options.map((option) => optionLine(program, condition, option)),
    ...places.flatMap((values) =>
      values.type === "choices"
        ? `complete -c ${program} -n ${condition} -a ${quoted(values.choices.join(" "))}`
        : []
    ),
    ...places.some(({ type }) => type === "files")
      ? [`complete -c ${program} -n ${condition} -F`]
      : [],
  ];
}

function optionLine(
  program: string,
  condition: string,
  { names, help, values }: CompletedOption,
): string {
  const flags = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
  );
  const taken = values === undefined ? "" : ` ${valueFlags(values)}`;
  return `complete -c ${program} -n ${condition} ${flags.join(" ")}${taken} -d ${quoted(help)}`;
}

function valueFlags(values: Values): string {
  switch (values.type) {
    case "choices":
      return `-x -a ${quoted(values.choices.join(" "))}`;
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "anything":
      return "-x";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
