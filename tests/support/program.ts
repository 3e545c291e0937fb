import { assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import type { CommandResult } from "./commands.ts";
import { configHome } from "./config_home.ts";
import { taskEnvironment, taskWords } from "../../tools/repository.ts";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** What has not been printed by then never will be: no wait for a line hangs a run of the tests. */
const PATIENCE_MILLISECONDS = 120_000;

/** A run of the real program. */
export interface Program extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly stdout: LineReader;
  readonly stderr: LineReader;
  readonly stdin: WritableStreamDefaultWriter<Uint8Array>;
  /** Its exit code. */
  readonly exit: Promise<number>;
}

/** Reads what a program prints, line by line. */
export class LineReader {
  /** All that was printed so far. */
  text = "";
  #isEnded = false;
  #waiting: (() => void)[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    void this.#pump(stream);
  }

  /** Waits until something was printed; returns the match. */
  async until(
    expected: RegExp,
    patienceMilliseconds: number = PATIENCE_MILLISECONDS,
  ): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await this.#wait(() => (match = expected.exec(this.text)) !== null, patienceMilliseconds);
    if (match !== null) return match;
    const why = this.#isEnded ? "ended" : `ran for ${patienceMilliseconds / 1000} s`;
    throw new Error(`The program ${why} without printing ${expected}: ${this.text}`);
  }

  /** Waits for the end; returns all that was printed. */
  async all(patienceMilliseconds: number = PATIENCE_MILLISECONDS): Promise<string> {
    await this.#wait(() => this.#isEnded, patienceMilliseconds);
    if (this.#isEnded) return this.text;
    const seconds = patienceMilliseconds / 1000;
    throw new Error(`The program has not ended in ${seconds} s: ${this.text}`);
  }

  /** Waits until a condition holds, the end, or for a time. */
  async #wait(holds: () => boolean, milliseconds: number): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, milliseconds);
    Deno.unrefTimer(timer);
    while (!holds() && !this.#isEnded && !isLate) await this.#more();
    clearTimeout(timer);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #pump(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#wake();
    }
    this.#isEnded = true;
    this.#wake();
  }
}

/**
 * The command of another form of the program, such as the npm package, in place of the sources: the words
 * behind `deno task test:program`, or the environment variable `HUBBUB_PROGRAM`.
 */
const OTHER_PROGRAM = withPath(
  Deno.args[0] === "--program" && Deno.args.length > 1
    ? Deno.args.slice(1)
    : wordsOf(variableOf("HUBBUB_PROGRAM")),
);

/** Whether it is in use. */
export const IS_OTHER_PROGRAM = OTHER_PROGRAM !== undefined;

/** A command with the path of its program: some tests run it without a PATH. */
function withPath(command: string[] | undefined): string[] | undefined {
  const [name = "", ...others] = command ?? [];
  if (name === "" || /[/\\]/.test(name)) return command;
  const folder = Deno.env.get("PATH")?.split(delimiter).find((each) =>
    existsSync(join(each, name))
  );
  return folder === undefined ? command : [join(folder, name), ...others];
}

/** The words of a command line, split and unquoted as by a shell; `undefined` for an empty one. */
export function wordsOf(line: string = ""): string[] | undefined {
  const words = line.match(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/gs);
  return words?.map((word) =>
    word.replace(
      /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
      (_, literal, quoted, escaped) => literal ?? quoted?.replace(/\\(["\\$`])/g, "$1") ?? escaped,
    )
  );
}

/** A variable; `undefined` without the permission to read it, which the smoke test lacks. */
function variableOf(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/**
 * The command line of the program: that of `deno task hubbub`, so that every test proves that its
 * permissions suffice, or that of another form of it. It is to be run in {@link PROJECT}.
 */
export const PROGRAM: readonly string[] = OTHER_PROGRAM ?? [
  Deno.execPath(),
  ...withCoverage(taskWords(config.tasks.hubbub.command).slice(1)),
];

/** Words of `deno run` that record which modules run, in the folder of `HUBBUB_TEST_TOUCHED`. */
function withCoverage([run, ...others]: readonly string[]): string[] {
  const folder = variableOf("HUBBUB_TEST_TOUCHED");
  return [run!, ...(folder === undefined ? [] : [`--coverage=${folder}`]), ...others];
}

/** The name that the program gives itself where it names a command to the user. */
export const PROGRAM_NAME = madeAs(OTHER_PROGRAM) === "source" ? "deno task hubbub" : "hubbub";

/** What a form of the program says that it is; without a command, the sources. */
function madeAs([program, ...args]: readonly string[] = []): string {
  if (program === undefined) return "source";
  const { success, stdout, stderr } = new Deno.Command(program, {
    args: [...args, "version", "--json"],
    cwd: PROJECT,
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)).form;
}

/**
 * Whether the program runs from its sources; if not, reports what is left out.
 *
 * @param what the tests that need the sources, with the reason.
 */
export function isFromSources(what: string): boolean {
  if (OTHER_PROGRAM === undefined) return true;
  console.log(`left out: ${what}`);
  return false;
}

const PROGRAM_ENVIRONMENT = taskEnvironment(config.tasks.hubbub.command);

/** How a run of the program differs from the usual one. */
export interface ProgramOptions {
  readonly env?: Record<string, string>;
  /** A script of bash in which `"$@"` is the program's command line. */
  readonly shell?: string;
  /** Path of a module that is loaded before the program. */
  readonly preload?: string;
  /** Permissions that the executable has beyond those of `deno task hubbub`. */
  readonly permissions?: readonly string[];
}

/** Starts the program; `await using` ends it, whatever happened. */
export function startProgram(
  parameters: readonly string[],
  { env = {}, shell, preload, permissions = [] }: ProgramOptions = {},
): Program {
  const flags = [...permissions, ...preload === undefined ? [] : [`--preload=${preload}`]];
  if (flags.length > 0 && OTHER_PROGRAM !== undefined) {
    throw new Error("Only Deno can be given permissions and modules: use isFromSources");
  }
  const own = flags.length === 0
    ? PROGRAM
    : [...PROGRAM.slice(0, -1), ...flags, ...PROGRAM.slice(-1)];
  // With a shell, the program's command line is `"$@"` in the given script.
  const command = shell === undefined
    ? new Deno.Command(own[0]!, { args: [...own.slice(1), ...parameters], ...pipes(env) })
    : new Deno.Command("bash", {
      args: ["-c", shell, "bash", ...own, ...parameters],
      ...pipes(env),
    });
  const child = command.spawn();
  const exit = child.status.then(({ code }) => code);
  const stdin = child.stdin.getWriter();
  const stdout = new LineReader(child.stdout);
  const stderr = new LineReader(child.stderr);
  return {
    child,
    stdout,
    stderr,
    stdin,
    exit,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await exit;
      // Unless the test has closed it, or the program had closed its end.
      await stdin.close().catch(() => {});
      // The end of a process may be seen before that of what it printed.
      await Promise.all([stdout.all(), stderr.all()]);
    },
  };
}

/**
 * The environment without variables of hubbub, and of the npx that may run the tests: those of the user
 * of the tests do not matter.
 */
export function inheritedEnvironment(): Record<string, string> {
  const variables = Object.entries(Deno.env.toObject());
  return Object.fromEntries(variables.filter(([name]) => !/^(HUBBUB_|npm_command$)/.test(name)));
}

function pipes(env: Record<string, string>) {
  return {
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    cwd: PROJECT,
    clearEnv: true,
    env: {
      ...inheritedEnvironment(),
      ...PROGRAM_ENVIRONMENT,
      NO_COLOR: "1",
      no_proxy: "*", // of the user of the tests
      XDG_CONFIG_HOME: configHome(),
      ...env,
    },
  } as const;
}

/**
 * Runs the program to its end.
 *
 * @param input all of its standard input; without it, that stays open.
 */
export async function runProgram(
  parameters: readonly string[],
  { input, ...options }: ProgramOptions & { readonly input?: string } = {},
): Promise<CommandResult> {
  await using program = startProgram(parameters, options);
  if (input !== undefined) {
    await program.stdin.write(new TextEncoder().encode(input));
    await program.stdin.close();
  }
  const [stdout, stderr] = await Promise.all([program.stdout.all(), program.stderr.all()]);
  return { code: await program.exit, stdout, stderr };
}

/** Starts `hubbub serve` on a free port and waits until it listens. */
export function startServe(
  parameters: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<Program & { port: number }> {
  return startListening(["serve", "--port", "0", ...parameters], options);
}

/** Starts `hubbub echo` on a free port and waits until it listens. */
export function startEcho(...parameters: string[]): Promise<Program & { port: number }> {
  return startListening(["echo", "--port", "0", ...parameters], {});
}

async function startListening(parameters: readonly string[], options: ProgramOptions) {
  const program = startProgram(parameters, options);
  const [, port] = await program.stdout.until(/^Listening on \S+:(\d+)$/m);
  return { ...program, port: Number(port) };
}

/** Asserts that a server cannot be started, since another program has its port. */
export async function assertPortInUse(words: readonly string[], port: number): Promise<void> {
  await using second = startProgram(words);
  assertEquals(await second.exit, 3);
  assertEquals(
    await second.stderr.all(),
    `Cannot listen on 127.0.0.1:${port}: the port is in use. ` +
      `Try --port ${port + 1}, or stop the other server.\n`,
  );
  assertEquals(await second.stdout.all(), "");
}
