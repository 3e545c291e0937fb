import { LineReader } from "./program.ts";

/** A server that some command runs; `await using` ends it. */
export async function startCommand(
  command: string,
  parameters: readonly string[],
  listening: RegExp,
): Promise<AsyncDisposable & { port: number }> {
  const child = new Deno.Command(command, {
    args: [...parameters],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const readers = [new LineReader(child.stdout), new LineReader(child.stderr)];
  const [, port] = await Promise.any(readers.map((reader) => reader.until(listening)));
  return {
    port: Number(port),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await child.status;
    },
  };
}
