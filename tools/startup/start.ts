import { basename, join } from "node:path";
import { compileOnStandIn } from "../embedding.ts";
import { REPOSITORY, taskEnvironment, taskWords } from "../repository.ts";
import { withStage } from "../stage.ts";
import { unpackProgram } from "../unpacked_program.ts";

/** The time, the processor time and the memory of one start of a program. */
export interface Start {
  /** Until the event that ends the measurement. */
  readonly milliseconds: number;
  /** Processor time of all threads until then. */
  readonly cpuMilliseconds: number;
  /** Peak resident memory until then. */
  readonly mebibytes: number;
}

/** The event that ends a measurement. `exit`: the process has ended. `connection`: the program has sent its
 * first byte to a server. `listening`: it has printed that it listens. */
export type StartEvent = "exit" | "connection" | "listening";

/** A program, and how it starts. */
export interface StartedProgram {
  /** In the table. */
  readonly name: string;
  readonly command: readonly string[];
  /** Its working folder. */
  readonly folder: string;
}

/** In the words of a program: the address of a server that accepts one connection. */
export const SERVER = "SERVER";

/** Variables that programs get; all others are left out. */
const KEPT_VARIABLES = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"];

const GNU_TIME = "/usr/bin/time";

/** Prints processor time with milliseconds, which GNU time lacks; GNU time has the memory. */
const MEASURE = `TIMEFORMAT="%3U %3S"; time ${GNU_TIME} --quiet --format %M --output "$0" "$@"`;

/** A program: a folder with a checkout, whose task `hubbub` runs it, or a command. */
export function programOf(name: string, words: string, hasCodeCache: boolean): StartedProgram {
  const isFolder = isDirectory(words);
  const folder = isFolder ? words : REPOSITORY;
  const command = isFolder
    ? taskWords(JSON.parse(Deno.readTextFileSync(join(folder, "deno.json"))).tasks.hubbub.command)
    : words.split(" ");
  const isDeno = basename(command[0]!) === "deno";
  return { name, command: isDeno && !hasCodeCache ? withoutCodeCache(command) : command, folder };
}

/** What an executable of these sources has embedded, unpacked in a folder and run by Deno. */
export async function executableProgram(
  name: string,
  folder: string,
  hasCodeCache: boolean,
): Promise<StartedProgram> {
  const executable = await withStage(compileOnStandIn);
  const { command } = await unpackProgram(executable, folder);
  return { name, command: hasCodeCache ? command : withoutCodeCache(command), folder };
}

/** A program that does nothing, with the options of the runtime of the task. */
export function emptyProgram(module: string, task: string, hasCodeCache: boolean): StartedProgram {
  const words = taskWords(task).slice(0, -1);
  const command = [...(hasCodeCache ? words : withoutCodeCache(words)), module];
  return { name: "empty program", command, folder: REPOSITORY };
}

function withoutCodeCache([deno = "", run = "", ...others]: readonly string[]): string[] {
  return [deno, run, "--no-code-cache", ...others];
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/**
 * Starts a program once, and ends it at the event.
 *
 * @throws {Error} if the event does not come before the program ends.
 */
export async function measureStart(
  program: StartedProgram,
  words: readonly string[],
  event: StartEvent,
  environment: Readonly<Record<string, string>>,
): Promise<Start> {
  switch (event) {
    case "exit":
      return await untilExit(program, words, environment);
    case "listening":
      return await untilEvent(program, words, environment, isListening);
    case "connection":
      return await untilConnection(program, words, environment);
  }
}

/** The environment of the measured programs: that of the task, and what a program needs to run. */
export function environmentOf(task: string): Record<string, string> {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...taskEnvironment(task), NO_COLOR: "1" };
}

async function untilExit(
  { command, folder }: StartedProgram,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const memory = await Deno.makeTempFile();
  try {
    const options = { cwd: folder, env, clearEnv: true, stdin: "null" } as const;
    const started = performance.now();
    const { success, stderr } = await new Deno.Command("bash", {
      args: ["-c", MEASURE, memory, ...command, ...words],
      ...options,
      stdout: "null",
    }).output();
    const milliseconds = performance.now() - started;
    const text = new TextDecoder().decode(stderr).trimEnd();
    const [, user, system] = /^(\d+\.\d+) (\d+\.\d+)$/m.exec(text) ?? [];
    const kibibytes = Number(await Deno.readTextFile(memory));
    if (!success || user === undefined || kibibytes === 0) throw new Error(text);
    return {
      milliseconds,
      cpuMilliseconds: 1000 * (Number(user) + Number(system)),
      mebibytes: kibibytes / 1024,
    };
  } finally {
    await Deno.remove(memory);
  }
}

async function untilConnection(
  program: StartedProgram,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Start> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  let connection: Deno.Conn | undefined;
  try {
    return await untilEvent(
      program,
      words.map((word) => word === SERVER ? address : word),
      environment,
      async () => {
        connection = await listener.accept();
        return await connection.read(new Uint8Array(1)) !== null;
      },
    );
  } finally {
    connection?.close();
  }
}

/** Whether a program prints that it listens. */
async function isListening(stdout: ReadableStream<Uint8Array>): Promise<boolean> {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^Listening on /m.test(text)) return true;
  }
  return false;
}

async function untilEvent(
  { command: [first = "", ...others], folder }: StartedProgram,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  happened: (stdout: ReadableStream<Uint8Array>) => Promise<boolean>,
): Promise<Start> {
  const started = performance.now();
  const child = new Deno.Command(first, {
    args: [...others, ...words],
    ...{ cwd: folder, env, clearEnv: true },
    // Open and empty: a chat ends with its input.
    ...{ stdin: "piped", stdout: "piped", stderr: "null" },
  }).spawn();
  let hasEnded = false;
  const ended = child.status.then(() => !(hasEnded = true));
  try {
    const isThere = await Promise.race([happened(child.stdout), ended]);
    const milliseconds = performance.now() - started;
    if (!isThere) {
      throw new Error(`Cannot measure ${[first, ...others, ...words].join(" ")}: it ended`);
    }
    return { milliseconds, ...await usageOf(child.pid) };
  } finally {
    if (!hasEnded) child.kill("SIGKILL");
    await child.status;
    await child.stdin.abort().catch(() => {});
    await child.stdout.cancel().catch(() => {});
  }
}

/** The processor time and the peak memory of a running process. */
async function usageOf(pid: number): Promise<Omit<Start, "milliseconds">> {
  let nanoseconds = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const statistics = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`);
    nanoseconds += Number(statistics.split(" ", 1)[0]);
  }
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return { cpuMilliseconds: nanoseconds / 1e6, mebibytes: Number(kibibytes) / 1024 };
}
