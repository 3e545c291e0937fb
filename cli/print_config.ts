import { cleanLine } from "../protocol/mod.ts";
import type { OptionTable, Setting } from "./options/settings.ts";

/** What `--print-config` prints: each option, its value, and where that comes from, as a table. */
export function configTable(table: OptionTable, settings: readonly Setting[]): string {
  const rows = settings.map(({ name, text, origin }) =>
    [name, shownValue(table, name, text), origin] as const
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(([name, value, origin]) =>
      `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${origin}`
    )
    .join("\n");
}

function shownValue(table: OptionTable, name: string, text: string | undefined): string {
  const { isSecret, without, takes, parse } = table[name]!;
  if (text === undefined || text === "") return `(${without ?? "empty"})`;
  if (isSecret === true) return "(set)";
  return takes === "flag" ? (parse(text) === true ? "yes" : "no") : cleanLine(text);
}
