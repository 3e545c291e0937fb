import { cLibraries } from "../cli/runtime/deno_open_file_limit.ts";
import { bundledName } from "./program_bundle.ts";

/** The C libraries of all targets. */
const C_LIBRARIES = new Set([
  ...cLibraries({ os: "linux", arch: "x86_64" }),
  ...cLibraries({ os: "linux", arch: "aarch64" }),
  ...cLibraries({ os: "darwin", arch: "aarch64" }),
]);

/**
 * The permissions of the executable: the fewest with which all its commands work, measured with
 * `DENO_AUDIT_PERMISSIONS`. Embedded files need no permission.
 */
export const PERMISSIONS: readonly string[] = [
  // A server must not stop and wait for an answer.
  "--no-prompt",
  // Any host and port: the user chooses them at the start.
  "--allow-net",
  // Options have environment fallbacks; the interval makes the workers' event loops fair; a TLS
  // client looks up which certificates to trust, and remembers those of servers in the configuration
  // folder; below a task runner Ctrl+Z must not stop. NO_COLOR and FORCE_COLOR are free.
  "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL,DENO_TLS_CA_STORE,INIT_CWD,http_proxy,https_proxy,HTTPS_PROXY,all_proxy,ALL_PROXY,no_proxy,NO_PROXY,XDG_CONFIG_HOME,APPDATA,TERM",
  // Data folder, configuration and certificates: the user chooses their paths.
  "--allow-read",
  "--allow-write",
  // `serve --host 0.0.0.0` shows the addresses that others can reach; whether the data folder can be
  // used depends on the user; browsers may request the machine by its name; `/send` expands ~; a report
  // of the load tester describes the machine; threads that hash passwords lower their priority.
  "--allow-sys=networkInterfaces,hostname,uid,gid,homedir,cpus,osRelease,systemMemoryInfo,setPriority",
  // `bench` starts a server of its own: the same executable, by its path, which is unknown at build
  // time. A permission can only name a path, or a program in PATH.
  "--allow-run",
  // Raising the limit on open files; each command drops it before anything else.
  `--allow-ffi=${[...C_LIBRARIES].join(",")}`,
];

/**
 * Modules that are started as threads by URL, which `deno compile` does not follow. The
 * check of the embedded files finds one that is missing here.
 */
export const WORKERS: readonly string[] = [
  "server/worker.ts",
  "server/accounts/password_worker.ts",
  "server/storage/checkpoint_worker.ts",
  "server/storage/search_worker.ts",
  "bench/engine/scenario_worker.ts",
  "bench/load/alarm_worker.ts",
];

/** The program. The library, `mod.ts`, would load everything before the first word is read. */
export const ENTRY = "cli/main.ts";

/** The first module of the bundle. */
export const BUNDLED_ENTRY: string = bundledName(ENTRY);

/** The file with the licences of all packages, which must be with every copy of them. */
export const LICENCES = "THIRD_PARTY_LICENSES.txt";

/**
 * The parameters of `deno` that make an executable; to be run in the folder of a bundle.
 *
 * @param files all that are embedded.
 */
export function compileArguments(
  target: Target,
  output: string,
  files: readonly string[],
): string[] {
  return [
    "compile",
    ...PERMISSIONS,
    // The cache would be a file in the folder for temporary files, under a name and a key that every user
    // of the machine can know, with code that the next start runs.
    "--no-code-cache",
    // Everything is in the bundle.
    ...["--no-npm", "--no-remote", "--no-lock"],
    // `deno task ok` does that.
    "--no-check",
    `--target=${target}`,
    `--output=${output}`,
    // Threads and source maps are not imported.
    ...files.filter((file) => file !== BUNDLED_ENTRY).map((file) => `--include=${file}`),
    BUNDLED_ENTRY,
  ];
}

/** The systems that a release has an executable for, as `deno compile --target` names them. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

export type Target = (typeof TARGETS)[number];

/** True if executables are made for a system; `Deno.build.target` may be another one. */
export function isTarget(name: string): name is Target {
  return (TARGETS as readonly string[]).includes(name);
}

/** The file name of an executable, such as `hubbub` or `hubbub-x86_64-pc-windows-msvc.exe`. */
export function executableName(target: Target, { isNamedAfterTarget = false } = {}): string {
  const name = isNamedAfterTarget ? `hubbub-${target}` : "hubbub";
  return target.includes("windows") ? `${name}.exe` : name;
}
