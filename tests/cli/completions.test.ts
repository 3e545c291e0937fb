import { Argument, Command, Option } from "../../cli/options/commander.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bashScript } from "../../cli/completions/bash.ts";
import { type CommandLine, commandLineOf } from "../../cli/completions/completion_tree.ts";
import { fishScript } from "../../cli/completions/fish.ts";
import { powershellScript } from "../../cli/completions/powershell.ts";
import { zshScript } from "../../cli/completions/zsh.ts";
import { addOptions } from "../../cli/options/command_line.ts";
import { choice } from "../../cli/options/values.ts";

/** Everything that a definition may hold, with signs that shells take for their own. */
function commandLine(): CommandLine {
  const paint = new Command("paint")
    .summary("paint Ann's [big] wall: now")
    .addArgument(new Argument("<what>", "the thing").choices(["wall", "door"]))
    .argument("[where]", "anywhere")
    .addOption(new Option("-c, --colour <name>", "how it looks").choices(["red", "blue"]))
    .addOption(new Option("--plan <file>", "Bob's \\plan [old]"))
    .addOption(new Option("--out <folder>", "where to"))
    .addOption(new Option("--coats <number>", "how often"))
    .addOption(new Option("--no-primer", "without a primer"))
    .addOption(new Option("--secret", "not in the help").hideHelp());
  addOptions(paint, {
    speed: {
      takes: "value",
      placeholder: "<how>",
      group: "Speed:",
      help: "how fast",
      default: "slow",
      parse: choice(["slow", "fast"]),
    },
  });
  return commandLineOf(new Command("paintbox").version("1").addCommand(paint));
}

const ANYTHING = { type: "anything" } as const;

Deno.test("subcommands of a command take the place of its first argument", () => {
  const walls = new Command("walls").helpCommand(false)
    .addArgument(new Argument("<what>", "the thing").choices(["one"]))
    .addCommand(new Command("all").summary("each of them").option("--slowly", "with care"));
  const { commands, nested } = commandLineOf(new Command("paintbox").addCommand(walls));
  assertEquals(commands[0]!.places, [{ type: "choices", choices: ["one", "all"] }]);
  assertEquals(nested.map(({ name, summary }) => [name, summary]), [["walls all", "each of them"]]);
  assertEquals(nested[0]!.options.map(({ names }) => names), [["--slowly"], ["-h", "--help"]]);
});

Deno.test("an argument named files completes paths, as often as it may be repeated", () => {
  const compare = new Command("compare").argument("[files...]", "what to compare");
  const line = commandLineOf(new Command("paintbox").addCommand(compare));
  assertEquals(line.commands[0]!.places, Array(8).fill({ type: "files" }));
  assertStringIncludes(bashScript(line), '"compare 7") _paintbox_paths -f "$word"');
  assertStringIncludes(fishScript(line), "complete -c paintbox -n '__paintbox_in compare' -F");
  assertStringIncludes(zshScript(line), "'2: :_files'");
});

Deno.test("a command line is read from its definition, without hidden options", () => {
  const { program, options, commands } = commandLine();
  assertEquals([program, options.map(({ names }) => names)], [
    "paintbox",
    [["-V", "--version"], ["-h", "--help"]],
  ]);
  const [paint, help] = commands;
  assertEquals(
    paint!.options.map(({ names, values }) => [names.join(" "), values]),
    [
      ["-c --colour", { type: "choices", choices: ["red", "blue"] }],
      ["--plan", { type: "files" }],
      ["--out", { type: "folders" }],
      ["--coats", ANYTHING],
      ["--no-primer", undefined],
      ["--speed", { type: "choices", choices: ["slow", "fast"] }],
      ["-h --help", undefined],
    ],
  );
  assertEquals(paint!.places, [{ type: "choices", choices: ["wall", "door"] }, ANYTHING]);
  assertEquals([help!.name, help!.places], ["help", [{ type: "choices", choices: ["paint"] }]]);
});

Deno.test("zsh: the special characters of specifications are escaped", () => {
  const script = zshScript(commandLine());
  assertStringIncludes(script, String.raw`'paint:paint Ann'\''s [big] wall: now'`);
  assertStringIncludes(script, String.raw`'--plan=[Bob'\''s \\plan \[old\]]:file:_files'`);
  assertStringIncludes(script, "'(-c --colour)-c+[how it looks]:name:(red blue)'");
  assertStringIncludes(script, "'(-c --colour)--colour=[how it looks]:name:(red blue)'");
  assertStringIncludes(script, "'1: :(wall door)'");
});

Deno.test("fish: quotes and backslashes are escaped", () => {
  const script = fishScript(commandLine());
  assertStringIncludes(script, String.raw`-l plan -r -F -d 'Bob\'s \\plan [old]'`);
  assertStringIncludes(script, "-s c -l colour -x -a 'red blue'");
});

Deno.test("PowerShell: quotes are doubled, and each brace is closed", () => {
  const script = powershellScript(commandLine());
  assertStringIncludes(script, String.raw`'--plan' = 'Bob''s \plan [old]'`);
  assertStringIncludes(script, "'paint --speed' = @('slow', 'fast')");
  assertStringIncludes(script, "'paint' = @('wall', 'door')");
  const bare = script.replaceAll(/'(?:[^']|'')*'/g, "");
  for (const [open, close] of ["{}", "()", "[]"].map((pair) => pair.split(""))) {
    assertEquals(bare.split(open!).length, bare.split(close!).length, `${open}${close}`);
  }
});

Deno.test("bash: options with values differ from those without", () => {
  const script = bashScript(commandLine());
  assertStringIncludes(
    script,
    '"paint") case $2 in -c | --colour | --plan | --out | --coats | --speed) return 0 ;; esac ;;',
  );
  assert(!script.includes("--secret"));
});
