/**
 * `deno task confusables FILE`: writes the server's table of confusable characters.
 *
 * @module
 */

import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";

/** The module that holds the table of look-alikes, as a path in the project. */
export const TABLE_MODULE = "server/names/confusable_table.ts";

/** A row of `confusables.txt`: a code point and its prototype. */
const ROW = /^\ufeff?([0-9A-F]{4,6})\s*;\s*([0-9A-F ]+?)\s*;\s*MA\b/;

/** Makes the module of `confusables.txt` (Unicode TS 39, section 4). */
export function confusableModule(text: string): string {
  const version = /^# Version: (\d+\.\d+\.\d+)/m.exec(text)?.[1];
  if (version === undefined) throw new SyntaxError("Cannot read the table: it has no version");
  const sources = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, source, target] = ROW.exec(line) ?? [];
    if (source === undefined || target === undefined) continue;
    const prototype = target.split(" ").map(shortHex).join("+");
    sources.set(prototype, [...sources.get(prototype) ?? [], shortHex(source)]);
  }
  const lines = [...sources].map(([prototype, all]) => `${prototype}:${all.join(",")}\n`);
  return `// Made by "deno task confusables" of Unicode's confusables.txt. Not to be edited.
// deno-fmt-ignore-file

/** Version of Unicode that the table is of. */
export const CONFUSABLES_VERSION = "${version}";

/**
 * The table of look-alikes of Unicode TS 39, a line for each prototype: its code points in
 * hexadecimal, joined by \`+\`, and behind a colon those that look like it.
 *
 * Data of the Unicode Consortium, under the Unicode License v3
 * (https://www.unicode.org/license.txt).
 */
export const CONFUSABLES = \`\\
${lines.join("")}\`;
`;
}

function shortHex(hex: string): string {
  return Number.parseInt(hex, 16).toString(16);
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) {
    console.error("Usage: deno task confusables FILE, with Unicode's security/confusables.txt");
    Deno.exit(2);
  }
  await Deno.writeTextFile(
    join(REPOSITORY, TABLE_MODULE),
    confusableModule(await Deno.readTextFile(file)),
  );
  console.log(`Written to ${TABLE_MODULE}`);
}
