/** Blocks of the documents as a reader types them: in bash, in an empty folder, with `hubbub` in the PATH. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { REPOSITORY } from "../../tools/repository.ts";
import { configHome } from "./config_home.ts";
import type { CodeBlock } from "./documents.ts";
import { shellWord } from "../../cli/shell_word.ts";
import { inheritedEnvironment, IS_OTHER_PROGRAM, LineReader, PROGRAM } from "./program.ts";
import { replaced } from "./replaced.ts";

/** What differs between a reader's machine and that of a test: each text must be in the block. */
export type Replacements = Readonly<Record<string, string>>;

/** How a block is typed. */
export interface TypedOptions {
  readonly replace?: Replacements | undefined;
  readonly env?: Record<string, string> | undefined;
  /** Lines that the reader types afterwards. */
  readonly then?: string | undefined;
  /** In the folder of the project, as the README says, instead of an empty one. */
  readonly inProject?: boolean | undefined;
  /** What is in the folder before, by name. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** A block of commands that runs. */
export class TypedCommands implements AsyncDisposable {
  readonly stdout: LineReader;
  readonly stderr: LineReader;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(readonly folder: string, readonly child: Deno.ChildProcess) {
    this.stdout = new LineReader(child.stdout);
    this.stderr = new LineReader(child.stderr);
    this.#stdin = child.stdin.getWriter();
  }

  /** Types a block. */
  static async type(
    block: CodeBlock,
    { replace = {}, env = {}, then = "", inProject = false, files = {} }: TypedOptions = {},
  ): Promise<TypedCommands> {
    const folder = await Deno.makeTempDir({ prefix: "hubbub-typed-" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    const inherited = inheritedEnvironment();
    // That of the task that runs the tests.
    delete inherited["INIT_CWD"];
    const child = new Deno.Command("setsid", {
      // Aliases only work where bash reads line by line, as it does from a terminal.
      args: ["bash", "-O", "expand_aliases", "-c", replaced(block.text, replace) + then],
      cwd: inProject ? REPOSITORY : folder,
      clearEnv: true,
      env: {
        ...inherited,
        ...{ NO_COLOR: "1", XDG_CONFIG_HOME: configHome(), npm_config_prefer_offline: "true" },
        PATH: `${await toolFolder()}:${inherited["PATH"]}`,
        ...env,
      },
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
    return new TypedCommands(folder, child);
  }

  /** All that was printed so far, on either stream. */
  get printed(): string {
    return this.stdout.text + this.stderr.text;
  }

  /** Types a line into the program. */
  async line(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${text}\n`));
  }

  /** Presses Ctrl+D. */
  async end(): Promise<void> {
    await this.#stdin.close();
  }

  /** Presses Ctrl+C. */
  interrupt(): void {
    this.#signal("INT");
  }

  /** Waits for the end, and returns the exit code; that of a signal is 128 and its number. */
  async exit(): Promise<number> {
    const { code } = await this.child.status;
    await Promise.all([this.stdout.all(), this.stderr.all()]);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("KILL");
    await this.exit();
    await this.#stdin.close().catch(() => {}); // the test may have closed it
    await Deno.remove(this.folder, { recursive: true });
  }

  /** To all processes of the block, as a terminal does. */
  #signal(name: string): void {
    new Deno.Command("kill", {
      args: [`-${name}`, "--", `-${this.child.pid}`],
      stderr: "null", // none may be left
    }).outputSync();
  }
}

let tools: Promise<string> | undefined;

/** A word of a command as an absolute path, if it is the path of a file in the folder of the project. */
function absolute(word: string): string {
  const path = resolve(REPOSITORY, word);
  return existsSync(path) ? path : word;
}

/** A folder with the `deno` of this test, and `hubbub` as the README's alias has it, or another form. */
function toolFolder(): Promise<string> {
  return tools ??= makeToolFolder();
}

async function makeToolFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-tools-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await Deno.symlink(Deno.execPath(), join(folder, "deno"));
  const command = IS_OTHER_PROGRAM
    ? `${PROGRAM.map((word) => shellWord(absolute(word))).join(" ")} "$@"`
    : `deno task -q --config='${REPOSITORY}/deno.json' hubbub "$@"`;
  await Deno.writeTextFile(join(folder, "hubbub"), `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
  return folder;
}
