/**
 * The load tester: connections that load a chat server, and a ledger of every expected delivery.
 *
 * It knows the server by its protocol only, so it can load any server that a profile describes.
 *
 * @module
 */

export {
  type Assertion,
  assertionSyntax,
  parseAssertions,
  withAssertions,
} from "./results/assertions.ts";
export { type Metric, type Metrics, TRAFFIC_METRICS } from "./results/metrics.ts";
export type { Distribution } from "./results/distribution.ts";
export type { ErrorCount, ErrorPhase } from "./load/error_tally.ts";
export type { LatencySummary } from "./ledger/latency_histogram.ts";
export type { LedgerTotals } from "./ledger/ledger_totals.ts";
export { PAYLOAD_KINDS, type PayloadSource, payloadText } from "./ledger/padding.ts";
export { type Verification, VERIFICATIONS } from "./ledger/payload_codec.ts";
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
} from "./load/options.ts";
export type { Complaint, LoginAnswer, Notices, Profile, Refusal } from "./profiles/profile.ts";
export type { ReadProc } from "./monitoring/proc_files.ts";
export { type Pace, type Ramp, RATES } from "./load/pacer.ts";
export {
  checkSearch,
  findLimit,
  type LimitResult,
  type LimitSearch,
  type LimitStep,
} from "./engine/find_limit.ts";
export { untilQuiet } from "./load/generator_health.ts";
export {
  limitFailures,
  limitReport,
  renderLimitCsv,
  renderLimitStep,
} from "./reports/limit_report.ts";
export type { LineTemplates } from "./profiles/line.ts";
export type { QueueFigures } from "./monitoring/backlog_watch.ts";
export { type ProfileName, PROFILES } from "./profiles/mod.ts";
export { type LoadFields, MESSAGE_LOAD, parseBaseline, type RunSet } from "./results/baseline.ts";
export {
  type ComparedFigure,
  compareRuns,
  type Figure,
  figuresOf,
  MESSAGE_FIGURES,
  type Verdict,
} from "./results/comparison.ts";
export { median } from "./results/distribution.ts";
export {
  comparedReport,
  type KeptOutput,
  type KeptRuns,
  MAX_COMPARED,
} from "./reports/compared_report.ts";
export { comparisonTable, spreadTable, worseSentences } from "./reports/comparison_text.ts";
export {
  middleRun,
  namesOf,
  type RunOutcome,
  type RunSeries,
  seriesFailures,
  seriesReport,
} from "./reports/series_report.ts";
export type { LatencyPoint } from "./ledger/latency_histogram.ts";
export type {
  AnyResult,
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
  SingleOutput,
  StallOutput,
} from "./reports/output.ts";
export { renderCsv } from "./reports/csv.ts";
export { type HtmlContext, renderHtml } from "./reports/html.ts";
export {
  type ServerState,
  ServerWatch,
  type ServerWatchEnvironment,
} from "./monitoring/server_watch.ts";
export { bench, type BenchEvents, BenchRun } from "./engine/bench_run.ts";
export { LiveLine } from "./reports/live_line.ts";
export { type BenchmarkProgress, renderProgress, type RunFaults } from "./load/progress.ts";
export {
  type Chart,
  type ChartPoint,
  type ChartSeries,
  type MarkedPoint,
  type Report,
  type ReportTable,
  type Tile,
  titleOf,
} from "./reports/report.ts";
export { renderText, type TextOptions } from "./reports/text.ts";
export {
  renderHeader,
  renderReport,
  type ReportOptions,
  trafficReport,
} from "./reports/traffic_report.ts";
export type { GeneratorSummary, RunHealth } from "./results/run_health.ts";
export { limitsText, withHealth } from "./reports/health.ts";
export { readServerLimits, type ServerLimits } from "./monitoring/server_limits.ts";
export type { Limit, LimitVerdict } from "./results/verdict.ts";
export type {
  BenchmarkResult,
  ScenarioResult,
  SecondSample,
  ServerScenarioResult,
} from "./results/result.ts";
export { type BenchmarkObservers, checkScenario, runBenchmark, runScenario } from "./engine/run.ts";
export { type BacklogObservers, type IdleListener, runBacklog } from "./engine/run_backlog.ts";
export type { ServerService } from "./load/run_context.ts";
export {
  BACKLOG_METRICS,
  type BacklogOptions,
  type BacklogResult,
  type LoadedListener,
} from "./scenarios/backlog.ts";
export {
  CONNECT_METRICS,
  type ConnectLoadOptions,
  type ConnectResult,
} from "./scenarios/connect.ts";
export type { ConnectStep } from "./results/connect_steps.ts";
export { CHURN_METRICS, type ChurnOptions, type ChurnResult } from "./scenarios/churn.ts";
export {
  CODEC_METRICS,
  type CodecOptions,
  type CodecResult,
  type CodecTask,
} from "./scenarios/codec.ts";
export { RESTART_METRICS, type RestartOptions, type RestartResult } from "./scenarios/restart.ts";
export { ROOMS_METRICS, type RoomsOptions, type RoomsResult } from "./scenarios/rooms.ts";
export {
  ROUNDS_METRICS,
  type RoundsOptions,
  type RoundsResult,
  type SizeResult,
} from "./scenarios/rounds.ts";
export {
  STALL_METRICS,
  type StalledDeliveries,
  type StallOptions,
  type StallResult,
} from "./scenarios/stall.ts";
export type { Timing } from "./load/timing.ts";
export type { PacedOptions, PacedResult, ServerScenarioOptions } from "./scenarios/scenario.ts";
export type { Scenarios } from "./scenarios/mod.ts";
export { backlogReport, connectReport } from "./reports/connection_reports.ts";
export {
  churnReport,
  codecReport,
  restartReport,
  roomsReport,
  roundsReport,
  stallReport,
} from "./reports/scenario_reports.ts";
