/** What `hubbub bench` says of itself. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defineBench } from "../../cli/bench_command.ts";
import { Command } from "../../cli/options/commander.ts";
import { QUESTIONS } from "../../cli/options/bench_shared.ts";
import { runProgram } from "../support/program.ts";
import { sampleOf } from "../support/thorough.ts";

/** What is printed, with words that the width has parted put together again. */
async function help(...parameters: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(parameters);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

const joined = (text: string) => text.replaceAll(/\s+/g, " ");

Deno.test("bench --help: every scenario and its question at the top, examples at the end", async () => {
  const printed = await help("bench", "--help");
  const top = printed.slice(0, printed.indexOf("Arguments:"));
  for (const [name, question] of Object.entries(QUESTIONS)) {
    assertStringIncludes(top, `\n  ${name.padEnd(10)} ${question}\n`);
  }
  assertStringIncludes(top, "\n  report     How do the results that --json has printed differ?\n");
  assert(!printed.includes("Commands:"), "they stand at the top");
  assert(!printed.includes('(choices: "broadcast", "echo")'), "there are ten");
  const examples = printed.slice(printed.indexOf("\nExamples:"));
  const commands = [...examples.matchAll(/^ {4}hubbub bench (.*)$/gm)].map(([, words]) => words!);
  assertEquals(commands.length, 6);
  const flags = new Set(
    defineBench(new Command("bench")).options.flatMap(({ short, long }) => [short, long]),
  );
  for (const words of commands) {
    assert(words.split(" ")[0]! in QUESTIONS, words);
    for (const [flag] of words.matchAll(/(?<= )--?[a-zA-Z][a-z-]*/g)) {
      assert(flags.has(flag), `${flag} in ${words}`);
    }
  }
});

for (const [name, question] of sampleOf(Object.entries(QUESTIONS), 2)) {
  Deno.test(`bench ${name} --help, or help bench ${name}, says which question it answers`, async () => {
    const printed = await help("bench", name, "--help");
    assertStringIncludes(joined(printed), question);
    assertEquals(await help("help", "bench", name), printed);
  });
}

Deno.test("bench: the scenarios are those that have a question", () => {
  const bench = defineBench(new Command("bench"));
  const names = [
    ...bench.registeredArguments[0]!.argChoices!,
    ...bench.commands.map((command) => command.name()).filter((name) => name !== "report"),
  ];
  assertEquals(names.toSorted(), Object.keys(QUESTIONS).toSorted());
});
