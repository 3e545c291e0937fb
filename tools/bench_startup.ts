/**
 * `deno task bench:startup`: how long the program takes until a command has done its first work, with
 * which processor time and memory, and the ratios to an empty program. All are started in turns.
 *
 * @module
 */

import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { median } from "../bench/mod.ts";
import config from "../deno.json" with { type: "json" };
import { withEmptyFolder } from "./repository.ts";
import {
  emptyProgram,
  environmentOf,
  executableProgram,
  measureStart,
  programOf,
  SERVER,
  type Start,
  type StartedProgram,
  type StartEvent,
} from "./startup/start.ts";

/** A row of the table for each program. */
interface Measured {
  /** In the table and in `only=`. */
  readonly name: string;
  readonly words: readonly string[];
  readonly event: StartEvent;
}

const COMMANDS: readonly Measured[] = [
  ...["--version", "--help", "serve --help", "completions bash"].map((name) => ({
    ...{ name, words: name.split(" ") },
    event: "exit" as const,
  })),
  ...[["send", SERVER, "text"], ["tail", SERVER], ["check", SERVER], ["chat", SERVER]].map((
    words,
  ) => ({ ...{ name: words[0]!, words }, event: "connection" as const })),
  ...["echo", "serve"].map((name) => ({
    name,
    words: [name, "--host", "127.0.0.1", "--port", "0"],
    event: "listening" as const,
  })),
];

const EVENTS: Readonly<Record<StartEvent, string>> = {
  exit: "has ended",
  connection: "first byte sent",
  listening: "listens",
};

const DEFAULT_RUNS = 15;

/** As a program: what an executable of these sources has embedded. */
const EXECUTABLE = "executable";

const USAGE = `Usage: deno task bench:startup [runs=${DEFAULT_RUNS}] [code-cache=yes] \
[only=COMMAND,...] [NAME=PROGRAM ...]
Measures what an executable of these sources contains, run by Deno, or each PROGRAM: the folder of a
checkout, a command such as "node dist/npm/bin/hubbub.cjs", or "${EXECUTABLE}". Needs Linux, bash and
GNU time.
Commands: ${COMMANDS.map(({ name }) => name).join(", ")}`;

/** What the command line asks for. */
export interface StartupOptions {
  readonly runs: number;
  readonly hasCodeCache: boolean;
  readonly commands: readonly Measured[];
  /** The programs, by their names. */
  readonly programs: ReadonlyMap<string, string>;
}

/**
 * Reads the command line.
 *
 * @throws {RangeError} with a message for the user.
 */
export function readOptions(words: readonly string[]): StartupOptions {
  let runs = DEFAULT_RUNS;
  let hasCodeCache = false;
  let commands = COMMANDS;
  const programs = new Map<string, string>();
  for (const word of words) {
    const [, name = "", value = ""] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (name === "") throw new RangeError(`Unknown argument "${word}".`);
    if (name === "runs") {
      if (!/^[1-9]\d{0,3}$/.test(value)) throw new RangeError(`Invalid number of runs "${value}".`);
      runs = Number(value);
    } else if (name === "code-cache") hasCodeCache = value === "yes";
    else if (name === "only") commands = commandsOf(value);
    else programs.set(name, value);
  }
  if (programs.size === 0) programs.set("hubbub", EXECUTABLE);
  return { runs, hasCodeCache, commands, programs };
}

function commandsOf(text: string): Measured[] {
  return text.split(",").map((name) => {
    const found = COMMANDS.find((command) => command.name === name);
    if (found === undefined) throw new RangeError(`Unknown command "${name}".`);
    return found;
  });
}

/** The starts of a command of a program, or of the empty program. */
export interface Row {
  readonly name: string;
  readonly until: string;
  readonly starts: Start[];
}

/** @throws {Error} if a program cannot be started. */
async function measure(
  { runs, hasCodeCache, commands, programs }: StartupOptions,
): Promise<Row[]> {
  const task = config.tasks.hubbub.command;
  const environment = environmentOf(task);
  return await withEmptyFolder(async (folder) => {
    const module = join(folder, "empty.ts");
    await Deno.writeTextFile(module, "");
    const rowOf = (program: StartedProgram, { name, words, event }: Measured) => ({
      ...{
        name: [program.name, name].join(" ").trim(),
        until: EVENTS[event],
        starts: [] as Start[],
      },
      start: () => measureStart(program, words, event, environment),
    });
    const started = new Map<string, StartedProgram>();
    for (const [name, words] of programs) {
      const unpacked = join(folder, name);
      started.set(
        name,
        words === EXECUTABLE
          ? await executableProgram(name, unpacked, hasCodeCache)
          : programOf(name, words, hasCodeCache),
      );
    }
    const rows = [
      rowOf(emptyProgram(module, task, hasCodeCache), { name: "", words: [], event: "exit" }),
      ...commands.flatMap((command) =>
        [...started.values()].map((program) => rowOf(program, command))
      ),
    ];
    // The first starts fill the caches of the runtime and of the system.
    for (const { start } of rows) await start();
    for (let run = 0; run < runs; run++) {
      // The first one has a cooler machine: they take turns in that, too.
      for (const { start, starts } of run % 2 === 0 ? rows : rows.toReversed()) {
        starts.push(await start());
      }
      console.error(`${run + 1} of ${runs}`);
    }
    return rows;
  });
}

const HEAD = ["start", "until", "ms", "ratio", "CPU ms", "ratio", "MB", "ratio"];

/** A table in Markdown with medians, and their ratios to the first row. */
export function startupTable(rows: readonly Row[]): string {
  const cells = rows.map(({ name, until, starts }) => [
    ...[name, until],
    ...(["milliseconds", "cpuMilliseconds", "mebibytes"] as const).flatMap((figure) => {
      const value = median(starts.map((start) => start[figure]));
      const base = median(rows[0]!.starts.map((start) => start[figure]));
      return [value.toFixed(0), (value / base).toFixed(1)];
    }),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[], pad: (cell: string, width: number) => string) =>
    `| ${
      row.map((cell, column) => pad(cell, column < 2 ? -widths[column]! : widths[column]!)).join(
        " | ",
      )
    } |`;
  const aligned = (cell: string, width: number) =>
    width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  const rule = (_: string, width: number) =>
    width < 0 ? "-".repeat(-width) : `${"-".repeat(width - 1)}:`;
  return [line(HEAD, aligned), line(HEAD, rule), ...cells.map((row) => line(row, aligned))]
    .join("\n");
}

if (import.meta.main) {
  try {
    const options = readOptions(Deno.args);
    const rows = await measure(options);
    const load = loadavg().map((each) => each.toFixed(1)).join(" ");
    console.log(`\n${startupTable(rows)}\n`);
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${Deno.build.os} ${Deno.osRelease()}, ` +
        `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}, ` +
        `Deno ${Deno.version.deno}, ${options.hasCodeCache ? "with" : "without"} code cache, ` +
        `medians of ${options.runs} in turns, load average ${load}`,
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    Deno.exit(2);
  }
}
