import type { Acceptor } from "../../server/echo/acceptor.ts";

/**
 * What the program needs of its runtime and modules of Node.js do not offer, or not equally well on Deno:
 * those read the environment of a child as a whole, accept connections unasked, and block a program
 * whose output is not read.
 */
export interface Runtime {
  /** Name of the system: `linux`, `darwin`, `windows` or another one. */
  readonly os: string;
  /** The processor architecture: `x86_64`, `aarch64` or another one. */
  readonly arch: string;
  /** Name and version, such as `Deno 2.9.6`. */
  readonly version: string;
  /** The JavaScript engine and its version, such as `V8 15.0.245.7-rusty`. */
  readonly engine: string;
  /** The system that it was made for, such as `x86_64-unknown-linux-gnu`; with Node `linux-x64`. */
  readonly target: string;
  /** Whether the user wants no colours: NO_COLOR. */
  readonly noColor: boolean;
  /** Whether it restores the default of all ignored signals at its start, and in its children. */
  readonly resetsSignals: boolean;
  /** The command with which users run this program. */
  readonly programName: string;
  /** The command line without the program. */
  readonly args: readonly string[];

  /** An environment variable; `undefined` if it is not set. @throws {Error} without the permission. */
  variable(name: string): string | undefined;
  /** Sets a variable for the threads and processes that start from now on. */
  setVariable(name: string, value: string): void;
  /** The names of all environment variables. @throws {Error} without the permission to read all. */
  variableNames(): string[];
  /** Whether a standard descriptor is a terminal, and that is still open. */
  isTerminal(descriptor: StandardDescriptor): boolean;
  /** The process that has started this one. It changes when that ends, except on Windows. */
  parentPid(): number;
  /** @throws {Error} without the permission, and if it cannot be represented or is gone. */
  workingFolder(): string;
  /** The memory of the machine, in bytes. @throws {Error} without the permission. */
  totalMemory(): number;
  /** Reads a small file in UTF-8. @throws {Error} if it cannot be read. */
  readText(path: string): string;
  /** Ends this process. */
  exit(code: number): never;
  /** Calls a function when this process ends by {@link exit}. @returns a function that prevents it. */
  onExit(listener: () => void): () => void;
  /** Calls a function in place of ending this process for an error that no code catches. */
  onUncaughtError(listener: (error: unknown) => void): void;
  /** A value as text for a report of an error. */
  inspect(value: unknown): string;
  /** Handles a signal in place of the system. @returns a function that restores the former handling. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void;

  /**
   * How this program is run again: a program and its first parameters.
   *
   * @param permissions those of a server without files, which is the default, or those of this program.
   */
  ownCommand(permissions?: "server" | "all"): readonly string[];
  /** Raises the limit on open files of this process to the hard limit, where the runtime has not. */
  raiseOpenFileLimit(): void;
  /** Whether the program may do something without asking the user. */
  isGranted(permission: Permission): boolean;
  /** Options of the network thread of a server, with the fewest permissions that it can have. */
  networkThreadOptions(needs: PermissionNeeds): Promise<object>;
  /** Drops all permissions that the main thread of a running server does not need. */
  dropPermissions(): Promise<void>;
  /** Makes TLS clients trust the certificate authorities of the system as well as Mozilla's. */
  trustSystemCertificates(): void;

  /** Starts a process. @throws {Error} with the code of the system, if it cannot be started. */
  spawn(program: string, options: SpawnOptions): Promise<ChildProcess>;
  /** Runs a program without input to its end, and collects its output. Its errors are dropped. */
  run(program: string, args: readonly string[], options?: { readonly clearEnv?: boolean }): Promise<
    { readonly success: boolean; readonly stdout: Uint8Array }
  >;

  /**
   * Listens.
   *
   * @throws {Error} with the code of the system; `ENOTFOUND` for an unknown host.
   */
  listen(options: ListenOptions): Promise<ListeningAcceptor>;

  /** Reads standard input. @returns the number of bytes; `null` at its end. */
  readInput(buffer: Uint8Array): Promise<number | null>;
  /** Whether the terminal passes on each key at once, and shows none. */
  setRawInput(isRaw: boolean): void;
  /** Writes a line to standard output or standard error, and waits for it. @throws {Error} if it fails. */
  printLine(stream: "output" | "errors", text: string): void;
  /** Writes to standard output without blocking the program. @returns the number of written bytes. */
  writeOutput(bytes: Uint8Array): Promise<number>;
  /** The width of the terminal of standard output; 0 if unknown or if the terminal was closed. */
  columns(): number;
}

/** Standard input, standard output or standard error. */
export type StandardDescriptor = 0 | 1 | 2;

/** A permission of Deno. Other runtimes have all. */
export type Permission =
  | { readonly name: "env"; readonly variable?: string }
  | { readonly name: "run"; readonly command: string }
  | { readonly name: "sys"; readonly kind: "systemMemoryInfo" };

/** The options that determine the permissions of the network thread. */
export interface PermissionNeeds {
  readonly host: string;
  readonly port: number;
  readonly data: string | null;
  readonly metricsListen?: { readonly host: string; readonly port: number } | null;
  /** The outgoing webhooks: with any, the server connects to other machines. */
  readonly hooksOut?: readonly unknown[];
  /** Paths of the files that are read again on SIGHUP: configuration, certificate and its key. */
  readonly reread: readonly string[];
}

/** How a process is started. */
export interface SpawnOptions {
  readonly args: readonly string[];
  /** Variables that are added to the environment of this program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Without the environment of this program. */
  readonly clearEnv?: boolean;
  /** `piped`: a pipe into which nothing is written, and which closes when this program ends, however
   * that ends. Default: no input. */
  readonly stdin?: "piped";
  readonly stdout: "piped" | "inherit" | "null";
  readonly stderr: "piped" | "inherit" | "null";
  /** In a process group of its own. */
  readonly detached?: boolean;
  /** This program does not wait for its end. */
  readonly isUnref?: boolean;
}

/** How a process has ended. */
export interface ProcessStatus {
  readonly success: boolean;
  readonly code: number;
  readonly signal: string | null;
}

/** A process that was started. */
export interface ChildProcess {
  readonly pid: number;
  /** Empty unless it is `piped`. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Empty unless it is `piped`. */
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ProcessStatus>;
  /** @throws {Error} on Deno, if it has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  /** Clients are left in the kernel's queue until they are asked for. */
  readonly isOnDemand: boolean;
}

/** A listener, and its address. */
export interface ListeningAcceptor extends Acceptor {
  readonly host: string;
  readonly port: number;
}
