/**
 * The reports of the scenarios that open connections: connect and backlog.
 *
 * @module
 */

import { counted, grouped } from "../format.ts";
import { isAtOnce } from "../results/connect_steps.ts";
import type { BacklogResult } from "../scenarios/backlog.ts";
import type { ConnectResult } from "../scenarios/connect.ts";
import { joinChart, serverCharts } from "./charts.ts";
import {
  type Chart,
  faultTile,
  latencyTiles,
  type Report,
  reportOf,
  summaryCells,
  titleOf,
} from "./report.ts";

const STAGE_HEAD = ["Stage", "Count", "2.5%", "50%", "97.5%", "99%", "Mean", "Stdev", "Max"];
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
      `${counted(connections, "connection")}: ${grouped(connected)} connected, ` +
        `${grouped(greeted)} greeted, ${grouped(joined)} joined in ${
          durationSeconds.toFixed(2)
        } s.`,
    );
    if (sourceAddresses > 1) {
      lines.push(`The load tester used ${sourceAddresses} source addresses.`);
    }
    lines.push(...retransmissionLines(result));
  }
  return reportOf({
    title: titleOf("connect", result.target),
    tiles: [
      {
        name: "Joined",
        value: `${grouped(joined)} of ${grouped(connections)}`,
        isFault: joined < connections,
      },
      ...latencyTiles(result.joinMicroseconds, "Time to join"),
    ],
    charts: [joinChart(result.joinPercentiles), ...serverCharts(result.server)],
    tables: [{ head: STAGE_HEAD, rows, expendable: ["Stdev", "2.5%", "97.5%", "Mean"] }],
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
    `${
      counted(count, "connection")
    } took 1 s or longer to connect (after ${times}): the server's ` +
    "system dropped their SYN packets, and the client's system sent them again after 1 s, 3 s and " +
    "so on. The usual cause is a full accept queue. Use --connect-rate, or raise the backlog of " +
    "the server. bench backlog shows the effect of a full queue.",
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
    ["expected maximum", result.effectiveBacklog],
    ["measured maximum", result.held],
    ["ListenOverflows", result.listenOverflows],
    ["ListenDrops", result.listenDrops],
    ["TCPSynRetrans", result.synRetransmissions],
  ] as const).flatMap(([name, value]) => value === null ? [] : [[name, grouped(value)]]);
  const lines: string[] = [];
  if (!result.ownListener) {
    lines.push(
      "The accept queue was not measured: it belongs to another program.",
    );
  } else if (result.unavailable.length > 0) {
    lines.push(`Not available on this system: ${result.unavailable.join(", ")}.`);
  }
  if (result.connected > 0) lines.push(result.sentence);
  return reportOf({
    title: titleOf("backlog", result.target),
    tiles: backlogTiles(result),
    charts: [connectedChart(result), ...serverCharts(result.server)],
    tables: [
      { head: STEP_HEAD, rows: steps },
      { head: QUEUE_HEAD, rows: result.ownListener ? queue : [] },
    ],
    lines,
  }, result);
}

function backlogTiles({ connections, connected, greeted, held, steps, ...result }: BacklogResult) {
  const atOnce = steps.filter(isAtOnce).reduce((sum, step) => sum + step.connections, 0);
  const last = steps.at(-1);
  return [
    { name: "Connected at once", value: `${grouped(atOnce)} of ${grouped(connections)}` },
    ...held === null ? [] : [{ name: "Held in the queue", value: grouped(held) }],
    ...last === undefined
      ? []
      : [{ name: "Last connected after", value: seconds(last.toMilliseconds) }],
    // Of another program's listener it is not known whether it serves its clients.
    ...result.ownListener ? [faultTile("Connected, never served", connected - greeted)] : [],
    faultTile("Refused or timed out", result.refused + result.timedOut),
  ];
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
    ...{ title: "When are the clients connected?", horizontal: "time (s)", vertical: "clients" },
    marks: points.slice(1).filter((_, index) => index % 2 === 1)
      .map(([milliseconds]) => [milliseconds, seconds(milliseconds)]),
    series: [{ name: "connected", points }],
    ...{ format: grouped, at: seconds },
  };
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
