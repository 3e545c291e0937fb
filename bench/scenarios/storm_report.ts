/**
 * The reports of `connect` and `backlog` for people.
 *
 * @module
 */

import type { ErrorCount } from "../error_tally.ts";
import { counted, grouped } from "../format.ts";
import type { LatencySummary } from "../latency_histogram.ts";
import type { ReportOptions } from "../report_text.ts";
import { COLOURED, PLAIN, type Style, table } from "../table.ts";
import type { BacklogResult } from "./backlog.ts";
import type { ConnectStormResult } from "./connect.ts";
import { isAtOnce } from "./connect_steps.ts";

const STAGE_HEAD = ["Stage", "Count", "2.5%", "50%", "97.5%", "99%", "Avg", "Stdev", "Max"];
const STEP_HEAD = ["Connected", "Clients", "First", "Last"];
const QUEUE_HEAD = ["Accept queue", "Value"];
const ERROR_HEAD = ["Errors", "Code", "Count", "First seen", "Meaning"];

/** Longest text of an error in the table, in characters. */
const MAX_ERROR_TEXT = 60;

/** What a storm of connections has found. No figures where nobody was connected. */
export function renderConnectReport(
  result: ConnectStormResult,
  { colours }: ReportOptions = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const { connections, connected, greeted, joined, durationSeconds, sourceAddresses } = result;
  const rows = [
    stageRow("connected", connected, result.connectMicroseconds),
    stageRow("greeted", greeted, result.greetMicroseconds),
    stageRow("joined", joined, result.joinMicroseconds),
  ].filter((row) => row !== undefined);
  const lines: string[] = [];
  if (connected > 0) {
    lines.push(
      `Of ${counted(connections, "connection")}: ${grouped(connected)} connected, ` +
        `${grouped(greeted)} greeted, ${grouped(joined)} joined in ${durationSeconds.toFixed(2)}s.`,
    );
    if (sourceAddresses > 1) lines.push(`They came from ${sourceAddresses} addresses.`);
  }
  return sections(style, result, [
    rows.length > 0 ? table(STAGE_HEAD, rows, style) : "",
    errorTable(result.errors, style),
  ], lines);
}

/** What a full accept queue did. */
export function renderBacklogReport(
  result: BacklogResult,
  { colours }: ReportOptions = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const steps = result.steps.map((step) => [
    isAtOnce(step) ? "at once" : `after ${seconds(step.fromMilliseconds)}`,
    grouped(step.connections),
    seconds(step.fromMilliseconds),
    seconds(step.toMilliseconds),
  ]);
  const queue = ([
    ["asked for", result.requestedBacklog],
    ["net.core.somaxconn", result.somaxconn],
    ["should hold", result.effectiveBacklog],
    ["held at most", result.held],
    ["ListenOverflows", result.listenOverflows],
    ["ListenDrops", result.listenDrops],
    ["TCPSynRetrans", result.synRetransmissions],
  ] as const).flatMap(([name, value]) => value === null ? [] : [[name, grouped(value)]]);
  const lines: string[] = [];
  if (!result.ownListener) {
    lines.push(
      "Only the storm was measured: the accept queue of somebody else's listener cannot be seen.",
    );
  } else if (result.unavailable.length > 0) {
    lines.push(`Cannot be told here: ${result.unavailable.join(", ")}.`);
  }
  if (result.connected > 0) lines.push(style.strong(result.sentence));
  return sections(style, result, [
    steps.length > 0 ? table(STEP_HEAD, steps, style) : "",
    result.ownListener && queue.length > 0 ? table(QUEUE_HEAD, queue, style) : "",
    errorTable(result.errors, style),
  ], lines);
}

function sections(
  style: Style,
  { interrupted, failures }: ConnectStormResult | BacklogResult,
  tables: readonly string[],
  lines: readonly string[],
): string {
  const closing = [
    ...lines,
    ...(interrupted ? ["Interrupted."] : []),
    ...failures.map((failure) => style.strong("FAILED: ") + failure),
  ];
  return [...tables.filter(Boolean), closing.map((line) => line + "\n").join("")].join("\n");
}

function stageRow(
  name: string,
  count: number,
  latency: LatencySummary | null,
): string[] | undefined {
  if (latency === null) return undefined;
  const { p2_5, p50, p97_5, p99, mean, stdev, max } = latency;
  const cells = [p2_5, p50, p97_5, p99, mean, stdev, max];
  return [name, grouped(count), ...cells.map((value) => `${(value / 1000).toFixed(2)} ms`)];
}

function errorTable(errors: readonly ErrorCount[], style: Style): string {
  if (errors.length === 0) return "";
  return table(
    ERROR_HEAD,
    errors.map(({ phase, code, count, firstSecond, text }) => [
      ...[phase, code, grouped(count), `second ${firstSecond}`],
      text.length > MAX_ERROR_TEXT ? text.slice(0, MAX_ERROR_TEXT - 1) + "…" : text,
    ]),
    style,
  );
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
