import {
  type Assertion,
  checkSearch,
  findLimit,
  type FullOptions,
  fullOptions,
  limitFailures,
  limitReport,
  type LimitResult,
  limitsText,
  readServerLimits,
  renderLimitCsv,
  renderLimitStep,
  renderText,
  runBenchmark,
  type Target,
  targetText,
  titleOf,
  untilQuiet,
} from "../bench/mod.ts";
import { printHint } from "./bench_hint.ts";
import { prepareReports, type ReportFiles, writeReports } from "./bench_reports.ts";
import { checkDescriptors, printJson, runShown, type Shows, textOptions } from "./bench_run.ts";
import { type Load, refusing, startOwn, TO_BE_STARTED } from "./bench_traffic.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { loadedServer, type ServerToLoad } from "./started_server.ts";
import { print } from "./standard_streams.ts";

/** Default duration of each run of a search. */
const SECONDS = 3;

/** Conditions and rates of a search, and how it is shown. */
export interface Search extends Shows {
  /** What must hold. */
  readonly assertions: readonly Assertion[];
  /** The first rate. */
  readonly from: number;
  /** The highest rate. */
  readonly to: number;
  readonly files: ReportFiles;
}

/**
 * Finds the highest rate at which the assertions hold, and prints it.
 *
 * @param named the server; without one, a server of its own is started.
 */
export async function runSearch(
  load: Load,
  named: ServerToLoad,
  search: Search,
): Promise<ExitCode> {
  const { assertions, from, to, files, ...shows } = search;
  const short: Load = { durationSeconds: SECONDS, ...load };
  const checked = checkedOptions(short, named, search);
  checkDescriptors(checked.connections);
  await prepareReports(files);
  return await interruptible(async (signal) => {
    const server = await loadedServer(named, (signal) => startOwn(checked, signal), signal);
    try {
      const { target } = server;
      const serverLimits = await readServerLimits(target, checked.profile);
      if (!shows.json) {
        const where = targetText(target) + limitsText(serverLimits);
        print(`Searching for the limit of ${checked.scenario} @ ${where}`);
      }
      const result = await runShown(shows, signal, (observers, clear) =>
        findLimit({
          ...{ assertions, from, to },
          onStep: (step) => {
            clear();
            if (!shows.json) print(renderLimitStep(step));
          },
          untilQuiet: () => untilQuiet(() => performance.now(), signal),
          run: (rate) =>
            runBenchmark({ ...short, target, rate }, {
              ...observers,
              serverLimits,
              watch: watchOf(server.pid, target.port),
            }),
        }));
      await showResult(result, checked, target, search);
      return exitCodeOf(result);
    } finally {
      await server.stop();
    }
  });
}

function checkedOptions(load: Load, { target = TO_BE_STARTED }: ServerToLoad, search: Search) {
  return refusing(() => {
    checkSearch(search.from, search.to);
    return fullOptions({ ...load, rate: search.from, target });
  });
}

async function showResult(
  result: LimitResult,
  options: FullOptions,
  target: Target,
  { json, files }: Search,
): Promise<void> {
  const { scenario, profile, lines } = options;
  const report = limitReport(result, titleOf(scenario, target));
  if (json) {
    const failures = [
      ...result.highestRate === null ? result.curve[0]?.failures ?? [] : [],
      ...limitFailures(result),
    ];
    printJson({ ...loadOf(options, target), ...result }, failures);
  } else print(`\n${renderText(report, textOptions())}`.trimEnd());
  await writeReports(files, report, () => renderLimitCsv(result));
  if (result.joined === 0 && !result.interrupted) {
    await printHint({ target, scenario, profile, lines, takesTemplates: true });
  }
}

/** The load of the search, for the JSON output. */
function loadOf(
  { scenario, profile, connections, senders, payloadBytes, workers, durationSeconds }: FullOptions,
  target: Target,
) {
  return {
    ...{ scenario, profile, target, connections, senders, payloadBytes, workers },
    secondsEach: durationSeconds,
  };
}

function exitCodeOf({ interrupted, joined, highestRate, isTrustworthy }: LimitResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return highestRate === null || !isTrustworthy ? EXIT.failed : EXIT.done;
}
