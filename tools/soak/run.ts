import { withEmptyFolder } from "../repository.ts";
import { ARRIVAL_SECONDS, EXTRA_DESCRIPTORS } from "./bounds.ts";
import { CoreShare } from "./core_share.ts";
import { byLabel, histogramPercentile, type MetricValues } from "./exposition.ts";
import { crowdOf } from "./hostile/kinds.ts";
import type { Sample, SoakResult } from "./judge.ts";
import type { HonestReport, HostileReport } from "./messages.ts";
import { HONEST_CLIENTS } from "./names.ts";
import type { SoakOptions } from "./options.ts";
import { CROWD_CORE, findPlacement, ReportingProcess, SERVER_CORE } from "./processes.ts";
import { liveLine } from "./report.ts";
import { type ServerReading, SoakedServer } from "./soaked_server.ts";

/** Seconds in which the honest clients are alone. */
const QUIET_SECONDS = 2;

/** Seconds within which the server has to have forgotten the crowd. */
const FORGET_SECONDS = 15;

/** How long the processes may take to end, in milliseconds. */
const END_MILLISECONDS = 30_000;

/** Clients that the default `--max-clients` leaves for honest ones and for connections that end. */
const DEFAULT_MAX_CLIENTS = 1000;
const SPARE_CLIENTS = 2 * HONEST_CLIENTS;

const LOOP_DELAY = "hubbub_event_loop_delay_seconds";

/**
 * Runs a server, honest clients and a hostile crowd together.
 *
 * @param print gets a line for people every second.
 * @param signal ends the run early; what was found out until then is the result.
 */
export function runSoak(
  options: SoakOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<SoakResult> {
  return withEmptyFolder(async (data) => {
    const placement = await findPlacement();
    const clients = crowdOf(options.kinds, options.clients, options.nonReaders);
    const parameters = ["--port", "0", "--data", data, "--tls", "self-signed"];
    const most = 2 * Object.values(clients).reduce((sum, count) => sum + count, 0) + SPARE_CLIENTS;
    if (most > DEFAULT_MAX_CLIENTS) parameters.push("--max-clients", String(most));
    const server = await SoakedServer.start(placement.pinned(SERVER_CORE), parameters);
    const { port } = server;
    let honest: ReportingProcess<HonestReport> | undefined;
    let hostile: ReportingProcess<HostileReport> | undefined;
    try {
      honest = new ReportingProcess(
        placement.pinned(CROWD_CORE),
        "tools/soak/honest/main.ts",
        { port, tls: true },
      );
      await honest.until(({ type }) => type === "ready");
      await pause(QUIET_SECONDS * 1000, signal);
      const before = await server.read();
      await honest.nudge();
      hostile = new ReportingProcess(
        placement.patient(CROWD_CORE),
        "tools/soak/hostile/main.ts",
        { port, tls: true, clients },
      );
      const watch = new Watch(server, before);
      const share = new CoreShare(SERVER_CORE, server.pid);
      const seconds = Math.ceil(options.minutes * 60);
      for (let second = 1; second <= seconds && !signal.aborted; second++) {
        await pause(1000, signal);
        await watch.look(second);
        if (second === ARRIVAL_SECONDS) await honest.nudge();
        print(watch.line(second, seconds, honest.last, hostile.last));
        if (server.exitCode !== undefined) break;
        if (honest.hasEnded || hostile.hasEnded) {
          throw new Error("Cannot go on: a process of the clients has ended.");
        }
      }
      const foreignShare = await share.foreign();
      await hostile.finish(END_MILLISECONDS);
      const descriptorsAfter = await watch.untilForgotten();
      await honest.finish(END_MILLISECONDS);
      const last = honest.last as HonestReport | undefined;
      const diedWith = server.exitCode;
      const exitCode = await server.stop();
      if (diedWith !== undefined || exitCode !== 0) print(server.logEnd);
      return {
        minutes: options.minutes,
        isPinned: placement.isPinned,
        foreignShare,
        samples: watch.samples,
        descriptorsBefore: before.descriptors,
        descriptorsAfter,
        eventLoopP99: watch.eventLoopP99(),
        honest: last?.type === "result" ? last : undefined,
        deeds: hostile.last?.deeds ?? {},
        refused: watch.refused(),
        ...{ diedWith, exitCode },
        logLines: server.logLines,
      };
    } finally {
      honest?.kill();
      hostile?.kill();
      await server.stop();
    }
  });
}

/** Looks at the server every second. */
class Watch {
  readonly samples: Sample[] = [];
  #metrics: MetricValues;
  readonly #metricsBefore: MetricValues;
  #last: ServerReading;
  /** Of the last second. */
  #loopP99: number | null = null;

  constructor(
    private readonly server: SoakedServer,
    private readonly before: ServerReading,
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

  /** Waits until the crowd's descriptors are closed, for a time at the most; returns their number. */
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
