/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function run(command: string, ...parameters: string[]): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: parameters,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Whether a command can be run here, with something that ends at once; if not, says that what needs
 * it is left out. */
export function hasCommand(command: string, parameter = "version"): boolean {
  try {
    new Deno.Command(command, { args: [parameter], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    console.log(`left out: tests with ${command}, which is not on this machine`);
    return false;
  }
}
