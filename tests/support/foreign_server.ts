import { LineReader } from "./program.ts";

/** Starts a server program; `await using` ends it, and waits for the processes that it has forked. */
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
      // A forked process keeps the pipes open until its connection ends.
      await Promise.all(readers.map((reader) => reader.all()));
    },
  };
}
