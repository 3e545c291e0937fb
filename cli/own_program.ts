import { fileURLToPath } from "node:url";

/** A file or folder of this program's sources. */
const source = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * What a server needs to be allowed when this program starts one from its sources; the compiled
 * program has its permissions built in.
 */
function serverPermissions(): string[] {
  const readable = [...["protocol", "server"].map(source), "/dev/null"];
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL",
    `--allow-read=${readable.join(",")}`,
  ];
}

/** A command that runs this very program as a server, `serve` unless told otherwise. */
export function ownServerCommand(
  parameters: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
  command: "serve" | "echo" = "serve",
): Deno.Command {
  const own = Deno.build.standalone ? [] : ["run", ...serverPermissions(), source("mod.ts")];
  return new Deno.Command(Deno.execPath(), { ...options, args: [...own, command, ...parameters] });
}

/** How a person calls this program on this machine: the executable, or the task of a checkout. */
export function ownProgramName(): string {
  return Deno.build.standalone ? "hubbub" : "deno task hubbub";
}
