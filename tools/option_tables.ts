/**
 * Writes the tables of options in docs/CONFIGURATION.md.
 *
 * @module
 */

import { CHAT, CHECK, CONNECTION_OPTIONS, SEND, TAIL } from "../cli/options/clients.ts";
import { ECHO } from "../cli/options/echo.ts";
import { LEARN } from "../cli/options/learn.ts";
import { SERVE_OPTIONS } from "../cli/options/serve.ts";
import { helpOf, type OptionDefinition, type OptionTable } from "../cli/options/table.ts";
import { choicesOf } from "../cli/options/values.ts";
import { REPOSITORY } from "./repository.ts";

const DOCUMENT = `${REPOSITORY}/docs/CONFIGURATION.md`;

/** The tables, by the names of their places in the document. */
const TABLES: Readonly<Record<string, OptionTable>> = {
  serve: SERVE_OPTIONS,
  client: CONNECTION_OPTIONS,
  chat: without(CHAT.options, CONNECTION_OPTIONS),
  send: without(SEND.options, CONNECTION_OPTIONS),
  tail: without(TAIL.options, CONNECTION_OPTIONS),
  check: CHECK.options,
  echo: ECHO.options,
  learn: LEARN.options,
};

function without(table: OptionTable, shared: OptionTable): OptionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !(name in shared)));
}

/** A document with its tables as the code has them: each follows a comment with its name. */
export function withTables(document: string): string {
  return document.replaceAll(
    /(<!-- options: (\w+) -->\n\n)(?:\|.*\n)*/g,
    (_, comment: string, name: string) => comment + markdownTable(TABLES[name]!),
  );
}

function markdownTable(table: OptionTable): string {
  const rows = [
    ["option", "default", "description"],
    ...Object.entries(table).map(([name, definition]) => rowOf(name, definition)),
  ].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const [head, ...others] = rows.map(line);
  return head + line(widths.map((width) => "-".repeat(width))) + others.join("");
}

function rowOf(name: string, definition: OptionDefinition): string[] {
  const help = helpOf(name, definition);
  const short = definition.short === undefined ? "" : `\`${definition.short}\`, `;
  if (definition.takes === "flag") {
    const flag = definition.default === "yes" ? `--no-${name}` : `--${name}`;
    return [`${short}\`${flag}\``, "", help];
  }
  const { placeholder, default: initial, without = "", parse } = definition;
  const shown = initial === undefined || initial === "" ? without : `\`${initial}\``;
  const choices = choicesOf(parse)?.map((choice) => `\`${choice}\``).join(", ");
  return [
    `${short}\`--${name} ${placeholder}\``,
    shown,
    choices === undefined ? help : `${help} (${choices})`,
  ];
}

if (import.meta.main) {
  await Deno.writeTextFile(DOCUMENT, withTables(await Deno.readTextFile(DOCUMENT)));
}
