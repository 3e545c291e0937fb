import { run } from "./commands.ts";

/** Runs a test on a disk of 1 MB, if it can be had. */
export async function onSmallDisk(test: (disk: string) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const mounted = await run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory);
    if (mounted.code !== 0) {
      console.log(`skipped: a small disk cannot be mounted here: ${mounted.stderr.trim()}`);
      return;
    }
    try {
      await test(directory);
    } finally {
      await run("umount", "-l", directory);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Takes all the space that is left, but for a number of bytes, a multiple of 4096. */
export function fillDisk(disk: string, spareBytes = 0): void {
  const file = Deno.openSync(`${disk}/ballast`, { write: true, create: true });
  try {
    for (;;) file.writeSync(new Uint8Array(4096));
  } catch {
    // It is full.
    file.truncateSync(file.statSync().size - spareBytes);
  } finally {
    file.close();
  }
}

/** Gives it back. */
export function freeDisk(disk: string): void {
  Deno.removeSync(`${disk}/ballast`);
}
