import { availableParallelism, cpus, release, totalmem } from "node:os";
import { type BenchmarkResult, renderCsv, renderHtml } from "../bench/mod.ts";
import { CliError, EXIT } from "./exit.ts";

/** Files that a run is written to. */
export interface ReportFiles {
  readonly csv?: string | undefined;
  readonly html?: string | undefined;
}

/**
 * Makes sure that the files can be written, before minutes are spent on what goes into them.
 *
 * @throws {CliError} naming the file.
 */
export async function prepareReports({ csv, html }: ReportFiles): Promise<void> {
  for (const path of [csv, html]) {
    if (path !== undefined) await write(path, "");
  }
}

/** Writes the files. */
export async function writeReports(
  { csv, html }: ReportFiles,
  result: BenchmarkResult,
): Promise<void> {
  if (csv !== undefined) await write(csv, renderCsv(result));
  if (html === undefined) return;
  const command = ["hubbub", ...Deno.args.map(quoted)].join(" ");
  await write(html, renderHtml(result, { command, date: new Date(), machine: machine() }));
}

async function write(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new CliError(`Cannot write the report to ${path}: ${reason}.`, EXIT.usage);
  }
}

/** A parameter as it is typed in a shell. */
function quoted(parameter: string): string {
  return /^[\w@%+=:,./-]+$/.test(parameter) ? parameter : `'${parameter.replaceAll("'", `'\\''`)}'`;
}

/** What the figures depend on. */
function machine(): string[] {
  const gibibytes = (totalmem() / 2 ** 30).toFixed(1);
  const [model = "unknown processor"] = cpus().map((cpu) => cpu.model);
  return [
    `${Deno.build.os} ${release()}, ${Deno.build.arch}, ${availableParallelism()} × ${model}, ` +
    `${gibibytes} GiB`,
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
  ];
}
