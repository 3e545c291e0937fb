import { findCommand } from "./commands.ts";

/**
 * Whether a typed line may hold a password. Clients do not add such a line to their input history, and do
 * not store it.
 *
 * An unknown command with an argument counts, since it may be a mistyped `/register`.
 */
export function mayHoldPassword(line: string): boolean {
  const [typed = "", ...words] = line.trim().split(/\s+/);
  if (!typed.startsWith("/") || typed.startsWith("//")) return false;
  switch (findCommand(typed)?.name) {
    case undefined:
    case "/register":
      return words.length > 0;
    case "/nick":
      return words.length > 1;
    default:
      return false;
  }
}
