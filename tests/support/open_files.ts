import { eventually } from "./eventually.ts";

/**
 * Waits until no file in a folder is open: a closed store leaves a flush that began before, and the next
 * test would be blamed for it. On Linux only; elsewhere there is no list to look at.
 */
export async function filesClosed(folder: string): Promise<void> {
  await eventually(() => !holdsFileIn(folder), `all files in ${folder} to be closed`);
}

function holdsFileIn(folder: string): boolean {
  if (Deno.build.os !== "linux") return false;
  // Only a program with all permissions may read /proc itself.
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).includes(`${folder}/`);
}
