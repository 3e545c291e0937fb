/**
 * The reports of the scenarios that send messages, other than broadcast and echo, and of codec.
 *
 * @module
 */

import { counted, duration, grouped, shortDuration } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import { DELIVERY_FAULTS, type LedgerTotals } from "../ledger/ledger_totals.ts";
import type { ChurnResult } from "../scenarios/churn.ts";
import type { CodecResult } from "../scenarios/codec.ts";
import type { RestartResult } from "../scenarios/restart.ts";
import type { RoomsResult } from "../scenarios/rooms.ts";
import type { RoundsResult } from "../scenarios/rounds.ts";
import type { StallResult } from "../scenarios/stall.ts";
import type { Timing } from "../load/timing.ts";
import { backChart, joinChart, percentileChart, seriesCharts, serverCharts } from "./charts.ts";
import {
  axisMilliseconds,
  type Chart,
  faultTile,
  latencyTiles,
  type Report,
  reportOf,
  titleOf,
} from "./report.ts";

const TIMING_HEAD = ["Mean", "50%", "99%", "Margin", "Samples"];
const LATENCY_HEAD = ["50%", "97.5%", "99%", "Mean", "Max"];

/** Duration of a round. No figures without a complete round. */
export function roundsReport(result: RoundsResult): Report {
  const measured = result.sizes.flatMap(({ receivers, roundMicroseconds }) =>
    roundMicroseconds === null ? [] : [{ receivers, timing: roundMicroseconds }]
  );
  const rows = measured.map(({ receivers, timing }) => [
    grouped(receivers),
    ...timingCells(timing, duration),
  ]);
  const first = measured[0];
  const last = measured.at(-1);
  const timeOf = ({ receivers, timing }: typeof measured[number]) =>
    `${duration(timing.p50)} with ${counted(receivers, "receiver")}`;
  const lines = first === undefined || last === undefined ? [] : [
    `Median time until all receivers have a message: ${timeOf(last)}` +
    (first === last ? "." : `, ${timeOf(first)}.`),
  ];
  return reportOf({
    title: titleOf("rounds", result.target),
    tiles: last === undefined ? [] : [
      { name: "Receivers", value: grouped(last.receivers) },
      { name: "Round, p50", value: duration(last.timing.p50) },
      { name: "Round, p99", value: duration(last.timing.p99) },
      faultTile("Lost", result.sizes.reduce((sum, { deliveries }) => sum + deliveries.lost, 0)),
    ],
    charts: [roundsChart(measured), ...serverCharts(result.server)],
    tables: [{ head: ["Receivers", ...TIMING_HEAD], rows }],
    lines,
  }, result);
}

/** The cost of a message in each codec. */
export function codecReport(result: CodecResult): Report {
  const measured = result.tasks.flatMap(({ task, messageNanoseconds }) =>
    messageNanoseconds === null ? [] : [{ task, timing: messageNanoseconds }]
  );
  const rows = measured.map(({ task, timing }) => [
    task,
    ...timingCells(timing, shortDuration),
  ]);
  const slowest = measured.toSorted((one, other) => other.timing.p50 - one.timing.p50)[0];
  const lines = slowest === undefined ? [] : [
    `Times per message of ${counted(result.payloadBytes, "byte")}. ` +
    `Each sample is a batch of ${counted(result.messagesPerIteration, "message")}.`,
    `The slowest task is ${slowest.task}, with a median of ${shortDuration(slowest.timing.p50)}.`,
  ];
  return reportOf({
    title: "codec",
    tiles: measured.map(({ task, timing }) => ({
      name: task,
      value: shortDuration(timing.p50),
    })),
    tables: [{ head: ["Codec", ...TIMING_HEAD], rows }],
    lines,
  }, result);
}

/** How long joining takes while others chat. */
export function churnReport(result: ChurnResult): Report {
  const { churn, deliveries, joinMicroseconds, quietMicroseconds, churnMicroseconds } = result;
  const rows = [
    ...latencyRow("join", joinMicroseconds),
    ...latencyRow("delivery, without churn", quietMicroseconds),
    ...latencyRow("delivery, during churn", churnMicroseconds),
  ];
  const lines = deliveries.received === 0 ? [] : [
    `${counted(churn.tried, "join")}: ${grouped(churn.joined)} succeeded, ` +
    `${grouped(churn.failed)} failed.`,
    `${counted(result.joined, "permanent client")}: ${ledgerWords(deliveries)}.`,
  ];
  if (quietMicroseconds !== null && churnMicroseconds !== null) {
    lines.push(
      `99% of the deliveries took at most ${duration(churnMicroseconds.p99)} while other ` +
        `clients joined and left, and at most ${duration(quietMicroseconds.p99)} before.`,
    );
  }
  return reportOf({
    title: titleOf("churn", result.target),
    tiles: [
      ...latencyTiles(churnMicroseconds, "Delivery during churn"),
      ...latencyTiles(joinMicroseconds, "Time to join").slice(1),
      faultTile("Lost", deliveries.lost),
      faultTile("Failed joins", churn.failed),
    ],
    charts: [
      percentileChart("Do joining clients delay the others?", {
        "without churn": result.percentiles?.quiet,
        "during churn": result.percentiles?.churn,
      }),
      joinChart(result.percentiles?.join),
      ...seriesCharts(result.series),
      ...serverCharts(result.server),
    ],
    tables: [{ head: ["Latency", ...LATENCY_HEAD], rows }],
    lines,
  }, result);
}

/** Deliveries in many rooms at a time. */
export function roomsReport(result: RoomsResult): Report {
  const { rooms, roomsPerClient, connections, joined, deliveries, latencyMicroseconds } = result;
  const rows = latencyRow("delivery", latencyMicroseconds);
  // Rooms whose members were refused have none.
  const each = roomsPerClient === undefined ? "" : ` in ${roomsPerClient} rooms each`;
  const members = joined === connections
    ? `${counted(rooms, "room")}, ${counted(joined, "member")}${each}`
    : `${grouped(joined)} of ${counted(connections, "member")} of ${counted(rooms, "room")}${each}`;
  const lines = latencyMicroseconds === null ? [] : [
    `${members}: ${ledgerWords(deliveries)}.`,
    (deliveries.misdelivered === 0
      ? "No message was delivered to a wrong room"
      : `${
        counted(deliveries.misdelivered, "message was", "messages were")
      } delivered to a wrong room`) +
    `; 99% of the deliveries took at most ${duration(latencyMicroseconds.p99)}.`,
  ];
  return reportOf({
    title: titleOf("rooms", result.target),
    tiles: [
      ...latencyTiles(latencyMicroseconds),
      faultTile("Lost", deliveries.lost),
      faultTile("In a wrong room", deliveries.misdelivered),
    ],
    charts: [
      percentileChart("How long does a delivery take?", { latency: result.percentiles?.delivery }),
      ...seriesCharts(result.series),
      ...serverCharts(result.server),
    ],
    tables: [{ head: ["Latency", ...LATENCY_HEAD], rows }],
    lines,
  }, result);
}

/** The effect of readers that stop reading on the others and on themselves. */
export function stallReport(result: StallResult): Report {
  const { readers, stalledDeliveries: stalled } = result;
  const rows = [
    ...latencyRow("readers, before the stall", result.latencyBeforeMicroseconds),
    ...latencyRow("readers, during the stall", result.latencyDuringMicroseconds),
  ];
  const tables = [
    { head: ["Latency", ...LATENCY_HEAD], rows },
    {
      head: ["Deliveries", "Expected", "Received", "Reported as skipped", "Cut off", "Lost"],
      rows: ([["readers", readers], ["stalled", stalled]] as const).map(([name, totals]) => {
        const { expected, received, skipped, cutOff, lost } = totals;
        return [name, ...[expected, received, skipped, cutOff, lost].map(grouped)];
      }),
    },
  ];
  return reportOf({
    title: titleOf("stall", result.target),
    tiles: [
      ...latencyTiles(result.latencyBeforeMicroseconds, "Before the stall").slice(1),
      ...latencyTiles(result.latencyDuringMicroseconds, "During the stall").slice(1),
      faultTile("Lost to readers", readers.lost),
      faultTile("Lost to stalled clients", stalled.lost),
      { name: "Reported as skipped", value: grouped(stalled.skipped) },
    ],
    charts: [
      percentileChart("Do stalled clients delay the others?", {
        "before the stall": result.percentiles?.before,
        "during the stall": result.percentiles?.during,
      }),
      ...seriesCharts(result.series),
      ...serverCharts(result.server),
    ],
    // Without deliveries to readers there is nothing to compare.
    tables: rows.length > 0 ? tables : [],
    lines: result.sentence === "" ? [] : [result.sentence],
  }, result);
}

/** Reconnection and losses when the server is killed and started again. */
export function restartReport(result: RestartResult): Report {
  const { deliveriesBefore: before, deliveriesAfter: after, messagesBefore, messagesAfter } =
    result;
  const latencies = latencyRow("reconnect after the restart", result.backMicroseconds);
  const row = (name: string, messages: number, totals: LedgerTotals) => {
    const { expected, received, cutOff, lost } = totals;
    return messages === 0
      ? []
      : [[name, ...[messages, expected, received, cutOff, lost].map(grouped)]];
  };
  const rows = [
    ...row("before the kill", messagesBefore, before),
    ...row("after the restart", messagesAfter, after),
  ];
  const lines = [
    ...result.failedAttempts.map(({ phase, code, count }) =>
      `${counted(count, "attempt")} failed (${phase}): ${code}.`
    ),
    ...(result.sentence === "" ? [] : [result.sentence]),
  ];
  const tables = [
    { head: ["Latency", ...LATENCY_HEAD], rows: latencies },
    { head: ["Deliveries", "Messages", "Expected", "Received", "Cut off", "Lost"], rows },
  ];
  return reportOf({
    title: titleOf("restart", result.target),
    tiles: [
      {
        name: "Reconnected",
        value: `${grouped(result.back)} of ${grouped(result.connections)}`,
        isFault: result.back < result.connections,
      },
      ...latencyTiles(result.backMicroseconds, "Reconnect"),
      { name: "Cut off by the kill", value: grouped(before.cutOff) },
      faultTile("Lost after the restart", after.lost),
    ],
    charts: [
      backChart(result.percentiles?.back, result.back),
      percentileChart("Does the restart change the latency?", {
        "before the kill": result.percentiles?.before,
        "after the restart": result.percentiles?.after,
      }),
      ...serverCharts(result.server),
    ],
    tables,
    lines,
  }, result);
}

function ledgerWords(totals: LedgerTotals): string {
  const counts = DELIVERY_FAULTS.map((fault) => `${grouped(totals[fault])} ${fault}`);
  if (totals.cutOff > 0) counts.push(`${grouped(totals.cutOff)} cut off`);
  return `of ${counted(totals.expected, "delivery", "deliveries")}, ${counts.join(", ")}`;
}

function latencyRow(name: string, latency: LatencySummary | null): string[][] {
  if (latency === null) return [];
  const { p50, p97_5, p99, mean, max } = latency;
  return [[name, ...[p50, p97_5, p99, mean, max].map(duration)]];
}

function timingCells({ mean, p50, p99, rme, samples }: Timing, cell: (value: number) => string) {
  return [cell(mean), cell(p50), cell(p99), `±${rme.toFixed(2)}%`, grouped(samples)];
}

/** Duration of a round by number of receivers. */
function roundsChart(measured: readonly { receivers: number; timing: Timing }[]): Chart {
  const sizes = measured.toSorted((one, other) => one.receivers - other.receivers);
  const line = (name: string, field: "p50" | "p99") => ({
    name,
    points: sizes.map(({ receivers, timing }) => [receivers, timing[field]] as const),
  });
  return {
    title: "How long does a round take with more receivers?",
    ...{ horizontal: "receivers", vertical: "time (ms)" },
    marks: sizes.map(({ receivers }) => [receivers, grouped(receivers)]),
    series: [line("50%", "p50"), line("99%", "p99")],
    ...{ format: axisMilliseconds, at: grouped },
  };
}
