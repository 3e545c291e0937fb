/**
 * The program as an executable has it: its embedded files, unpacked, and nothing else. Deno itself runs
 * them here, where an executable would need the base runtime.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { BUNDLED_ENTRY, PERMISSIONS } from "./compile_arguments.ts";
import { embeddedFiles } from "./embedded_data.ts";

/** How to start an unpacked program. */
export interface UnpackedProgram {
  readonly command: readonly string[];
  /** Variables without which Deno would use files of this user. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes the embedded files of an executable to an empty folder.
 *
 * Nothing else can be loaded: a missing file ends the program where it is needed.
 */
export async function unpackProgram(
  executable: Uint8Array,
  folder: string,
): Promise<UnpackedProgram> {
  const [program, standIn] = [join(folder, "program"), join(folder, "stand_in.js")];
  for (const { path, bytes } of embeddedFiles(executable)) {
    await Deno.mkdir(dirname(join(program, path)), { recursive: true });
    await Deno.writeFile(join(program, path), bytes);
  }
  const own = [
    ...["run", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--unstable-worker-options"],
    ...[...PERMISSIONS, `--preload=${standIn}`, join(program, BUNDLED_ENTRY)],
  ];
  await Deno.writeTextFile(
    standIn,
    `(${standInForExecutable})(${JSON.stringify([own, program])});`,
  );
  return { command: [Deno.execPath(), ...own], env: { DENO_DIR: join(folder, "cache") } };
}

/**
 * Makes Deno behave as an executable: it starts itself with its program, and threads may read the embedded
 * files whatever their permissions are. Its text runs before the program.
 */
function standInForExecutable([own, program]: readonly [readonly string[], string]): void {
  const self = Deno.execPath();
  Object.defineProperty(Deno, "build", { value: { ...Deno.build, standalone: true } });
  Deno.Command = class extends Deno.Command {
    constructor(command: string | URL, options: Deno.CommandOptions = {}) {
      const args = command === self ? [...own, ...options.args ?? []] : options.args ?? [];
      super(command, { ...options, args });
    }
  };
  const withProgram = (options: WorkerOptions): WorkerOptions => {
    const permissions = options.deno?.permissions;
    if (typeof permissions !== "object" || !Array.isArray(permissions.read)) return options;
    const read = [...permissions.read, program];
    return { ...options, deno: { permissions: { ...permissions, read } } };
  };
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options: WorkerOptions = {}) {
      super(url, withProgram(options));
    }
  };
}
