/**
 * The reports of `connect` and `backlog` for people.
 *
 * @module
 */

import { counted, duration, grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import { percentileChart } from "./percentile_chart.ts";
import { type Chart, type Report, reportOf, titleOf } from "./report.ts";
import type { BacklogResult } from "../scenarios/backlog.ts";
import type { ConnectResult } from "../scenarios/connect.ts";
import { isAtOnce } from "../results/connect_steps.ts";

const STAGE_HEAD = ["Stage", "Count", "2.5%", "50%", "97.5%", "99%", "Avg", "Stdev", "Max"];
const STEP_HEAD = ["Connected", "Clients", "First", "Last"];
const QUEUE_HEAD = ["Accept queue", "Value"];

/** What a storm of connections has found. No figures where nobody was connected. */
export function connectReport(result: ConnectResult): Report {
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
    lines.push(...retransmissionLines(result));
  }
  return reportOf({
    title: titleOf("connect", result.target),
    charts: [percentileChart("Time to join by percentile", result.joinPercentiles)],
    tables: [{ head: STAGE_HEAD, rows, expendable: ["Stdev", "2.5%", "97.5%", "Avg"] }],
    lines,
  }, result);
}

/** From here on a connection took as long as if its SYN had been sent again (RFC 6298: after 1 s). */
const RETRANSMITTED_FROM = 900;

/** Why connections were made in steps of seconds; nothing where they were not. */
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

/** What a full accept queue did. */
export function backlogReport(result: BacklogResult): Report {
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
  if (result.connected > 0) lines.push(result.sentence);
  return reportOf({
    title: titleOf("backlog", result.target),
    charts: [connectedChart(result)],
    tables: [
      { head: STEP_HEAD, rows: steps },
      { head: QUEUE_HEAD, rows: result.ownListener ? queue : [] },
    ],
    lines,
  }, result);
}

/** How many clients were connected, over time: a step each time the system let some in. */
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
    title: "Clients connected over time",
    positions: points.map(([milliseconds]) => milliseconds),
    marks: points.slice(1).filter((_, index) => index % 2 === 1)
      .map(([milliseconds]) => [milliseconds, seconds(milliseconds)]),
    series: [{ name: "connected", values: points.map(([, clients]) => clients) }],
    format: grouped,
  };
}

function stageRow(
  name: string,
  count: number,
  latency: LatencySummary | null,
): string[] | undefined {
  if (latency === null) return undefined;
  const { p2_5, p50, p97_5, p99, mean, stdev, max } = latency;
  const cells = [p2_5, p50, p97_5, p99, mean, stdev, max];
  return [name, grouped(count), ...cells.map(duration)];
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
