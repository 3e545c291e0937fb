/**
 * Reads a file below `/proc` through `/bin/cat`. The runtime itself reads there only with all
 * permissions, and this needs `--allow-run=/bin/cat` and nothing else.
 *
 * @returns nothing where there is no such file, or no such program.
 */
export function readProcThroughCat(path: string): Promise<string | undefined> {
  return output("/bin/cat", path);
}

/**
 * The names in a folder below `/proc`, through `/bin/ls`, for the same reason.
 *
 * @returns nothing where there is no such folder, it may not be read, or there is no such program.
 */
export async function listProcThroughLs(path: string): Promise<readonly string[] | undefined> {
  const names = await output("/bin/ls", path);
  return names?.split("\n").filter((name) => name !== "");
}

async function output(program: string, path: string): Promise<string | undefined> {
  try {
    const command = new Deno.Command(program, {
      args: [path],
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}
