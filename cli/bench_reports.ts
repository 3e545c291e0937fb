import { constants } from "node:fs";
import { chmod, open, readlink, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { type Machine, type OutputContext, renderHtml, type Report } from "../bench/mod.ts";
import { CliError, EXIT, type ExitCode, fileFault } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";
import { shellWord } from "./shell_word.ts";
import config from "../deno.json" with { type: "json" };

export interface ReportFiles {
  readonly csv?: string | undefined;
  readonly html?: string | undefined;
}

/**
 * Checks that the files can be written, before the run that may take minutes.
 *
 * @throws {CliError} that names the file.
 */
export async function prepareReports({ csv, html }: ReportFiles): Promise<void> {
  if (csv !== undefined && csv === html) {
    throw new CliError(`Cannot write two reports to ${csv}: give each its own file.`, EXIT.usage);
  }
  for (const path of [csv, html]) {
    if (path !== undefined) await checkWritable(path);
  }
}

/** Opens a file for writing, and leaves it as it was: a run that fails must not end an older report. */
async function checkWritable(path: string): Promise<void> {
  const target = await targetOf(path);
  const exists = await stat(target).then(() => true, () => false);
  try {
    await (await open(target, constants.O_WRONLY | constants.O_CREAT)).close();
    if (!exists) await unlink(target);
  } catch (error) {
    throw unwritable(path, error, EXIT.usage);
  }
}

function unwritable(path: string, error: unknown, code: ExitCode): CliError {
  return new CliError(`Cannot write the report to ${path}: ${fileFault(error, "write")}`, code);
}

export async function writeReports(
  { csv, html }: ReportFiles,
  report: Report,
  renderCsv: () => string = () => "",
): Promise<void> {
  if (csv !== undefined) await write(csv, renderCsv());
  if (html === undefined) return;
  // A comparison has the machines of its runs.
  const machine = report.hasNoVerdict ? [] : machineLines();
  const context = { command: commandLine(), date: new Date(), machine };
  await write(html, renderHtml(report, context));
}

/** Maximum number of links that lead from one to the next, as on Linux. */
const MAX_LINKS = 40;

/**
 * The file to be made behind a link to one that is not there; other paths are returned. With a list
 * of permissions, Deno makes no file behind a link.
 */
async function targetOf(path: string, links = MAX_LINKS): Promise<string> {
  const exists = await stat(path).then(() => true, () => false);
  const next = exists || links === 0 ? undefined : await readlink(path).catch(() => undefined);
  if (next === undefined) return path;
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return await targetOf(resolve(folder, next), links - 1);
}

/** Writes a file; one that is there already is replaced as a whole, or stays as it was. */
async function write(path: string, text: string): Promise<void> {
  try {
    const target = await targetOf(path);
    if (!await replace(target, text)) await writeFile(target, text);
  } catch (error) {
    throw unwritable(path, error, EXIT.failed);
  }
}

/**
 * Writes a file beside the old one, and renames it.
 *
 * @returns false where that cannot be done: devices, folders in which no files may be created, single files
 *   that are mounted.
 */
async function replace(path: string, text: string): Promise<boolean> {
  const old = await stat(path).catch(() => undefined);
  if (old !== undefined && !old.isFile()) return false;
  // A link stays one.
  const target = old === undefined ? path : await realpath(path);
  const beside = `${target}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await (await open(beside, "wx")).close();
  } catch {
    return false;
  }
  try {
    await writeFile(beside, text);
    if (old !== undefined && runtime.os !== "windows") {
      await chmod(beside, old.mode & 0o777);
    }
  } catch (error) {
    await unlink(beside);
    throw error;
  }
  try {
    await rename(beside, target);
    return true;
  } catch {
    await unlink(beside);
    return false;
  }
}

function machineLines(): string[] {
  const { os, osRelease, arch, cores, cpu, memoryBytes, runtime, v8 } = machine();
  const gibibytes = (memoryBytes / 2 ** 30).toFixed(1);
  return [
    `${os} ${osRelease}, ${arch}, ${cores} × ${cpu}, ${gibibytes} GiB`,
    `${runtime}, V8 ${v8}`,
  ];
}

/** The context of a result: the first fields of the output of `--json`. */
export function outputContext(): OutputContext {
  return {
    version: config.version,
    time: new Date().toISOString(),
    machine: machine(),
    command: commandLine(),
  };
}

/** The command line, quoted for a shell. */
export function commandLine(): string {
  return ["hubbub", ...process.argv.slice(2).map(shellWord)].join(" ");
}

export function machine(): Machine {
  const [cpu = "unknown processor"] = cpus().map((each) => each.model);
  return {
    os: runtime.os,
    osRelease: release(),
    arch: runtime.arch,
    cpu,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    runtime: runtime.version,
    v8: process.versions.v8,
  };
}
