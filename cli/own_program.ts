import { fileURLToPath } from "node:url";
import { neutralEnvironment, OWNER_VARIABLE } from "./options/environment.ts";

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
    "--allow-sys=hostname",
  ];
}

/** A command that runs this very program as a server, `serve` unless told otherwise. */
export function ownServerCommand(
  parameters: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
  command: "serve" | "echo" = "serve",
): Deno.Command {
  const own = Deno.build.standalone ? [] : ["run", ...serverPermissions(), source("mod.ts")];
  return new Deno.Command(Deno.execPath(), {
    ...options,
    args: [...own, command, ...parameters],
    env: { ...neutralEnvironment(), ...options.env, [OWNER_VARIABLE]: String(Deno.pid) },
  });
}

/** How often a server looks whether its owner is still there, in milliseconds. */
const OWNER_INTERVAL = 1000;

/** Resolves when the program is gone that has started this server for itself and was to stop it. On
 * Windows that cannot be seen. */
export function ownerGone(): Promise<void> {
  const owner = Deno.env.get(OWNER_VARIABLE);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (owner === undefined) return promise;
  const timer = setInterval(() => {
    if (String(Deno.ppid) === owner) return;
    clearInterval(timer);
    resolve();
  }, OWNER_INTERVAL);
  // It must not keep a server up that has nothing else to do.
  Deno.unrefTimer(timer);
  return promise;
}

/** How a person calls this program on this machine: the executable, or the task of a checkout. */
export function ownProgramName(): string {
  return Deno.build.standalone ? "hubbub" : "deno task hubbub";
}
