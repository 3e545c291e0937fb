import { realpath } from "node:fs/promises";
import {
  comparedReport,
  type KeptRuns,
  MAX_COMPARED,
  renderText,
  type Report,
  type ReportTable,
} from "../bench/mod.ts";
import { cleanLine } from "../protocol/text.ts";
import { readKeptRuns } from "./bench_report_files.ts";
import { prepareReports, writeReports } from "./bench_reports.ts";
import { textOptions } from "./bench_run.ts";
import { CliError, EXIT } from "./exit.ts";
import type { BENCH_REPORT } from "./options/bench.ts";
import type { Run } from "./options/command_line.ts";
import { print } from "./standard_streams.ts";

/** `hubbub bench report`: compares runs that were kept. */
export const report: Run<typeof BENCH_REPORT.options> = async ({ values: { html } }, paths) => {
  if (paths.length < 2) {
    throw new CliError(
      "Give two or more files that bench --json has written, such as bench report before.json " +
        "after.json. The page of a single run is written by bench --html.",
      EXIT.usage,
    );
  }
  if (paths.length > MAX_COMPARED) {
    throw new CliError(
      `Cannot compare ${paths.length} files: the maximum is ${MAX_COMPARED}. Give fewer files.`,
      EXIT.usage,
    );
  }
  if (html !== undefined) await refuseOverwriting(html, paths);
  await prepareReports({ html });
  const kept = await readKeptRuns(paths);
  const compared = withCleanTexts(compare(kept));
  print(renderText(compared, textOptions()).trimEnd());
  await writeReports({ html }, compared);
};

/** @throws {CliError} for runs that cannot be compared. */
function compare(kept: readonly KeptRuns[]): Report {
  try {
    return comparedReport(kept);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(`Cannot compare these files: ${error.message}.`, EXIT.usage, {
      cause: error,
    });
  }
}

/** @throws {CliError} if the page is to be written over one of the runs. */
async function refuseOverwriting(html: string, paths: readonly string[]): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => path);
  const target = await real(html);
  for (const path of paths) {
    if (await real(path) !== target) continue;
    throw new CliError(
      `Cannot write the report to ${html}: it is one of the files to compare. Give another name.`,
      EXIT.usage,
    );
  }
}

/** A report without control characters: files may come from elsewhere. */
function withCleanTexts(report: Report): Report {
  const clean = (table: ReportTable) => ({
    ...table,
    head: table.head.map(cleanLine),
    rows: table.rows.map((row) => row.map(cleanLine)),
  });
  return {
    ...report,
    lines: report.lines.map(cleanLine),
    tables: report.tables.map(clean),
    details: report.details.map(clean),
  };
}
