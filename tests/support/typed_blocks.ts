/** The blocks of commands in the documents, and how tests type them and compare what is printed. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type CodeBlock, readPages } from "./documents.ts";
import { patternOf } from "./lessons.ts";
import { TypedCommands, type TypedOptions } from "./typed_commands.ts";

/** What is done with a block. */
export type BlockTest = (block: CodeBlock) => Promise<void>;

/**
 * The blocks of commands by their page and their first command, such as
 * `docs/TOOLS.md: hubbub check 127.0.0.1 8080`.
 */
export function commandBlocks(): Map<string, CodeBlock> {
  const blocks = new Map<string, CodeBlock>();
  for (const page of readPages()) {
    // Each terminal of a lesson is typed by tests/docs/lessons.serial.test.ts.
    if (page.path === "docs/LESSONS.md") continue;
    for (const block of page.blocks) {
      assert(
        block.language !== "text" ||
          !/^(\$ |(hubbub|deno|npx|npm|git|sudo) [a-z-])/m.test(block.text),
        `A block of commands in ${page.path} is fenced as text:\n${block.text}`,
      );
      if (!/^(sh|bash|shell|console|zsh|powershell)\b/.test(block.language)) continue;
      const lines = block.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const name = `${page.path}: ${lines[0]?.replace(/ \\$/, "")}`;
      assert(!blocks.has(name), `Two blocks begin with ${name}`);
      blocks.set(name, block);
    }
  }
  return blocks;
}

/** Registers a test for each block of a table. */
export function testBlocks(
  tests: Readonly<Record<string, BlockTest>>,
  isIgnored: boolean,
): void {
  const blocks = commandBlocks();
  for (const [name, type] of Object.entries(tests)) {
    Deno.test({
      name: `documents: ${name}`,
      ignore: isIgnored || Deno.build.os !== "linux",
      fn: () => type(blocks.get(name)!),
    });
  }
}

/** Runs a block to its end. It must succeed, and print what the document shows below it. */
export async function runsToItsEnd(
  block: CodeBlock,
  options: TypedOptions = {},
): Promise<string> {
  await using typed = await TypedCommands.type(block, options);
  const code = await typed.exit();
  assertEquals(code, 0, typed.printed);
  assertShown(block, typed);
  return typed.printed;
}

/** Runs a block until its server listens, uses it, and presses Ctrl+C. */
export async function serves(
  block: CodeBlock,
  options: TypedOptions & { readonly input?: string },
  use: (typed: TypedCommands) => Promise<void>,
): Promise<void> {
  await using typed = await TypedCommands.type(block, options);
  if (options.input !== undefined) await typed.line(options.input);
  await typed.stdout.until(/^Listening on /m);
  await use(typed);
  typed.interrupt();
  assertMatch(String(await typed.exit()), /^(0|130)$/, typed.printed);
}

/**
 * Every line that the document shows below the block must have been printed.
 *
 * @param port replaces the port of the document, 8080.
 */
export function assertShown(block: CodeBlock, { printed }: TypedCommands, port?: number): void {
  if (block.next?.language !== "text") return;
  const lines = printed.split("\n");
  for (const line of block.next.text.trimEnd().split("\n")) {
    const expected = port === undefined ? line : line.replaceAll("8080", String(port));
    assert(
      lines.some((each) => patternOf(expected).test(each)),
      `No "${expected}" in:\n${printed}`,
    );
  }
}
