import { constants, fstatSync, openSync, readFileSync, write, writeSync } from "node:fs";
import { totalmem } from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import tls from "node:tls";
import { isatty } from "node:tty";
import { inspect, promisify } from "node:util";
import type { Runtime } from "./runtime.ts";

/** The names of Deno, so that results of both runtimes can be compared. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** Interval at which a full pipe is tried again, in milliseconds. */
const RETRY_MILLISECONDS = 5;

const DESCRIPTORS = { output: 1, errors: 2 } as const;

/** Node, with the bundled program of the npm package. It has no permissions: all is granted. */
export const runtime: Runtime = {
  os: process.platform === "win32" ? "windows" : process.platform,
  arch: ARCHITECTURES[process.arch] ?? process.arch,
  version: `Node ${process.versions.node}`,
  engine: `V8 ${process.versions.v8}`,
  target: `${process.platform}-${process.arch}`,
  noColor: (process.env["NO_COLOR"] ?? "") !== "",
  resetsSignals: true,
  programName: process.env["npm_command"] === "exec" ? "npx hubbub" : "hubbub",
  args: process.argv.slice(2),

  variable: (name) => process.env[name],
  setVariable: (name, value) => void (process.env[name] = value),
  variableNames: () => Object.keys(process.env),
  isTerminal: (descriptor) => isatty(descriptor),
  parentPid: () => process.ppid,
  workingFolder: () => process.cwd(),
  totalMemory: totalmem,
  readText: (path) => readFileSync(path, "utf8"),
  exit: (code) => process.exit(code),
  onExit(listener) {
    process.on("exit", listener);
    return () => void process.off("exit", listener);
  },
  onUncaughtError: (listener) => void process.on("uncaughtException", listener),
  inspect: (value) => inspect(value),
  onSignal(signal, listener) {
    process.on(signal, listener);
    return () => void process.off(signal, listener);
  },
  ownCommand: () => [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
  // Node has raised it at its start.
  raiseOpenFileLimit() {},
  isGranted: () => true,
  networkThreadOptions: () => Promise.resolve(QUIET),
  dropPermissions: () => Promise.resolve(),
  trustSystemCertificates() {
    // From Node 22.19 and 24.5 on; before, Node trusts Mozilla's list, and the file that the user names in
    // NODE_EXTRA_CA_CERTS.
    const { setDefaultCACertificates } = tls as typeof tls & {
      setDefaultCACertificates?(certificates: readonly string[]): void;
    };
    const authorities = ["default", "system"] as const;
    setDefaultCACertificates?.(authorities.flatMap((type) => tls.getCACertificates(type)));
  },

  spawn: async (program, options) => (await import("./node_process.ts")).spawn(program, options),
  run: async (program, args, options) =>
    (await import("./node_process.ts")).run(program, args, options?.clearEnv),

  async listen(options) {
    // Windows has no descriptors that threads share.
    return options.isOnDemand && process.platform !== "win32"
      ? await (await import("./node_demand_listener.ts")).listenOnDemand(options)
      : await (await import("./node_listener.ts")).listen(options);
  },

  readInput: async (buffer) =>
    await (await import("./node_stream.ts")).pullFrom(process.stdin).read(buffer),
  setRawInput: (isRaw) => void process.stdin.setRawMode(isRaw),
  printLine: (stream, text) => writeAll(DESCRIPTORS[stream], `${text}\n`),
  // Not the stream `process.stdout`: what it has queued is lost when the program exits.
  async writeOutput(bytes) {
    try {
      outputDescriptor ??= openOutput();
      return (await promisify(write)(outputDescriptor, bytes)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw inWords(error);
      return await setTimeout(RETRY_MILLISECONDS, 0);
    }
  },
  columns: () => process.stdout.columns ?? 0,
};

/** That of {@link openOutput}, which is the same for the whole process. */
let outputDescriptor: number | undefined;

/**
 * Opens a pipe at standard output once more, so that a write to it fails while it is full. Node cannot exit
 * while a write waits, so Ctrl+C would have no effect. Only Linux opens a pipe again by its descriptor.
 */
function openOutput(): number {
  try {
    if (process.platform === "linux" && fstatSync(DESCRIPTORS.output).isFIFO()) {
      const path = `/proc/self/fd/${DESCRIPTORS.output}`;
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    }
  } catch {
    // It is closed, or its reader is gone: the write reports it.
  }
  return DESCRIPTORS.output;
}

/** SQLite is reported as experimental by Node 22 in each thread that uses it. */
const QUIET = { execArgv: ["--disable-warning=ExperimentalWarning"] };

function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      // A pipe that another program, or a stream of this one, has made non-blocking is full.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw inWords(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLISECONDS);
    }
  }
}

/** An error of the system without the names of its code and of the call. */
function inWords(error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  const words = message.replace(/^\w+: (.*), \w+$/, "$1").replace(
    /^./,
    (first) => first.toUpperCase(),
  );
  return Object.assign(new Error(words, { cause: error }), { code });
}
