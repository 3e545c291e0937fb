/**
 * Reads a file below `/proc` through `/bin/cat`. The runtime itself reads there only with all
 * permissions, and this needs `--allow-run=/bin/cat` and nothing else.
 *
 * @returns nothing where there is no such file, or no such program.
 */
export async function readProcThroughCat(path: string): Promise<string | undefined> {
  try {
    const command = new Deno.Command("/bin/cat", {
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
