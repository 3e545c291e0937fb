/**
 * The report of broadcast and echo, modelled on autocannon's: a header, tables and conclusions.
 *
 * @module
 */

import type { Distribution } from "../results/distribution.ts";
import { bytes, compact, counted, grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { FullOptions } from "../load/options.ts";
import { DELIVERY_FAULTS } from "../ledger/ledger_totals.ts";
import type { Pace } from "../load/pacer.ts";
import type { BenchmarkResult } from "../results/result.ts";
import type { ServerLimits } from "../monitoring/server_limits.ts";
import { healthLines, limitsText, serverTables, waitLines } from "./health.ts";
import {
  errorTables,
  faultTile,
  latencyTiles,
  type Report,
  type ReportTable,
  summaryCells,
  type Tile,
  titleOf,
} from "./report.ts";
import { renderText, type TextOptions } from "./text.ts";
import { chartsOf } from "./charts.ts";
import { vocabularyOf } from "../results/vocabulary.ts";

/** How a report is rendered. */
export interface ReportOptions extends TextOptions {
  /** Show the latency at fifteen percentiles too. Default false. */
  readonly percentiles?: boolean;
}

const LATENCY_HEAD = ["Stat", "2.5%", "50%", "97.5%", "99%", "Mean", "Stdev", "Max"];
const CONNECT_HEAD = ["Connections", ...LATENCY_HEAD.slice(1)];
const RATE_HEAD = ["Stat", "1%", "2.5%", "50%", "97.5%", "Mean", "Stdev", "Min"];

/** Columns that are left out first if there is not enough space. */
const EXPENDABLE = ["Stdev", "2.5%", "1%", "97.5%", "Mean"];

/**
 * The header of a run: two lines.
 *
 * @param limits the message limit of the server per client, if it has one.
 */
export function renderHeader(options: FullOptions, limits: ServerLimits | null = null): string {
  const { target, durationSeconds, amount, scenario, profile } = options;
  const { connections, senders, pipelining, payloadBytes, payload, rate } = options;
  const extent = amount === undefined ? `${durationSeconds}s` : counted(amount, "message");
  return `Running ${extent} ${titleOf(scenario, target)}${limitsText(limits)}\n` +
    `${counted(connections, "connection")}, ${counted(senders, "sender")}, ` +
    (rate === undefined
      ? `${counted(pipelining, "message")} in flight per sender, `
      : `${rateText(rate)} in total, `) +
    `${payloadBytes}-byte payloads${
      payload.kind === "letters" ? "" : ` (${payload.kind})`
    }, profile ${profile}\n`;
}

function rateText(rate: Pace): string {
  if (typeof rate === "number") {
    return `${Number.isInteger(rate) ? counted(rate, "message") : `${rate} messages`} per second`;
  }
  return `${grouped(rate.from)} to ${grouped(rate.to)} messages per second in ${rate.seconds}s`;
}

/** The report of a run as text. */
export function renderReport(
  result: BenchmarkResult,
  { percentiles, ...text }: ReportOptions = {},
): string {
  const report = trafficReport(result);
  if (percentiles !== true) return renderText(report, text);
  // Behind the latencies, which come first.
  const tables = report.tables.toSpliced(1, 0, ...percentileTable(result));
  return renderText({ ...report, tables }, text);
}

/** The report of a run. */
export function trafficReport(result: BenchmarkResult): Report {
  return {
    title: titleOf(result.scenario, result.target),
    tiles: tilesOf(result),
    charts: chartsOf(result),
    tables: tablesOf(result),
    details: [ledgerTable(result), ...connectTables(result)],
    lines: linesOf(result),
    failures: result.failures,
    interrupted: result.interrupted,
    limitedBy: result.verdict.limitedBy ?? undefined,
  };
}

function tilesOf({ scenario, deliveries, latencyMicroseconds }: BenchmarkResult): Tile[] {
  return [
    { name: vocabularyOf(scenario).rate, value: compact(deliveries.perSecond) },
    ...latencyTiles(latencyMicroseconds),
    faultTile("Lost", deliveries.lost),
  ];
}

function tablesOf(result: BenchmarkResult): ReportTable[] {
  const tables: ReportTable[] = [];
  if (result.latencyMicroseconds !== null) {
    tables.push({ head: LATENCY_HEAD, rows: latencyRows(result), expendable: EXPENDABLE });
  }
  if (result.deliveriesPerSecond !== null && result.bytesPerSecond !== null) {
    tables.push({
      head: RATE_HEAD,
      rows: [
        rateRow(vocabularyOf(result.scenario).rate, result.deliveriesPerSecond, grouped),
        rateRow("Bytes/s", result.bytesPerSecond, bytes),
      ],
      expendable: EXPENDABLE,
      note: `Sampled once per second, ${counted(result.samples, "sample")}.`,
    });
  }
  return [...tables, ...serverTables(result.server), ...errorTables(result.errors)];
}

function percentileTable({ longPercentiles }: BenchmarkResult): ReportTable[] {
  if (longPercentiles === null) return [];
  const rows = longPercentiles.map(({ percent, microseconds }) => [
    `${percent}%`,
    (microseconds / 1000).toFixed(3),
  ]);
  return [{ head: ["Percentile", "Latency (ms)"], rows }];
}

/** Latencies by kind, without those that are always equal. */
function latencyRows(result: BenchmarkResult): string[][] {
  const rows: (readonly [string, LatencySummary | null])[] = [
    ["Latency", result.latencyMicroseconds],
    ...isBroadcast(result)
      ? [
        ["First receiver", result.firstLatencyMicroseconds],
        ["Last receiver", result.lastLatencyMicroseconds],
      ] as const
      : [],
    ...result.rate === null ? [] : [["Service time", result.serviceMicroseconds]] as const,
  ];
  return rows.flatMap(([name, summary]) =>
    summary === null ? [] : [[name, ...summaryCells(summary)]]
  );
}

function isBroadcast({ scenario, joined }: BenchmarkResult): boolean {
  return scenario !== "echo" && joined > 2;
}

function rateRow(name: string, rate: Distribution, cell: (value: number) => string): string[] {
  const { p1, p2_5, p50, p97_5, mean, stdev, min } = rate;
  return [name, ...[p1, p2_5, p50, p97_5, mean, stdev, min].map(cell)];
}

/** Conclusions, a sentence each. */
function linesOf(result: BenchmarkResult): string[] {
  const { deliveries, messages, durationSeconds, connections, connected, greeted, joined } = result;
  const words = vocabularyOf(result.scenario);
  const lines = [
    `${counted(deliveries.received, words.delivery, words.deliveries)} of ` +
    `${counted(messages, "message")} in ${durationSeconds.toFixed(2)} s, ` +
    `${bytes(result.bytes.received)} received.`,
  ];
  if (joined < connections) {
    lines.push(
      `${counted(connections, "connection")}: ` +
        `${grouped(connected)} connected, ${grouped(greeted)} greeted, ${grouped(joined)} joined.`,
    );
  }
  lines.push(...waitLines(result.joinSeconds, result.waitSeconds));
  if (result.interrupted) lines.push("Interrupted.");
  if (deliveries.cutOff > 0) {
    lines.push(
      `${
        counted(deliveries.cutOff, words.delivery, words.deliveries)
      } cut off by closed connections.`,
    );
  }
  if (result.deliveries.received > 0) lines.push(...healthLines(result, result.slipMicroseconds));
  const broken = result.errors.some((error) => error.phase === "run");
  const isClean = DELIVERY_FAULTS.every((fault) => deliveries[fault] === 0);
  if (isClean && deliveries.received > 0 && !broken) {
    lines.push(`No ${words.delivery} was lost, corrupted, duplicated or reordered.`);
  }
  return lines;
}

/** Times of connecting and joining. */
function connectTables({ connectMicroseconds, joinMicroseconds }: BenchmarkResult): ReportTable[] {
  const rows = [
    ...connectMicroseconds === null ? [] : [["Connected", ...summaryCells(connectMicroseconds)]],
    ...joinMicroseconds === null ? [] : [["Joined", ...summaryCells(joinMicroseconds)]],
  ];
  return rows.length === 0 ? [] : [{ head: CONNECT_HEAD, rows }];
}

function ledgerTable({ deliveries, messages }: BenchmarkResult): ReportTable {
  const columns = [
    ...[["Messages", messages], ["Expected", deliveries.expected]] as const,
    ...[["Received", deliveries.received], ["Lost", deliveries.lost]] as const,
    ...[["Cut off", deliveries.cutOff], ["Skipped", deliveries.skipped]] as const,
    ...[["Corrupted", deliveries.corrupted], ["Duplicated", deliveries.duplicated]] as const,
    ...[["Reordered", deliveries.reordered], ["Misdelivered", deliveries.misdelivered]] as const,
  ];
  return {
    head: ["Ledger", ...columns.map(([name]) => name)],
    rows: [["Count", ...columns.map(([, count]) => grouped(count))]],
  };
}
