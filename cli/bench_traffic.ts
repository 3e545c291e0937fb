import {
  type Assertion,
  type BenchmarkOptions,
  type BenchmarkResult,
  checkSearch,
  findLimit,
  type FullOptions,
  fullOptions,
  type LimitResult,
  renderHeader,
  renderLimitReport,
  renderReport,
  runBenchmark,
  type Target,
  withAssertions,
} from "../bench/mod.ts";
import { checkDescriptors, hasColours, runShown, type Shows } from "./bench_run.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { startOwnEchoServer, startOwnServer } from "./own_server.ts";
import { shownAddress } from "./values.ts";

/** How long a run of a search takes unless it is told otherwise. */
const SEARCH_SECONDS = 3;

/** What is measured, apart from where. */
export type Measured = Omit<BenchmarkOptions, "target">;

/** What is shown of a run, and what must hold. */
export interface RunShows extends Shows {
  /** Show many percentiles. */
  readonly percentiles: boolean;
  readonly assertions: readonly Assertion[];
}

/** Runs a benchmark, prints what it found, and returns the exit code. */
export async function runOnce(
  measured: Measured,
  target: Target | undefined,
  shows: RunShows,
): Promise<ExitCode> {
  const checked = checkedOptions(measured);
  return await withServer(checked, target, async (server) => {
    const options = { ...measured, target: server };
    if (!shows.json) console.log(renderHeader({ ...checked, target: server }).trimEnd());
    const result = await runShown(
      shows,
      async (observers) => withAssertions(await runBenchmark(options, observers), shows.assertions),
    );
    const { percentiles } = shows;
    print(shows, result, () => `\n${renderReport(result, { colours: hasColours(), percentiles })}`);
    return exitCodeOf(result);
  });
}

/** Looks for the highest rate at which something holds, prints what it found, and returns the exit
 * code. */
export async function runSearch(
  measured: Measured,
  target: Target | undefined,
  shows: RunShows & { readonly from: number; readonly to: number },
): Promise<ExitCode> {
  const { assertions, from, to } = shows;
  const shortened: Measured = { durationSeconds: SEARCH_SECONDS, ...measured };
  const checked = checkedOptions({ ...shortened, rate: from });
  refusing(() => checkSearch(from, to));
  return await withServer(checked, target, async (server) => {
    if (!shows.json) {
      const where = shownAddress(server.host, server.port);
      console.log(`Looking for the limit of ${checked.scenario} @ ${where}`);
    }
    const result = await runShown(shows, (observers) =>
      findLimit({
        ...{ assertions, from, to },
        run: (rate) => runBenchmark({ ...shortened, target: server, rate }, observers),
      }));
    print(shows, result, () => `\n${renderLimitReport(result, { colours: hasColours() })}`);
    return exitCodeOfSearch(result);
  });
}

/** Does something with the server that is given, or with one that is started for it. */
async function withServer<Result>(
  { scenario, connections }: FullOptions,
  target: Target | undefined,
  use: (target: Target) => Promise<Result>,
): Promise<Result> {
  checkDescriptors(connections);
  if (target !== undefined) return await use(target);
  const own = scenario === "echo" ? await startOwnEchoServer() : await startOwnServer(connections);
  try {
    return await use({ host: own.host, port: own.port });
  } finally {
    await own.stop();
  }
}

function print({ json }: Shows, result: unknown, render: () => string): void {
  console.log(json ? JSON.stringify(result) : render().trimEnd());
}

/** Wrong options are told before a server is started for them. */
function checkedOptions(measured: Measured): FullOptions {
  return refusing(() => fullOptions({ ...measured, target: { host: "", port: 0 } }));
}

function refusing<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(`${error.message}.`, EXIT.usage, { cause: error });
  }
}

/** Why a run failed is in its report. */
function exitCodeOf({ interrupted, joined, failures }: BenchmarkResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}

function exitCodeOfSearch({ interrupted, joined, highestRate }: LimitResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (joined === 0) return EXIT.network;
  return highestRate === null ? EXIT.failed : EXIT.done;
}
