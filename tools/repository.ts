import { fileURLToPath } from "node:url";

/** The folder of this project, without a slash at its end. */
export const REPOSITORY: string = fileURLToPath(new URL("..", import.meta.url)).replace(
  /[\\/]$/,
  "",
);

/** The output of a run of `deno`, its exit code, and whether that was 0. */
export interface DenoRun {
  readonly success: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs this `deno` in a folder, by default that of the project. */
export async function runDeno(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  folder: string = REPOSITORY,
): Promise<DenoRun> {
  const { success, code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...parameters],
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, code, stdout: text(stdout), stderr: text(stderr) };
}

/** Removes a file if it exists; with `recursive` also a folder with everything in it. */
export async function removeIfThere(path: string, options?: Deno.RemoveOptions): Promise<void> {
  await Deno.remove(path, options).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Runs a function with a new, empty folder outside the project, which is removed afterwards. */
export async function withEmptyFolder<Result>(
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The words of the program that a task of `deno.json` runs, to be started in the repository's folder.
 * The task itself runs it in the folder of the caller.
 */
export function taskWords(command: string): string[] {
  return command
    .replace(/^.*&& (\w+=\S* )*(?=deno )/, "")
    .replace("$DENO", Deno.execPath())
    .replaceAll('"', "")
    .replaceAll("$ROOT/", "")
    .split(" ");
}

/** The environment variables that a task of `deno.json` sets for the program of {@link taskWords}. */
export function taskEnvironment(command: string): Record<string, string> {
  const [assignments] = /(\w+=\S* )*(?=deno )/.exec(command) ?? [""];
  return Object.fromEntries(
    assignments.trim().split(" ").filter(Boolean).map((each) => {
      const [name = "", value = ""] = each.split("=");
      return [name, value];
    }),
  );
}
