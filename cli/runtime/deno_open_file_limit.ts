/**
 * Room for clients: a shell starts programs with a low limit on open files, often 1024, or 256 on
 * macOS, that each of them may raise to the hard limit. `deno run` and Node do so for a program, an
 * executable of `deno compile` does not.
 *
 * The C library has the only call for it. Its permission is the executable's alone, names its files,
 * and is given back here: from then on the process can load no native code.
 *
 * @module
 */

/** The numbers of the limit on open files, `RLIMIT_NOFILE`. Windows has no such limit. */
const RESOURCES: Readonly<Record<string, number>> = { linux: 7, darwin: 8 };

/** The paths that the C library of a system may have. Never a bare name: the runtime would load that
 * from the working folder. */
export function cLibraries({ os, arch }: Pick<typeof Deno.build, "os" | "arch">): string[] {
  switch (os) {
    case "linux":
      return [`/lib/${arch}-linux-gnu/libc.so.6`, "/lib64/libc.so.6", "/usr/lib/libc.so.6"];
    case "darwin":
      return ["/usr/lib/libSystem.B.dylib"];
    default:
      return [];
  }
}

/** The most that macOS accepts in every configuration, also below a hard limit without end (`OPEN_MAX`
 * in its `sys/syslimits.h`). */
const OPEN_MAX = 10_240n;

const CALLS = {
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

/**
 * Raises this process's limit on open files to its hard limit, if the program may. Where it cannot, the
 * limit stays, and commands that need more report it.
 */
export function raiseOpenFileLimit(): void {
  try {
    const path = cLibraries(Deno.build).find(mayLoad);
    if (path === undefined) return;
    const library = Deno.dlopen(path, CALLS);
    raiseSoftLimit(library.symbols, RESOURCES[Deno.build.os]!);
    library.close();
  } catch {
    // The runtime does not load it.
  } finally {
    Deno.permissions.revokeSync({ name: "ffi" });
  }
}

function mayLoad(path: string): boolean {
  if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    // Libraries of macOS exist for the loader only.
    return Deno.build.os === "darwin";
  }
}

/** The two calls of the C library. Their numbers are the soft and the hard limit; they return 0 if they
 * succeed. */
export interface LimitCalls {
  getrlimit(resource: number, limits: BigUint64Array<ArrayBuffer>): number;
  setrlimit(resource: number, limits: BigUint64Array<ArrayBuffer>): number;
}

/** Raises the soft limit to the hard one, or to what macOS accepts in its place. */
export function raiseSoftLimit({ getrlimit, setrlimit }: LimitCalls, resource: number): void {
  const limits = new BigUint64Array(2);
  if (getrlimit(resource, limits) !== 0) return;
  const [soft, hard] = limits as unknown as [bigint, bigint];
  for (const wanted of [hard, OPEN_MAX]) {
    if (wanted <= soft || wanted > hard) continue;
    limits[0] = wanted;
    if (setrlimit(resource, limits) === 0) return;
  }
}
