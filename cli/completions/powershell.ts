import type { CommandLine, CompletedCommand, CompletedOption, Values } from "./completion_tree.ts";

/** The completions for PowerShell 5 and later. Where nothing is offered it completes paths itself. */
export function powershellScript({ program, options, commands, nested }: CommandLine): string {
  const every = [...commands, ...nested];
  const first = commands.map(({ name, summary }) => `    ${quoted(name)} = ${quoted(summary)}\n`);
  return `# Completions of ${program} for PowerShell.

Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($word, $ast, $cursor)
  $commands = [ordered]@{
${first.join("")}  }
  $options = @{
    '' = ${tableOf(options.flatMap(helps))}
${every.map((command) => `    ${quoted(command.name)} = ${optionsOf(command)}\n`).join("")}  }
  $values = @{
${every.flatMap(valueRows).join("")}  }
  $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } |
    ForEach-Object { $_.ToString() })
  $command = if ($before.Count -gt 1) { $before[1] } else { '' }
  $words = 2
  if ($before.Count -gt 2 -and $options.ContainsKey("$command $($before[2])")) {
    $command = "$command $($before[2])"
    $words = 3
  }
  $previous = if ($before.Count -gt $words) { $before[-1] } else { '' }
  $offered = [ordered]@{}
  if ($values.ContainsKey("$command $previous")) {
    foreach ($value in $values["$command $previous"]) { $offered[$value] = $value }
  } else {
    if ($command -eq '') { $offered = $commands }
    elseif ($values.ContainsKey("$command") -and $before.Count -eq $words) {
      foreach ($value in $values["$command"]) { $offered[$value] = $value }
    }
    if ($word -like '-*' -or $offered.Count -eq 0) { $offered = $options[$command] }
  }
  if ($null -eq $offered) { return }
  $offered.GetEnumerator() | Where-Object { $_.Key -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)
  }
}
`;
}

function optionsOf({ options }: CompletedCommand): string {
  return tableOf(options.flatMap(helps));
}

/** Each name of an option with its help. */
function helps({ names, help }: CompletedOption): [string, string][] {
  return names.map((name) => [name, help]);
}

function tableOf(entries: readonly (readonly [string, string])[]): string {
  return `[ordered]@{ ${
    entries.map(([key, value]) => `${quoted(key)} = ${quoted(value)}`).join("; ")
  } }`;
}

/** The words that may follow a command, or one of its options. */
function valueRows({ name, options, places }: CompletedCommand): string[] {
  const rows = options.flatMap(({ names, values }) =>
    names.map((option) => [`${name} ${option}`, values] as const)
  );
  return [[name, places[0]] as const, ...rows].flatMap(([key, values]) => rowOf(key, values));
}

function rowOf(key: string, values: Values | undefined): string[] {
  if (values?.type !== "choices") return [];
  return [`    ${quoted(key)} = @(${values.choices.map(quoted).join(", ")})\n`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
