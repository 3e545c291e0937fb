import type { CommandLine, CompletedCommand, CompletedOption, Values } from "./completion_tree.ts";

/**
 * The completions for bash 3.2 (that of macOS) and later.
 *
 * The script splits the line at blanks itself: bash would also split it at `=` and `:`, and complete
 * only the part after the last of them.
 */
export function bashScript({ program, options, commands, nested }: CommandLine): string {
  const all = [...commands, ...nested];
  const first = [...commands.map(({ name }) => name), ...namesOf(options)];
  return `# Completions of ${program} for bash.

_${program}_choose() {
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_${program}_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}

_${program}_takes_value() {
  case $1 in
${all.map(takesValue).join("")}  esac
  return 1
}

_${program}() {
  local line=\${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n'
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local count=\${#words[@]} command=\${words[1]} option= place=0 index=2
  local word=\${words[count - 1]}
  COMPREPLY=()
  if ((count <= 2)); then
    _${program}_choose "${first.join(" ")}" "$word"
    return
  fi
${nestedCase(nested)}  for (( ; index < count - 1; index++)); do
    if [[ -n $option ]]; then
      option=
    elif _${program}_takes_value "$command" "\${words[index]}"; then
      option=\${words[index]}
    elif [[ \${words[index]} != -?* ]]; then
      ((place++))
    fi
  done
  if [[ -z $option && $word == --*=* ]]; then
    option=\${word%%=*}
    word=\${word#*=}
  fi
  case "$command $option" in
${all.flatMap((command) => optionValues(program, command)).join("")}  esac
  [[ -n $option ]] && return
  case "$command $place" in
${all.flatMap((command) => placeValues(program, command)).join("")}  esac
  [[ \${#COMPREPLY[@]} -gt 0 || ( -n $word && $word != -* ) ]] && return
  case $command in
${all.map((command) => optionNames(program, command)).join("")}  esac
}

complete -F _${program} ${program}
`;
}

function namesOf(options: readonly CompletedOption[]): string[] {
  return options.flatMap(({ names }) => names);
}

/** Continues behind the second word of a command that has two. */
function nestedCase(nested: readonly CompletedCommand[]): string {
  if (nested.length === 0) return "";
  return `  case "$((count > 3)) $command \${words[2]}" in
    ${nested.map(({ name }) => `"1 ${name}"`).join(" | ")})
      command="$command \${words[2]}"
      index=3
      ;;
  esac
`;
}

function takesValue({ name, options }: CompletedCommand): string {
  const names = namesOf(options.filter(({ values }) => values !== undefined));
  if (names.length === 0) return "";
  return `    "${name}") case $2 in ${names.join(" | ")}) return 0 ;; esac ;;\n`;
}

function optionValues(program: string, { name, options }: CompletedCommand): string[] {
  return options.flatMap(({ names, values }) => {
    const reply = values === undefined ? undefined : replyWith(program, values);
    if (reply === undefined) return [];
    return `    ${names.map((option) => `"${name} ${option}"`).join(" | ")}) ${reply} ;;\n`;
  });
}

function placeValues(program: string, { name, places }: CompletedCommand): string[] {
  return places.flatMap((values, place) => {
    const reply = replyWith(program, values);
    return reply === undefined ? [] : `    "${name} ${place}") ${reply} ;;\n`;
  });
}

function optionNames(program: string, { name, options }: CompletedCommand): string {
  return `    "${name}") _${program}_choose "${namesOf(options).join(" ")}" "$word" ;;\n`;
}

/** The call that offers values; `undefined` for values without a list. */
function replyWith(program: string, values: Values): string | undefined {
  switch (values.type) {
    case "choices":
      return `_${program}_choose "${values.choices.join(" ")}" "$word"`;
    case "files":
      return `_${program}_paths -f "$word"`;
    case "folders":
      return `_${program}_paths -d "$word"`;
    case "anything":
      return undefined;
  }
}
