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
import { choice, duration, integer } from "./options/values.ts";
import { namedServer } from "./load_target.ts";
import type { AddressWords } from "./server_target.ts";
import { loadedServer } from "./started_server.ts";
import { print } from "./standard_streams.ts";

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
export interface TrialShow<Result extends Outcome>
  extends Pick<BenchmarkObservers, "watch" | "serverLimits"> {
  readonly given: GivenShow<Result>;
  /** Printed before, unless it is JSON that is wanted. */
  readonly header: string;
  readonly run: (observers: BenchmarkObservers) => Promise<Result>;
  readonly report: (result: Result) => Report;
  /** How messages were sent to the server, where that may be the wrong way. */
  readonly tried?: Pick<Tried, "target" | "scenario" | "profile"> | undefined;
  /** Ends the trial. */
  readonly signal: AbortSignal;
}

/** How a trial of a server is run and shown. */
export interface ServerTrialShow<Result extends Outcome> extends Pick<TrialShow<Result>, "report"> {
  readonly scenario: string;
  readonly given: GivenShow<Result> & {
    /** Default: `json`, because the scenario needs a hubbub server. */
    readonly profile?: ProfileName;
    /** The server's process, to be watched. Default: that of a server that was started. */
    readonly pid?: number | undefined;
  };
  /** Connections that are open at the same time, at most. */
  readonly connections: number;
  /** The load, in the words of the second line of the header. */
  readonly load: string;
  readonly run: (target: Target, observers: BenchmarkObservers) => Promise<Result>;
}

/** Runs a trial, prints its report and ends the program with its exit code. */
export async function showTrial<Result extends Outcome>(
  { given, header, run, report: reportOf, tried, signal, watch, serverLimits }: TrialShow<Result>,
): Promise<void> {
  const { liveJson = false, json = liveJson, progress = false, assert: assertions = [], html } =
    given;
  await prepareReports({ html });
  const measured = await runShown({ json, liveJson, progress }, signal, (observers) => {
    if (!json) print(header);
    return run({ ...observers, watch, serverLimits });
  });
  const result = withAssertions(measured, assertions);
  const report = joinedOf(result) === 0 ? reportOf(result) : withHealth(reportOf(result), result);
  if (json) printJson(result, result.failures);
  else print(renderText(report, textOptions()).trim());
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
 * Runs a trial of the server that was named, or of one of its own, and ends the program with its exit
 * code. Ctrl+C ends it.
 *
 * @param command its options and `words` name the server.
 */
export async function showServerTrial<Result extends Outcome>(
  command: CommandUnknownOpts,
  words: AddressWords,
  { scenario, given, connections, load, run, report }: ServerTrialShow<Result>,
): Promise<void> {
  const { profile, pid } = given;
  const named = namedServer(command, words);
  checkDescriptors(connections);
  await checkProcess(pid);
  await interruptible(async (signal) => {
    const start = (signal: AbortSignal) => startOwnServer(2 * connections, signal);
    const server = await loadedServer(named, start, signal);
    try {
      const { target } = server;
      const serverLimits = await readServerLimits(target, profile ?? "json");
      await showTrial({
        ...{ given, report, signal, serverLimits },
        header: `Running ${scenario} @ ${targetText(target)}${limitsText(serverLimits)}\n${load}\n`,
        run: (observers) => run(target, observers),
        watch: watchOf(pid ?? server.pid, target.port),
        tried: profile && { target, profile, scenario },
      });
    } finally {
      await server.stop();
    }
  });
}
