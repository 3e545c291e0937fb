import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type Assertion,
  type BenchmarkObservers,
  DEFAULTS,
  type Metrics,
  PROFILES,
  renderText,
  type Report,
  withAssertions,
} from "../bench/mod.ts";
import { prepareReports, writeReports } from "./bench_reports.ts";
import { checkDescriptors, exitWith, hasColours, printJson, runShown } from "./bench_run.ts";
import { assertionsOf } from "./bench_values.ts";
import { EXIT } from "./exit.ts";
import { startOwnServer } from "./own_server.ts";
import { interruptible } from "./signals.ts";
import { duration } from "./values.ts";
import { hostPort } from "../protocol/mod.ts";
import { type AddressWords, plainTarget } from "./server_target.ts";
import { say } from "./standard_streams.ts";

/** The options that trials share. */
export const TRIAL_OPTIONS = {
  profile: () =>
    new Option("--profile <name>", "how the server is spoken to")
      .choices(Object.keys(PROFILES) as (keyof typeof PROFILES)[])
      .default(DEFAULTS.profile).env("HUBBUB_PROFILE"),
  timeout: () =>
    new Option("-t, --timeout <time>", "how long joining, or a delivery, may take")
      .argParser(duration(100, 3_600_000))
      .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
      .env("HUBBUB_TIMEOUT"),
  json: () =>
    new Option("-j, --json", "print one JSON object on standard output, and nothing else")
      .env("HUBBUB_JSON"),
  assert: <Result>(metrics: Metrics<Result>) =>
    new Option(
      "--assert <condition>",
      `fail unless it holds, such as '${Object.keys(metrics)[0]}<50ms'; may be repeated; of ` +
        Object.keys(metrics).join(" "),
    ).argParser(assertionsOf(metrics)).env("HUBBUB_ASSERT"),
  html: () =>
    new Option("--html <file>", "write a page with the report, which needs nothing else")
      .env("HUBBUB_HTML"),
  noProgress: () => new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"),
};

/** What decides about the exit code. */
interface Outcome {
  /** Absent where there is nobody to join. */
  readonly joined?: number;
  readonly connected?: number;
  readonly failures: readonly string[];
  readonly interrupted: boolean;
}

/** The options of {@link TRIAL_OPTIONS} that say how a trial is shown, as they were given. */
interface GivenShow<Result> {
  readonly json?: true | undefined;
  /** Default: none is shown. */
  readonly progress?: boolean;
  /** What must hold. */
  readonly assert?: readonly Assertion<Result>[] | undefined;
  /** A page that the report is written to. */
  readonly html?: string | undefined;
}

/** How a trial is run and shown. */
export interface TrialShow<Result extends Outcome> {
  readonly given: GivenShow<Result>;
  /** Printed before, unless it is JSON that is wanted. */
  readonly header: string;
  readonly run: (observers: BenchmarkObservers) => Promise<Result>;
  readonly report: (result: Result) => Report;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Runs a trial, prints its report and ends the program with its exit code. */
export async function showTrial<Result extends Outcome>(
  { given, header, run, report: reportOf, signal }: TrialShow<Result>,
): Promise<void> {
  const { json = false, progress = false, assert: assertions = [], html } = given;
  await prepareReports({ html });
  const measured = await runShown({ json, progress }, signal, (observers) => {
    if (!json) say(header);
    return run(observers);
  });
  const result = withAssertions(measured, assertions);
  const report = reportOf(result);
  if (json) printJson(result, result.failures);
  else say(renderText(report, { colours: hasColours() }).trim());
  await writeReports({ html }, report);
  const { interrupted, connected, joined = connected, failures } = result;
  exitWith(
    interrupted
      ? EXIT.interrupted
      : joined === 0
      ? EXIT.network
      : failures.length > 0
      ? EXIT.failed
      : EXIT.done,
  );
}

/**
 * Gives a trial the server that was named, or one of its own for the time. Ctrl+C ends it.
 *
 * @param connections how many are open at one time, at most.
 * @param use is told the target, how it is shown to people, and when to end.
 */
export async function withTarget(
  command: CommandUnknownOpts,
  words: AddressWords,
  connections: number,
  use: (
    target: { host: string; port: number },
    shown: string,
    signal: AbortSignal,
  ) => Promise<void>,
): Promise<void> {
  const target = plainTarget(command, words);
  checkDescriptors(connections);
  await interruptible(async (signal) => {
    const own = target === undefined ? await startOwnServer(2 * connections, signal) : undefined;
    try {
      const { host, port } = target ?? own!;
      await use({ host, port }, hostPort({ host, port }), signal);
    } finally {
      await own?.stop();
    }
  });
}
