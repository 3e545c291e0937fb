/**
 * The load tester: a crowd of connections that talk to a chat server, and a ledger of who got what.
 *
 * It knows the server by its protocol only, so it can load any server that a profile describes.
 *
 * @module
 */

export { type Assertion, assertionSyntax, parseAssertions, withAssertions } from "./assertions.ts";
export { type Metric, type Metrics, TRAFFIC_METRICS } from "./metrics.ts";
export {
  BACKLOG_METRICS,
  CHURN_METRICS,
  CODEC_METRICS,
  CONNECT_METRICS,
  RESTART_METRICS,
  ROOMS_METRICS,
  ROUNDS_METRICS,
  STALL_METRICS,
} from "./scenarios/metrics.ts";
export type { Distribution } from "./distribution.ts";
export type { ErrorCount, Phase } from "./error_tally.ts";
export type { LatencySummary } from "./latency_histogram.ts";
export type { LedgerTotals } from "./ledger_totals.ts";
export { PAYLOAD_KINDS, type PayloadSource, payloadText } from "./padding.ts";
export { type Verification, VERIFICATIONS } from "./mark.ts";
export {
  type BenchmarkOptions,
  DEFAULTS,
  type FullOptions,
  fullOptions,
  type MayBeUnset,
  SCENARIO_NAMES,
  type ScenarioName,
  type Target,
  targetText,
} from "./options.ts";
export type { Complaint, Heard, LoginAnswer, Profile, Refusal } from "./profile.ts";
export type { ReadProc } from "./proc_files.ts";
export { type Pace, type Ramp, RATES } from "./pacer.ts";
export {
  checkSearch,
  findLimit,
  type LimitResult,
  type LimitSearch,
  type LimitStep,
} from "./find_limit.ts";
export { untilQuiet } from "./generator_health.ts";
export { limitFailures, limitReport, renderLimitCsv, renderLimitStep } from "./limit_report.ts";
export type { LineTemplates } from "./profiles/line.ts";
export type { QueueFigures } from "./scenarios/backlog_watch.ts";
export { type ProfileName, PROFILES } from "./profiles/mod.ts";
export { checkSameLoad, type LoadFields, parseBaseline, type RunSet } from "./baseline.ts";
export { type ComparedFigure, compareRuns, median, type Verdict } from "./comparison.ts";
export { comparisonTable, spreadTable, worseSentences } from "./reports/comparison_text.ts";
export {
  middleOf,
  namesOf,
  type RunSeries,
  seriesFailures,
  seriesReport,
} from "./series_report.ts";
export type { LatencyPoint } from "./latency_histogram.ts";
export type {
  BacklogOutput,
  BenchOutput,
  ChurnOutput,
  CodecOutput,
  ConnectOutput,
  LimitOutput,
  Machine,
  OutputContext,
  ProgressOutput,
  RestartOutput,
  RoomsOutput,
  RoundsOutput,
  RunOutput,
  RunsOutput,
  StallOutput,
} from "./output.ts";
export { renderCsv } from "./reports/csv.ts";
export { type HtmlContext, renderHtml } from "./reports/html.ts";
export { type ServerState, ServerWatch, type ServerWatchEnvironment } from "./server_watch.ts";
export { bench, type BenchEvents, BenchRun } from "./bench.ts";
export type { IdleListener } from "./scenarios/idle_listener.ts";
export { LiveLine } from "./live_line.ts";
export { type BenchmarkProgress, renderProgress, type RunFaults } from "./progress.ts";
export { type Chart, type ChartSeries, type Report, type ReportTable, titleOf } from "./report.ts";
export { renderText, type TextOptions } from "./reports/text.ts";
export { renderHeader, renderReport, type ReportOptions, trafficReport } from "./traffic_report.ts";
export type { GeneratorSummary, RunHealth } from "./run_health.ts";
export { limitsText, withHealth } from "./run_health.ts";
export { readServerLimits, type ServerLimits } from "./server_limits.ts";
export type { Limit, LimitVerdict } from "./verdict.ts";
export type { BenchmarkResult, SecondSample } from "./result.ts";
export { type BenchmarkObservers, runBenchmark } from "./run.ts";
export {
  type BacklogObservers,
  type BacklogOptions,
  type BacklogResult,
  runBacklog,
} from "./scenarios/backlog.ts";
export {
  type ConnectStormOptions,
  type ConnectStormResult,
  runConnect,
} from "./scenarios/connect.ts";
export type { ConnectStep } from "./scenarios/connect_steps.ts";
export { backlogReport, connectReport } from "./scenarios/storm_report.ts";
export type { ChurnOptions, ChurnResult } from "./scenarios/churn.ts";
export type { CodecOptions, CodecResult, CodecTask } from "./scenarios/codec.ts";
export type { RestartOptions, RestartResult } from "./scenarios/restart.ts";
export type { RoomsOptions, RoomsResult } from "./scenarios/rooms.ts";
export type { RoundsOptions, RoundsResult, SizeResult } from "./scenarios/rounds.ts";
export type { StalledDeliveries, StallOptions, StallResult } from "./scenarios/stall.ts";
export type { Timing } from "./scenarios/timing.ts";
export type {
  ServerTrialResult,
  TrialOptions,
  TrialResult,
  TrialService,
} from "./scenarios/trial.ts";
export {
  churnReport,
  codecReport,
  restartReport,
  roomsReport,
  roundsReport,
  stallReport,
} from "./scenarios/trial_report.ts";
export { runTrial, type TrialServices } from "./scenarios/trial_thread.ts";
export type { TrialName, Trials } from "./scenarios/trials.ts";
