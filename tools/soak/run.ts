import { withEmptyFolder } from "../repository.ts";
import { ARRIVAL_SECONDS, EXTRA_DESCRIPTORS, type Sample, type SoakResult } from "./judge.ts";
import {
  byLabel,
  CoreShare,
  histogramPercentile,
  type MetricValues,
  type ServerReading,
  SoakedServer,
} from "./soaked_server.ts";
import { clientsPerKind } from "./hostile/kinds.ts";
import { HONEST_CLIENTS, type HonestReport, type HostileReport } from "./messages.ts";
import { CLIENT_CORE, findPlacement, ReportingProcess, SERVER_CORE } from "./processes.ts";
import { liveLine } from "./report.ts";

export interface SoakOptions {
  /** Time with the hostile clients, in minutes; default 2. */
  readonly minutes: number;
  /** Hostile clients in all; default 200. */
  readonly clients: number;
  /** Non-readers, of all their kinds together; `undefined` for their share of {@link clients}. */
  readonly nonReaders: number | undefined;
  /** The kinds of hostile clients that take part; default all. */
  readonly kinds: readonly string[];
}

/** Seconds with the honest clients alone. */
const QUIET_SECONDS = 2;

/** Seconds within which the server has to close the descriptors of the hostile clients. */
const FORGET_SECONDS = 15;

/** How long the honest clients may take to join, in milliseconds. */
const READY_MILLISECONDS = 120_000;

/** How long the processes may take to end, in milliseconds. */
const END_MILLISECONDS = 30_000;

/** The default of `--max-clients`, and the clients beside the hostile ones and their replacements. */
const DEFAULT_MAX_CLIENTS = 1000;
const SPARE_CLIENTS = 2 * HONEST_CLIENTS;

const LOOP_DELAY = "hubbub_event_loop_delay_seconds";

/**
 * Runs a server, honest clients and hostile clients together.
 *
 * @param print receives a line for users every second.
 * @param signal ends the run early, with the result until then.
 */
export function runSoak(
  options: SoakOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<SoakResult> {
  return withEmptyFolder(async (data) => {
    const placement = await findPlacement();
    const clients = clientsPerKind(options.kinds, options.clients, options.nonReaders);
    const server = await SoakedServer.start(
      placement.pinned(SERVER_CORE),
      serverParameters(data, clients),
    );
    const assignment = { port: server.port, tls: true };
    await using processes = new AsyncDisposableStack();
    processes.defer(async () => void await server.stop());
    const honest = new ReportingProcess<HonestReport>(
      placement.pinned(CLIENT_CORE),
      "tools/soak/honest/main.ts",
      assignment,
    );
    processes.defer(() => honest.kill());
    await honest.until(({ type }) => type === "ready", READY_MILLISECONDS);
    await pause(QUIET_SECONDS * 1000, signal);
    const watch = new Watch(server, await server.read());
    await honest.nudge();
    const hostile = new ReportingProcess<HostileReport>(
      placement.patient(CLIENT_CORE),
      "tools/soak/hostile/main.ts",
      { ...assignment, clients },
    );
    processes.defer(() => hostile.kill());
    const share = new CoreShare(SERVER_CORE, server.pid);
    const participants = { watch, server, honest, hostile };
    await watchLoad(Math.ceil(options.minutes * 60), participants, print, signal);
    return {
      isPinned: placement.isPinned,
      foreignShare: await share.foreign(),
      ...await finish(participants, print),
    };
  });
}

interface Participants {
  readonly watch: Watch;
  readonly server: SoakedServer;
  readonly honest: ReportingProcess<HonestReport>;
  readonly hostile: ReportingProcess<HostileReport>;
}

function serverParameters(data: string, clients: Readonly<Record<string, number>>): string[] {
  const parameters = ["--port", "0", "--data", data, "--tls", "self-signed"];
  const most = 2 * Object.values(clients).reduce((sum, count) => sum + count, 0) + SPARE_CLIENTS;
  return most > DEFAULT_MAX_CLIENTS ? [...parameters, "--max-clients", String(most)] : parameters;
}

/** Samples the server every second, until the time is over or the server has ended. */
async function watchLoad(
  seconds: number,
  { watch, server, honest, hostile }: Participants,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  for (let second = 1; second <= seconds && !signal.aborted; second++) {
    await pause(1000, signal);
    await watch.look((performance.now() - start) / 1000);
    if (second === ARRIVAL_SECONDS) await honest.nudge();
    print(watch.line(second, seconds, honest.last, hostile.last));
    if (server.exitCode !== undefined) return;
    if (honest.hasEnded || hostile.hasEnded) {
      throw new Error("Cannot go on: a process of the clients has ended.");
    }
  }
}

/** Ends the clients and the server in order, and returns what they report. */
async function finish(
  { watch, server, honest, hostile }: Participants,
  print: (line: string) => void,
): Promise<Omit<SoakResult, "isPinned" | "foreignShare">> {
  await hostile.finish(END_MILLISECONDS);
  const descriptorsAfter = await watch.untilForgotten();
  await honest.finish(END_MILLISECONDS);
  const diedWith = server.exitCode;
  const exitCode = await server.stop();
  if (diedWith !== undefined || exitCode !== 0) print(server.logEnd);
  return {
    samples: watch.samples,
    descriptorsBefore: watch.before.descriptors,
    descriptorsAfter,
    eventLoopP99: watch.eventLoopP99(),
    honest: honest.last?.type === "result" ? honest.last : undefined,
    actions: hostile.last?.actions ?? {},
    refused: watch.refused(),
    ...{ diedWith, exitCode },
    logLines: server.logLines,
  };
}

class Watch {
  readonly samples: Sample[] = [];
  #metrics: MetricValues;
  readonly #metricsBefore: MetricValues;
  #last: ServerReading;
  /** Event loop delay in the last second. */
  #loopP99: number | null = null;

  constructor(
    private readonly server: SoakedServer,
    readonly before: ServerReading,
  ) {
    this.#metrics = this.#metricsBefore = before.metrics ?? new Map();
    this.#last = before;
  }

  async look(second: number): Promise<void> {
    const { metrics, ...state } = this.#last = await this.server.read();
    this.samples.push({ second, ...state, isAnswered: metrics !== null });
    this.#loopP99 = metrics && histogramPercentile(this.#metrics, metrics, LOOP_DELAY, 99);
    if (metrics !== null) this.#metrics = metrics;
  }

  /** Waits until the descriptors of the hostile clients are closed, but not for ever; returns their
   * number. */
  async untilForgotten(): Promise<number | null> {
    for (let second = 0; second < FORGET_SECONDS; second++) {
      const { descriptors, metrics } = await this.server.read();
      if (metrics !== null) this.#metrics = metrics;
      this.#last = { ...this.#last, descriptors };
      if ((descriptors ?? 0) <= (this.before.descriptors ?? 0) + EXTRA_DESCRIPTORS) break;
      await pause(1000);
    }
    return this.#last.descriptors;
  }

  eventLoopP99(): number | null {
    return histogramPercentile(this.#metricsBefore, this.#metrics, LOOP_DELAY, 99);
  }

  refused(): Record<string, number> {
    return Object.fromEntries(byLabel(this.#metrics, "hubbub_refused_total", "reason"));
  }

  line(
    second: number,
    seconds: number,
    honest: HonestReport | undefined,
    hostile: HostileReport | undefined,
  ): string {
    const { residentBytes, descriptors } = this.#last;
    const { whisper, lag, ledger, clients, connected } = honest!;
    const milliseconds = (value: number | null) => value === null ? "-" : `${value.toFixed(1)} ms`;
    return liveLine({
      [`${second}/${seconds} s:`]: "",
      RSS: residentBytes === null ? "-" : `${Math.round(residentBytes / 1e6)} MB`,
      fds: String(descriptors ?? "-"),
      loop: this.#loopP99 === null ? "-" : `${this.#loopP99 * 1000} ms`,
      "whisper p50": milliseconds(whisper.p50),
      p99: milliseconds(whisper.p99),
      "own lag": milliseconds(lag.p99),
      honest: `${connected}/${clients}`,
      waiting: String(ledger.lost),
      hostile: String(hostile?.open ?? 0),
    });
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
