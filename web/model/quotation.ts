import type { Entry } from "./conversation.ts";

/** Maximum number of quoted lines, and of characters in each. */
const MAX_LINES = 3;
const MAX_LENGTH = 200;

/**
 * Quotes a message for a reply to it: its sender and its first lines, each after a `>`. Lines that are
 * quotations themselves are left out.
 */
export function quotationOf({ from, text, isAction }: Entry): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const own = lines.filter((line) => !line.startsWith(">"));
  const all = own.length > 0 ? own : lines.map((line) => line.replace(/^>+ ?/, ""));
  const quoted = all.slice(0, MAX_LINES).map(shortened);
  if (all.length > MAX_LINES) quoted.push("…");
  const [first = "", ...others] = quoted;
  const beginning = isAction ? `* ${from} ${first}` : `${from}: ${first}`;
  return [beginning, ...others].map((line) => `> ${line}`).join("\n");
}

function shortened(line: string): string {
  const characters = [...line];
  if (characters.length <= MAX_LENGTH) return line;
  return `${characters.slice(0, MAX_LENGTH).join("")}…`;
}
