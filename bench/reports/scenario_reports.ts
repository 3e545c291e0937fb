/**
 * The reports of the scenarios other than broadcast and echo.
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
import type { BacklogResult } from "../scenarios/backlog.ts";
import type { ConnectResult } from "../scenarios/connect.ts";
import { isAtOnce } from "../results/connect_steps.ts";
import { backChart, percentileChart, seriesCharts, serverCharts } from "./charts.ts";
import {
  axisMilliseconds,
  type Chart,
  type Report,
  reportOf,
  summaryCells,
  titleOf,
} from "./report.ts";

const TIMING_HEAD = ["Avg", "50%", "99%", "Margin", "Samples"];
const LATENCY_HEAD = ["50%", "97.5%", "99%", "Avg", "Max"];

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
  const lines = first === undefined || last === undefined ? [] : [
    `Half of the messages reached the last of ${counted(last.receivers, "receiver")} within ` +
    duration(last.timing.p50) +
    (first === last
      ? "."
      : `; the last of ${grouped(first.receivers)} within ${duration(first.timing.p50)}.`),
  ];
  return reportOf({
    title: titleOf("rounds", result.target),
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
    `Per message of ${counted(result.payloadBytes, "byte")}; ` +
    `a sample is ${result.messagesPerIteration} of them.`,
    `The most expensive is ${slowest.task}: its median is ${shortDuration(slowest.timing.p50)}.`,
  ];
  return reportOf({
    title: "codec",
    tables: [{ head: ["Codec", ...TIMING_HEAD], rows }],
    lines,
  }, result);
}

/** How long joining takes while others chat. */
export function churnReport(result: ChurnResult): Report {
  const { churn, deliveries, joinMicroseconds, quietMicroseconds, churnMicroseconds } = result;
  const rows = [
    ...latencyRow("to join", joinMicroseconds),
    ...latencyRow("delivery, without churn", quietMicroseconds),
    ...latencyRow("delivery, during churn", churnMicroseconds),
  ];
  const lines = deliveries.received === 0 ? [] : [
    `Of ${counted(churn.tried, "joining client")}: ${grouped(churn.joined)} admitted, ` +
    `${grouped(churn.failed)} not.`,
    `To the ${grouped(result.joined)} that stayed: ${ledgerWords(deliveries)}.`,
  ];
  if (quietMicroseconds !== null && churnMicroseconds !== null) {
    lines.push(
      `99% of the deliveries took at most ${duration(churnMicroseconds.p99)} while other ` +
        `clients joined and left, and at most ${duration(quietMicroseconds.p99)} before.`,
    );
  }
  return reportOf({
    title: titleOf("churn", result.target),
    charts: [
      percentileChart("Latency by percentile", {
        "without churn": result.percentiles?.quiet,
        "during churn": result.percentiles?.churn,
      }),
      percentileChart("Time to join by percentile", { "time to join": result.percentiles?.join }),
      ...seriesCharts(result.series),
      ...serverCharts(result.server),
    ],
    tables: [{ head: ["Latency", ...LATENCY_HEAD], rows }],
    lines,
  }, result);
}

/** Deliveries in many rooms at a time. */
export function roomsReport(result: RoomsResult): Report {
  const { rooms, connections, joined, deliveries, latencyMicroseconds } = result;
  const rows = latencyRow("delivery", latencyMicroseconds);
  // Rooms whose members were refused have none.
  const members = joined === connections
    ? `${counted(rooms, "room")}, ${counted(joined, "member")}`
    : `${grouped(joined)} of ${counted(connections, "member")} of ${counted(rooms, "room")}`;
  const lines = latencyMicroseconds === null ? [] : [
    `${members}: ${ledgerWords(deliveries)}.`,
    (deliveries.misdelivered === 0
      ? "No message arrived in a wrong room"
      : `${counted(deliveries.misdelivered, "message")} arrived in a wrong room`) +
    `; 99% of the deliveries took at most ${duration(latencyMicroseconds.p99)}.`,
  ];
  return reportOf({
    title: titleOf("rooms", result.target),
    charts: [
      percentileChart("Latency by percentile", { latency: result.percentiles?.delivery }),
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
    ...latencyRow("readers, all clients read", result.latencyBeforeMicroseconds),
    ...latencyRow(`readers, ${result.stalled} do not read`, result.latencyDuringMicroseconds),
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
    charts: [
      percentileChart("Latency of the readers by percentile", {
        "all clients read": result.percentiles?.before,
        [`${result.stalled} do not read`]: result.percentiles?.during,
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
  const latencies = latencyRow("reconnect after the start", result.backMicroseconds);
  const row = (name: string, messages: number, totals: LedgerTotals) => {
    const { expected, received, cutOff, lost } = totals;
    return messages === 0
      ? []
      : [[name, ...[messages, expected, received, cutOff, lost].map(grouped)]];
  };
  const rows = [
    ...row("before the kill", messagesBefore, before),
    ...row("when all were back", messagesAfter, after),
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
    charts: [
      backChart(result.percentiles?.back, result.back),
      percentileChart("Latency by percentile", {
        "before the kill": result.percentiles?.before,
        "when all were back": result.percentiles?.after,
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
  return `of ${counted(totals.expected, "delivery", "deliveries")} ${counts.join(", ")}`;
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
  return {
    ...{ title: "Time of a round over receivers", horizontal: "receivers", vertical: "time (ms)" },
    positions: sizes.map(({ receivers }) => receivers),
    marks: sizes.map(({ receivers }) => [receivers, grouped(receivers)]),
    series: [
      { name: "50%", values: sizes.map(({ timing }) => timing.p50) },
      { name: "99%", values: sizes.map(({ timing }) => timing.p99) },
    ],
    format: axisMilliseconds,
  };
}

const STAGE_HEAD = ["Stage", "Count", "2.5%", "50%", "97.5%", "99%", "Avg", "Stdev", "Max"];
const STEP_HEAD = ["Connected", "Clients", "First", "Last"];
const QUEUE_HEAD = ["Accept queue", "Value"];

/** How many connections were opened and how long they took. No figures without a connection. */
export function connectReport(result: ConnectResult): Report {
  const { connections, connected, greeted, joined, durationSeconds, sourceAddresses } = result;
  const rows = ([
    ["connected", connected, result.connectMicroseconds],
    ["greeted", greeted, result.greetMicroseconds],
    ["joined", joined, result.joinMicroseconds],
  ] as const).flatMap(([stage, count, latency]) =>
    latency === null ? [] : [[stage, grouped(count), ...summaryCells(latency)]]
  );
  const lines: string[] = [];
  if (connected > 0) {
    lines.push(
      `Of ${counted(connections, "connection")}: ${grouped(connected)} connected, ` +
        `${grouped(greeted)} greeted, ${grouped(joined)} joined in ${
          durationSeconds.toFixed(2)
        } s.`,
    );
    if (sourceAddresses > 1) lines.push(`They came from ${sourceAddresses} addresses.`);
    lines.push(...retransmissionLines(result));
  }
  return reportOf({
    title: titleOf("connect", result.target),
    charts: [
      percentileChart("Time to join by percentile", { "time to join": result.joinPercentiles }),
      ...serverCharts(result.server),
    ],
    tables: [{ head: STAGE_HEAD, rows, expendable: ["Stdev", "2.5%", "97.5%", "Avg"] }],
    lines,
  }, result);
}

/** Minimum time of a connection whose SYN was sent again, in milliseconds (RFC 6298: after 1 s). */
const RETRANSMITTED_FROM = 900;

/** Why some connections took seconds; empty if none did. */
function retransmissionLines({ steps }: ConnectResult): string[] {
  const late = steps.filter(({ fromMilliseconds }) => fromMilliseconds >= RETRANSMITTED_FROM);
  if (late.length === 0) return [];
  const count = late.reduce((sum, { connections }) => sum + connections, 0);
  const times = late.map(({ fromMilliseconds }) => seconds(fromMilliseconds)).join(", ");
  return [
    `${counted(count, "connection")} took a second or longer to be connected (from ${times} on): ` +
    "their SYNs were dropped and sent again after 1 s, 3 s and so on, as happens when the " +
    "server's accept queue is full. Try --connect-rate, or a server with a larger backlog; " +
    "bench backlog shows what such a queue does.",
  ];
}

/** The effects of a full accept queue. */
export function backlogReport(result: BacklogResult): Report {
  const steps = result.steps.map((step) => [
    isAtOnce(step) ? "at once" : `after ${seconds(step.fromMilliseconds)}`,
    grouped(step.connections),
    seconds(step.fromMilliseconds),
    seconds(step.toMilliseconds),
  ]);
  const queue = ([
    ["requested", result.requestedBacklog],
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
      "Only the connections were measured: the accept queue of another program cannot be read.",
    );
  } else if (result.unavailable.length > 0) {
    lines.push(`Not available on this system: ${result.unavailable.join(", ")}.`);
  }
  if (result.connected > 0) lines.push(result.sentence);
  return reportOf({
    title: titleOf("backlog", result.target),
    charts: [connectedChart(result), ...serverCharts(result.server)],
    tables: [
      { head: STEP_HEAD, rows: steps },
      { head: QUEUE_HEAD, rows: result.ownListener ? queue : [] },
    ],
    lines,
  }, result);
}

/** Number of connected clients over time: a step each time the system accepted some. */
function connectedChart({ steps }: BacklogResult): Chart {
  let count = 0;
  const points = [
    [0, 0] as const,
    ...steps.flatMap(({ connections, ...step }) => {
      const before = count;
      count += connections;
      return [[step.fromMilliseconds, before], [step.toMilliseconds, count]] as const;
    }),
  ];
  return {
    ...{ title: "Clients connected over time", horizontal: "time (s)", vertical: "clients" },
    positions: points.map(([milliseconds]) => milliseconds),
    marks: points.slice(1).filter((_, index) => index % 2 === 1)
      .map(([milliseconds]) => [milliseconds, seconds(milliseconds)]),
    series: [{ name: "connected", values: points.map(([, clients]) => clients) }],
    format: grouped,
  };
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
