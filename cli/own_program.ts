import { fileURLToPath } from "node:url";

/**
 * What a server needs to be allowed when this program starts one from its sources; the compiled
 * program has its permissions built in.
 */
const SERVER_PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--allow-sys=networkInterfaces",
];

/** A command that runs this very program with other parameters. */
export function ownCommand(
  parameters: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
): Deno.Command {
  const entry = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const own = Deno.build.standalone ? [] : ["run", ...SERVER_PERMISSIONS, entry];
  return new Deno.Command(Deno.execPath(), { ...options, args: [...own, ...parameters] });
}
