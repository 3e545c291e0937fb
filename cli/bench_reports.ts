import { availableParallelism, cpus, release, totalmem } from "node:os";
import { type Machine, type OutputContext, renderHtml, type Report } from "../bench/mod.ts";
import { CliError, EXIT, type ExitCode, fileFault } from "./exit.ts";
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
  const exists = await Deno.lstat(path).then(() => true, () => false);
  try {
    (await Deno.open(path, { write: true, create: true })).close();
    if (!exists) await Deno.remove(path);
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
  const context = { command: commandLine(), date: new Date(), machine: machineLines() };
  await write(html, renderHtml(report, context));
}

/** Writes a file; one that is there already is replaced as a whole, or stays as it was. */
async function write(path: string, text: string): Promise<void> {
  try {
    if (!await replace(path, text)) await Deno.writeTextFile(path, text);
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
  const old = await Deno.stat(path).catch(() => undefined);
  const isThere = await Deno.lstat(path).then(() => true, () => false);
  // A device, or a link to a file that is not there yet.
  if (old === undefined ? isThere : !old.isFile) return false;
  // A link stays one.
  const target = old === undefined ? path : await Deno.realPath(path);
  const beside = `${target}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    (await Deno.open(beside, { write: true, createNew: true })).close();
  } catch {
    return false;
  }
  try {
    await Deno.writeTextFile(beside, text);
    if (old?.mode !== undefined && old.mode !== null && Deno.build.os !== "windows") {
      await Deno.chmod(beside, old.mode & 0o777);
    }
  } catch (error) {
    await Deno.remove(beside);
    throw error;
  }
  try {
    await Deno.rename(beside, target);
    return true;
  } catch {
    await Deno.remove(beside);
    return false;
  }
}

function machineLines(): string[] {
  const { os, osRelease, arch, cores, cpu, memoryBytes, deno, v8 } = machine();
  const gibibytes = (memoryBytes / 2 ** 30).toFixed(1);
  return [
    `${os} ${osRelease}, ${arch}, ${cores} × ${cpu}, ${gibibytes} GiB`,
    `Deno ${deno}, V8 ${v8}`,
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
  return ["hubbub", ...Deno.args.map(quoted)].join(" ");
}

export function machine(): Machine {
  const [cpu = "unknown processor"] = cpus().map((each) => each.model);
  return {
    os: Deno.build.os,
    osRelease: release(),
    arch: Deno.build.arch,
    cpu,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}

/** A parameter, quoted for a shell. */
function quoted(parameter: string): string {
  return /^[\w@%+=:,./-]+$/.test(parameter) ? parameter : `'${parameter.replaceAll("'", `'\\''`)}'`;
}
