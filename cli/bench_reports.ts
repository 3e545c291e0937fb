import { renderHtml, type Report } from "../bench/mod.ts";
import { commandLine, machine } from "./bench_context.ts";
import { CliError, EXIT, type ExitCode, fileFault } from "./exit.ts";

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
  if (csv !== undefined && csv === html) {
    throw new CliError(`Cannot write two reports to ${csv}: give each its own file.`, EXIT.usage);
  }
  for (const path of [csv, html]) {
    if (path !== undefined) await write(path, "", EXIT.usage);
  }
}

/**
 * Writes the files.
 *
 * @param renderCsv makes what the file of comma-separated values is to hold.
 */
export async function writeReports(
  { csv, html }: ReportFiles,
  report: Report,
  renderCsv: () => string = () => "",
): Promise<void> {
  if (csv !== undefined) await write(csv, renderCsv(), EXIT.failed);
  if (html === undefined) return;
  const surroundings = { command: commandLine(), date: new Date(), machine: machineLines() };
  await write(html, renderHtml(report, surroundings), EXIT.failed);
}

async function write(path: string, text: string, code: ExitCode): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    throw new CliError(`Cannot write the report to ${path}: ${fileFault(error, "write")}`, code);
  }
}

/** What the figures depend on. */
function machineLines(): string[] {
  const { os, osRelease, arch, cores, cpu, memoryBytes, deno, v8 } = machine();
  const gibibytes = (memoryBytes / 2 ** 30).toFixed(1);
  return [
    `${os} ${osRelease}, ${arch}, ${cores} × ${cpu}, ${gibibytes} GiB`,
    `Deno ${deno}, V8 ${v8}`,
  ];
}
