import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type Assertion,
  type BenchmarkObservers,
  DEFAULTS,
  limitsText,
  type Metrics,
  type ProfileName,
  readServerLimits,
  renderText,
  type Report,
  type RunHealth,
  type Target,
  targetText,
  withAssertions,
  withHealth,
} from "../bench/mod.ts";
import { type Ended, needsHint, tellHint, type Tried } from "./bench_hint.ts";
import { prepareReports, writeReports } from "./bench_reports.ts";
import { checkDescriptors, exitWith, printJson, runShown, textOptions } from "./bench_run.ts";
import { assertionsOf, PROFILE_NAMES } from "./bench_values.ts";
import { EXIT } from "./exit.ts";
import { startOwnServer } from "./own_server.ts";
import { checkProcess, watchOf } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { choice, duration, integer } from "./values.ts";
import { namedServer } from "./load_target.ts";
import type { AddressWords } from "./server_target.ts";
import { loadedServer } from "./started_server.ts";
import { say } from "./standard_streams.ts";

/** The options that trials share. */
export const TRIAL_OPTIONS = {
  profile: () =>
    new Option("--profile <name>", "how the server is spoken to")
      .choices(PROFILE_NAMES).argParser(choice(PROFILE_NAMES))
      .default(DEFAULTS.profile).env("HUBBUB_PROFILE"),
  timeout: () =>
    new Option("-t, --timeout <time>", "how long joining, or a delivery, may take")
      .argParser(duration(100, 3_600_000))
      .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
      .env("HUBBUB_TIMEOUT"),
  json: () =>
    new Option("-j, --json", "print one JSON object on standard output, and nothing else")
      .env("HUBBUB_JSON"),
  liveJson: () =>
    new Option("--live-json", "print a JSON object each second, and at the end that of --json")
      .env("HUBBUB_LIVE_JSON"),
  assert: <Result>(metrics: Metrics<Result>) =>
    new Option(
      "--assert <condition>",
      `fail unless it holds, such as '${Object.keys(metrics)[0]}<50ms'; may be repeated; of ` +
        Object.keys(metrics).join(" "),
    ).argParser(assertionsOf(metrics)).env("HUBBUB_ASSERT"),
  pid: () =>
    new Option("--pid <number>", "watch the CPU and memory of this process of the server (Linux)")
      .argParser(integer(1, 4_194_304)).env("HUBBUB_PID"),
  html: () =>
    new Option("--html <file>", "write a page with the report, which needs nothing else")
      .env("HUBBUB_HTML"),
  noProgress: () => new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"),
};

/** What decides about the exit code. */
interface Outcome extends Ended, Partial<RunHealth> {
  readonly connected?: number;
  readonly failures: readonly string[];
}

/** The options of {@link TRIAL_OPTIONS} that say how a trial is shown, as they were given. */
interface GivenShow<Result> {
  readonly json?: true | undefined;
  readonly liveJson?: true | undefined;
  /** Default: none is shown. */
  readonly progress?: boolean;
  /** What must hold. */
  readonly assert?: readonly Assertion<Result>[] | undefined;
  /** A page that the report is written to. */
  readonly html?: string | undefined;
}

/** How a trial is run and shown. */
export interface TrialShow<Result extends Outcome> extends KnownTarget {
  readonly given: GivenShow<Result>;
  /** Printed before, unless it is JSON that is wanted. */
  readonly header: string;
  readonly run: (observers: BenchmarkObservers) => Promise<Result>;
  readonly report: (result: Result) => Report;
  /** How the server is spoken to, where that may be the wrong way. */
  readonly tried?: Pick<Tried, "target" | "scenario" | "profile">;
}

/** What every trial is told of its target. */
export interface KnownTarget extends Pick<BenchmarkObservers, "watch" | "serverLimits"> {
  /** Ends the trial. */
  readonly signal: AbortSignal;
}

/** What a trial needs of its target. */
export interface TargetNeeds {
  readonly connections: number;
  readonly profile: ProfileName;
  readonly pid: number | undefined;
}

/** Runs a trial, prints its report and ends the program with its exit code. */
export async function showTrial<Result extends Outcome>(
  { given, header, run, report: reportOf, tried, signal, watch, serverLimits }: TrialShow<Result>,
): Promise<void> {
  const { liveJson = false, json = liveJson, progress = false, assert: assertions = [], html } =
    given;
  await prepareReports({ html });
  const measured = await runShown({ json, liveJson, progress }, signal, (observers) => {
    if (!json) say(header);
    return run({ ...observers, watch, serverLimits });
  });
  const result = withAssertions(measured, assertions);
  const report = joinedOf(result) === 0 ? reportOf(result) : withHealth(reportOf(result), result);
  if (json) printJson(result, result.failures);
  else say(renderText(report, textOptions()).trim());
  await writeReports({ html }, report);
  if (tried !== undefined && needsHint(result)) await tellHint({ ...tried, takesTemplates: false });
  const { interrupted, failures } = result;
  exitWith(
    interrupted
      ? EXIT.interrupted
      : joinedOf(result) === 0
      ? EXIT.network
      : failures.length > 0
      ? EXIT.failed
      : EXIT.done,
  );
}

/** How many have come in; `undefined` where there is nobody to join. */
function joinedOf({ connected, joined = connected }: Outcome): number | undefined {
  return joined;
}

/**
 * Gives a trial the server that was named, or one of its own for the time. Ctrl+C ends it.
 *
 * @param needs how many connections are open at one time, at most; how the server is spoken to; and
 *   the server's process, to be watched: default is that of its own server.
 * @param use is told the target, how it is shown to people, and what is known of it.
 */
export async function withTarget(
  command: CommandUnknownOpts,
  words: AddressWords,
  { connections, profile, pid }: TargetNeeds,
  use: (
    target: Target,
    shown: string,
    known: KnownTarget,
  ) => Promise<void>,
): Promise<void> {
  const named = namedServer(command, words);
  checkDescriptors(connections);
  await checkProcess(pid);
  await interruptible(async (signal) => {
    const start = (signal: AbortSignal) => startOwnServer(2 * connections, signal);
    const server = await loadedServer(named, start, signal);
    try {
      const { target } = server;
      const serverLimits = await readServerLimits(target, profile);
      const shown = targetText(target) + limitsText(serverLimits);
      const watch = watchOf(pid ?? server.pid, target.port);
      await use(target, shown, { signal, serverLimits, watch });
    } finally {
      await server.stop();
    }
  });
}
