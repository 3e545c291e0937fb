import { filePath } from "./file_path.ts";
import { raiseOpenFileLimit } from "./deno_open_file_limit.ts";
import type { ChildProcess, Runtime, SpawnOptions } from "./runtime.ts";

/** The path of a file or folder of this program's sources. */
const source = (path: string) => filePath(new URL(`../../${path}`, import.meta.url));

const STANDARD = [Deno.stdin, Deno.stdout, Deno.stderr] as const;

/** The variable from which the runtime reads the certificate authorities to trust. */
const CA_STORES = "DENO_TLS_CA_STORE";

/** Deno, with the sources of the program or compiled with it. The start loads what all commands need. */
export const runtime: Runtime = {
  os: Deno.build.os,
  arch: Deno.build.arch,
  version: `Deno ${Deno.version.deno}`,
  engine: `V8 ${Deno.version.v8}`,
  target: Deno.build.target,
  noColor: Deno.noColor,
  resetsSignals: false,
  programName: Deno.build.standalone ? "hubbub" : taskName(),
  args: Deno.args,

  variable: (name) => Deno.env.get(name),
  setVariable: (name, value) => Deno.env.set(name, value),
  variableNames: () => Object.keys(Deno.env.toObject()),
  isTerminal: (descriptor) => STANDARD[descriptor].isTerminal(),
  parentPid: () => Deno.ppid,
  workingFolder: () => Deno.cwd(),
  totalMemory: () => Deno.systemMemoryInfo().total,
  readText: (path) => Deno.readTextFileSync(path),
  exit: (code) => Deno.exit(code),
  onExit(listener) {
    addEventListener("unload", listener);
    return () => removeEventListener("unload", listener);
  },
  onUncaughtError(listener) {
    addEventListener("error", (event) => {
      event.preventDefault();
      listener(event.error);
    });
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      listener(event.reason);
    });
  },
  inspect: (value) => Deno.inspect(value),
  onSignal(signal, listener) {
    Deno.addSignalListener(signal as Deno.Signal, listener);
    return () => Deno.removeSignalListener(signal as Deno.Signal, listener);
  },
  ownCommand(permissions = "server") {
    if (Deno.build.standalone) return [Deno.execPath()];
    const granted = permissions === "server" ? serverPermissions() : PERMISSIONS;
    return [Deno.execPath(), "run", ...granted, source("cli/main.ts")];
  },
  raiseOpenFileLimit,
  isGranted: (permission) => Deno.permissions.querySync(permission).state === "granted",
  networkThreadOptions: async (needs) =>
    await (await import("./deno_permissions.ts")).networkThreadPermissions(needs),
  dropPermissions: async () => await (await import("./deno_permissions.ts")).dropPermissions(),
  trustSystemCertificates() {
    // The default is Mozilla's list alone. The runtime reads the variable once, at the first use, which
    // would be its check for updates half a second after the start: the task `hubbub` disables that.
    // `tls.getCACertificates` would need all of `--allow-sys`.
    if (Deno.env.get(CA_STORES) === undefined) Deno.env.set(CA_STORES, "system,mozilla");
  },

  // deno-lint-ignore require-await -- an error of starting must reject
  spawn: async (program, options) => spawn(program, options),
  async run(program, args, { clearEnv = false } = {}) {
    const streams = { stdin: "null", stderr: "null" } as const;
    return await new Deno.Command(program, { args: [...args], clearEnv, ...streams }).output();
  },

  listen: async (options) => (await import("./deno_listener.ts")).listen(options),

  readInput: (buffer) => Deno.stdin.read(buffer),
  setRawInput: (isRaw) => Deno.stdin.setRaw(isRaw),
  printLine: (stream, text) => stream === "output" ? console.log(text) : console.error(text),
  writeOutput: (bytes) => Deno.stdout.write(bytes),
  columns() {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 0; // No stream is a terminal, or it was closed.
    }
  },
};

/** The task that runs the sources. `npx` leaves no `deno` to type, and is recognised by its variable. */
function taskName(): string {
  const variable = "npm_command";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  const isByNpx = state === "granted" && Deno.env.get(variable) === "exec";
  return `${isByNpx ? `npx -y deno@${Deno.version.deno}` : "deno"} task hubbub`;
}

/** The permissions of the task `hubbub`; the compiled program has them built in. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL," +
  "DENO_TLS_CA_STORE,INIT_CWD,http_proxy,https_proxy,HTTPS_PROXY,all_proxy,ALL_PROXY,no_proxy," +
  "NO_PROXY,XDG_CONFIG_HOME,APPDATA,TERM,npm_command",
  ...["--allow-read", "--allow-write", "--allow-run"],
  "--allow-sys=networkInterfaces,hostname,uid,gid,homedir,cpus,osRelease,systemMemoryInfo,setPriority",
];

/**
 * The permissions of a server that this program starts from its sources; the compiled program has its
 * permissions built in.
 */
function serverPermissions(): string[] {
  const readable = [...["protocol", "server"].map(source), "/dev/null"];
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL",
    `--allow-read=${readable.join(",")}`,
    "--allow-sys=hostname",
  ];
}

function spawn(program: string, { isUnref, args, ...options }: SpawnOptions): ChildProcess {
  const child = new Deno.Command(program, { stdin: "null", ...options, args: [...args] }).spawn();
  if (isUnref === true) child.unref();
  // The runtime closes a pipe to which nothing refers.
  if (options.stdin === "piped") void child.status.then(() => child.stdin.close().catch(() => {}));
  return {
    pid: child.pid,
    status: child.status,
    // Deno's own throws if it is not piped.
    stdout: options.stdout === "piped" ? child.stdout : new ReadableStream(),
    stderr: options.stderr === "piped" ? child.stderr : new ReadableStream(),
    kill: (signal) => child.kill(signal),
  };
}
